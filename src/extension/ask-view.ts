/**
 * The view "Ask" in the side bar: a webview for the answer, fed by the conversation and the engine's state. It appears behind
 * the Longsight icon; "Longsight: Ask…" brings it up with the cursor in the question box.
 */
import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable.ts';
import type { EngineApi } from '../protocol/engine.ts';
import { type FromPage, type Surroundings, type ToPage, fromPage } from '../protocol/webview.ts';
import { runCommand } from './context.ts';
import type { Conversation } from './conversation.ts';
import type { EngineClient } from './engine-client.ts';
import type { LineOpener } from './open-lines.ts';
import { pageHtml } from './page.ts';
import { pageStrings } from './page-strings.ts';
import { folderGlob, pickScope } from './scope.ts';
import { showError } from './show-error.ts';

/** Suggestions behind @ and #. */
const completionLimit = 12;

export interface AskViewParts {
  readonly extensionUri: vscode.Uri;
  readonly client: EngineClient;
  readonly conversation: Conversation;
  readonly opener: LineOpener;
  readonly log: vscode.LogOutputChannel;
}

export class AskView implements vscode.WebviewViewProvider, vscode.Disposable {
  readonly #store = new DisposableStore();
  readonly #parts: AskViewParts;
  #view: vscode.WebviewView | null = null;
  /** The page has asked for its content; before that messages would be lost. */
  #pageReady = false;
  #focus: { question: string | null } | null = null;

  constructor(parts: AskViewParts) {
    this.#parts = parts;
    this.#store.add(
      parts.conversation.onMessage((message) => {
        this.#send(message);
      }),
    );
    this.#store.add(
      parts.client.onDidChangeState(() => {
        this.#sendSurroundings();
      }),
    );
  }

  /** Brings the view up and puts the cursor into the question box, with this text when there is one. */
  async focus(question: string | null): Promise<void> {
    this.#focus = { question };
    await vscode.commands.executeCommand('longsight.askView.focus');
    this.#sendFocus();
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    const root = vscode.Uri.joinPath(this.#parts.extensionUri, 'dist', 'webview');
    const asset = (name: string): string => view.webview.asWebviewUri(vscode.Uri.joinPath(root, name)).toString();
    this.#view = view;
    this.#pageReady = false;
    view.webview.options = {
      enableScripts: true,
      enableForms: false,
      enableCommandUris: false,
      localResourceRoots: [root],
    };
    view.webview.onDidReceiveMessage((message: unknown) => {
      void this.#receive(message);
    });
    view.onDidDispose(() => {
      if (this.#view === view) this.#view = null;
    });
    view.webview.html = pageHtml({
      cspSource: view.webview.cspSource,
      script: asset('main.js'),
      style: asset('style.css'),
      codicons: asset('codicon.css'),
      language: vscode.env.language,
      title: 'Longsight',
    });
    this.#sendSurroundings();
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #receive(raw: unknown): Promise<void> {
    const parsed = fromPage.safeParse(raw);
    if (!parsed.success) {
      this.#parts.log.warn(`the page sent something unreadable: ${parsed.error.message}`);
      return;
    }
    try {
      await this.#handle(parsed.data);
    } catch (error) {
      void showError(error, this.#parts.log);
    }
  }

  async #handle(message: FromPage): Promise<void> {
    const { conversation, client, opener, log } = this.#parts;
    switch (message.type) {
      case 'ready':
        this.#pageReady = true;
        this.#send({
          type: 'init',
          strings: pageStrings(vscode.l10n),
          locale: vscode.env.language,
          surroundings: this.#surroundings(),
          turns: [...conversation.turns],
          questions: [...conversation.questions],
        });
        this.#sendFocus();
        return;
      case 'ask':
        client.acknowledgeRestart();
        return conversation.ask(message.question);
      case 'stop':
        return conversation.stop();
      case 'continue':
        return conversation.continue(message.turnId);
      case 'again':
        client.acknowledgeRestart();
        return conversation.again(message.turnId);
      case 'open': {
        const source = conversation.turn(message.turnId)?.sources.find(({ id }) => id === message.sourceId);
        const repository = this.#repository();
        if (!source || !repository) return;
        await opener.open(repository, source, { preserveFocus: false });
        return;
      }
      case 'open-candidate': {
        const repository = this.#repository();
        if (repository)
          await opener.open(
            repository,
            { path: message.path, startLine: message.line, endLine: message.line, text: null },
            { preserveFocus: false },
          );
        return;
      }
      case 'pin':
        conversation.setPinned(message.turnId, message.sourceId, message.pinned);
        return;
      case 'drop':
        conversation.setDropped(message.turnId, message.sourceId, message.dropped);
        return;
      case 'copy-link': {
        const source = conversation.turn(message.turnId)?.sources.find(({ id }) => id === message.sourceId);
        if (source) await vscode.env.clipboard.writeText(`${source.path}:${source.startLine}-${source.endLine}`);
        return;
      }
      case 'complete': {
        const { engine } = await client.ready();
        const items = await complete(engine, message.kind, message.prefix);
        this.#send({ type: 'completions', requestId: message.requestId, items });
        return;
      }
      case 'scope': {
        const { engine } = await client.ready();
        const scope = await pickScope(engine, conversation.scope);
        if (scope) conversation.scope = scope;
        this.#sendSurroundings();
        this.#focus = { question: null };
        this.#sendFocus();
        return;
      }
      case 'add-scope': {
        const glob = folderGlob(message.folder);
        conversation.scope = [...conversation.scope.filter((g) => g !== glob), glob];
        this.#sendSurroundings();
        return;
      }
      case 'open-folder':
        await vscode.commands.executeCommand('workbench.action.files.openFolder');
        return;
      case 'command':
        await runCommand(message.command);
        return;
      case 'problem':
        log.error(`page: ${message.message}`);
        return;
    }
  }

  #repository(): vscode.Uri | null {
    const { state } = this.#parts.client;
    return state.kind === 'none' ? null : state.repository.uri;
  }

  #sendSurroundings(): void {
    const { state } = this.#parts.client;
    const several = (vscode.workspace.workspaceFolders ?? []).length > 1;
    if (this.#view) this.#view.description = several && state.kind !== 'none' ? state.repository.name : '';
    this.#send({ type: 'surroundings', surroundings: this.#surroundings() });
  }

  #surroundings(): Surroundings {
    return describeSurroundings(this.#parts.client, this.#parts.conversation.scope);
  }

  #sendFocus(): void {
    if (!this.#focus || !this.#pageReady || !this.#view?.visible) return;
    const { question } = this.#focus;
    this.#focus = null;
    this.#send({ type: 'focus', question });
  }

  #send(message: ToPage): void {
    if (this.#view && this.#pageReady) void this.#view.webview.postMessage(message);
  }
}

