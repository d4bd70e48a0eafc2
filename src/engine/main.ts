/** The engine process of the extension: forked with an IPC channel, ends with its parent, and with the log's last line on a fault of its own. */
import { visible } from '../base/visible-text.ts';
import { createLogger } from '../base/logging.ts';
import { sendLog, sendStatus, serveEngine } from '../protocol/rpc-server.ts';
import { processConnection } from '../protocol/rpc-transport.ts';
import { type Engine, createEngine } from './engine.ts';
import { logLevelOf } from './log-level.ts';
import { StatusFeed } from './status-feed.ts';

/** How long an orderly end may take before the process ends anyway, milliseconds. */
const farewellMs = 2000;

const connection = processConnection(process);
const logger = createLogger(logLevelOf(process.env), (line) => {
  if (process.connected) sendLog(connection, line.trimEnd());
});
let engine: Engine | undefined;
let feed: StatusFeed | undefined;
let ending: Promise<void> | undefined;

/** Lets go of workers and the database; safe to ask for twice. */
function release(): Promise<void> {
  ending ??= (async () => {
    feed?.dispose();
    await engine?.dispose();
  })();
  return ending;
}

function endWith(exitCode: number): void {
  setTimeout(() => process.exit(exitCode), farewellMs).unref();
  release().then(
    () => process.exit(exitCode),
    () => process.exit(exitCode || 1),
  );
}

function onFault(error: unknown): void {
  // The log may not get out any more; standard error reaches the parent through its pipe.
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  logger.error({ error: text }, 'the engine ends after a fault of its own');
  process.stderr.write(`${visible(text)}\n`, () => process.exit(70));
}

process.on('uncaughtException', onFault);
process.on('unhandledRejection', onFault);
process.on('disconnect', () => {
  endWith(0);
});
// Ctrl-C in the terminal that started the editor goes to the whole group; the editor decides about the engine's end.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => {
  endWith(0);
});

serveEngine(connection, {
  initialize: async (parameters) => {
    engine = await createEngine(parameters, logger);
    const started = engine;
    feed = new StatusFeed({
      onDidChange: started.onDidChangeStatus,
      read: () => started.status(),
      send: (status) => {
        if (process.connected) sendStatus(connection, status);
      },
      onFault: (error) => {
        logger.warn({ error: String(error) }, 'the status cannot be read');
      },
    });
    engine.startInBackground();
    logger.info(
      { repository: parameters.repository, process: process.pid, node: process.version },
      'the engine is ready',
    );
    return engine;
  },
  shutdown: async () => {
    await release();
    // The reply leaves first.
    setImmediate(() => {
      endWith(0);
    });
  },
});
connection.listen();
