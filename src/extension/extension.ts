/** Wires the extension together and nothing else: every feature is a file of its own beside this one. */
import { readEffort, readUnsupported } from './settings.ts';
import { speaker } from './speaker.ts';
import path from 'node:path';
import * as vscode from 'vscode';
import { views } from '../protocol/contributions.ts';
import { AskView } from './ask/ask-view.ts';
import { registerAskCommands } from './ask/ask-commands.ts';
import { Conversation } from './conversation/conversation.ts';
import { SessionStore } from './conversation/session-store.ts';
import { EngineClient } from './engine/engine-client.ts';
import { registerEngineCommands } from './engine/engine-commands.ts';
import { Explanations } from './explain/explain.ts';
import { registerFileChanges } from './index/file-changes.ts';
import { registerFirstRun } from './first-run.ts';
import { registerIndexCommands } from './index/index-commands.ts';
import { IndexTree } from './index/index-tree.ts';
import { registerModelCommands } from './models/model-commands.ts';
import { LineOpener } from './open-lines.ts';
import { registerProviderCommands } from './providers.ts';
import { WindowFolders } from './repository.ts';
import { ServerAccess } from './server-access.ts';
import { registerStatusBar } from './status-bar.ts';
import { Summaries } from './summary/summary.ts';

/** What the tests in the extension host look at; nothing is handed out otherwise. */
export interface TestApi {
  readonly client: EngineClient;
  readonly conversation: Conversation;
  readonly explanations: Explanations;
  readonly summaries: Summaries;
  readonly server: ServerAccess;
}

/** How often the engine is asked for a sign of life, and how long it may stay silent; milliseconds. */
const heartbeat = { intervalMs: 5000, timeoutMs: 20_000 };

export async function activate(context: vscode.ExtensionContext): Promise<TestApi | undefined> {
  const log = vscode.window.createOutputChannel('Longsight', { log: true });
  const own = <T extends vscode.Disposable>(disposable: T): T => {
    context.subscriptions.push(disposable);
    return disposable;
  };
  own(log);
  const isTest = context.extensionMode === vscode.ExtensionMode.Test;
  const isInstalled = context.extensionMode === vscode.ExtensionMode.Production;
  // Only a test may put another engine in the place of ours; in a user's window the variables mean nothing.
  const testEngine = !isInstalled ? process.env['LONGSIGHT_TEST_ENGINE'] : undefined;
  const testHeartbeat = !isInstalled ? Number(process.env['LONGSIGHT_TEST_HEARTBEAT_MS'] ?? 0) : 0;
  const storage = (context.storageUri ?? context.globalStorageUri).fsPath;
  const warn = (message: string): void => {
    log.warn(message);
  };

  const window = own(new WindowFolders());
  const server = own(new ServerAccess(context, log));
  const client = own(
    new EngineClient(window, log, {
      module: testEngine ?? context.asAbsolutePath(path.join('dist', 'engine.mjs')),
      server,
      heartbeat: testHeartbeat > 0 ? { intervalMs: testHeartbeat, timeoutMs: testHeartbeat * 4 } : heartbeat,
    }),
  );
  const opener = own(new LineOpener());
  const sessions = new SessionStore(path.join(storage, 'conversations'), warn);
  const conversation = new Conversation({
    engine: async () => (await client.readyToAnswer()).engine,
    speaker,
    repository: () => client.places.repositories[0]?.root ?? null,
    effort: readEffort,
    unsupported: readUnsupported,
    sessions,
  });
  const askView = own(new AskView({ extensionUri: context.extensionUri, client, conversation, opener, log }));
  own(vscode.window.registerWebviewViewProvider(views.ask, askView));
  const explanations = own(new Explanations({ client, opener, log, file: path.join(storage, 'explanations.json') }));
  const summaries = own(new Summaries({ client, log, file: path.join(storage, 'summaries.json') }));
  own(new IndexTree(client));
  own({ dispose: () => void sessions.flush() });
  for (const register of [
    registerAskCommands,
    registerEngineCommands,
    registerIndexCommands,
    registerModelCommands,
    registerProviderCommands,
    registerFileChanges,
    registerStatusBar,
    registerFirstRun,
  ])
    own(register({ context, client, conversation, askView, window, opener, log }));

  await Promise.all([conversation.load(), explanations.load(), summaries.load()]);
  client.open();
  return isTest ? { client, conversation, explanations, summaries, server } : undefined;
}