function describeSurroundings({ state }: EngineClient, scope: readonly string[]): Surroundings {
  const base = { error: null, repository: null, index: null, model: null, modelKnown: false, scope: [...scope] };
  switch (state.kind) {
    case 'none':
      return { ...base, engine: state.reason === 'virtual' ? 'unsupported' : 'no-folder' };
    case 'connecting':
      return { ...base, engine: 'connecting', repository: state.repository.name };
    case 'failed': {
      const { code, message, hint } = state.error;
      return { ...base, engine: 'failed', repository: state.repository.name, error: { code, message, hint } };
    }
    case 'ready': {
      const { index, decoder } = state.status;
      const { state: phase, files, indexed, pending } = index;
      return {
        ...base,
        engine: state.hung ? 'hung' : state.restarted ? 'restarted' : 'ready',
        repository: state.repository.name,
        index: { state: phase, files, indexed, pending },
        model:
          decoder && decoder.state !== 'absent'
            ? { name: decoder.displayName, state: decoder.state, writesProse: decoder.writesProse }
            : null,
        modelKnown: true,
      };
    }
  }
}

async function complete(
  engine: EngineApi,
  kind: 'file-or-symbol' | 'folder',
  prefix: string,
): Promise<(ToPage & { type: 'completions' })['items']> {
  const kinds = kind === 'folder' ? (['folder'] as const) : (['file', 'symbol'] as const);
  const found = await Promise.all(
    kinds.map(async (k) =>
      (await engine.complete({ prefix, kind: k, limit: completionLimit })).map(({ label, path }) => ({
        label,
        path,
        kind: k,
      })),
    ),
  );
  return found.flat().slice(0, completionLimit);
}
