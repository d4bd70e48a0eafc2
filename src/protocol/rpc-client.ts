/**
 * Door side of the RPC: the engine in another process (or behind a MessagePort) as an {@link EngineApi}. Events of a running
 * request arrive as notifications that carry the request's key, an aborted signal becomes `$/cancelRequest`, and an error of
 * the catalogue comes back as itself.
 */
import { type Disposable, type MessageConnection, CancellationTokenSource } from 'vscode-jsonrpc/node';
import { CancelledError, throwIfCancelled } from '../base/cancellation.ts';
import type { EngineApi, InitializeParameters } from './engine.ts';
import { fromResponseError } from './rpc-errors.ts';
import {
  type InitializeResult,
  eventNotification,
  initializeRequest,
  logNotification,
  pingRequest,
  requestOf,
  shutdownRequest,
  statusNotification,
} from './rpc-messages.ts';
import type { EngineStatus } from './status.ts';
import type { Arguments, MethodName, Outcome } from './rpc-table.ts';

/** Receives the engine's log, one JSON line a record. */
export function onLog(connection: MessageConnection, listener: (record: string) => void): Disposable {
  return connection.onNotification(logNotification, ({ record }) => {
    listener(record);
  });
}

/** Receives the status whenever it changed. */
export function onStatus(connection: MessageConnection, listener: (status: EngineStatus) => void): Disposable {
  return connection.onNotification(statusNotification, listener);
}

/** The first request. Rejects with LS7002 when the versions differ, or with what hindered the start. */
export async function initializeEngine(
  connection: MessageConnection,
  parameters: InitializeParameters,
): Promise<InitializeResult> {
  try {
    return await connection.sendRequest(initializeRequest, parameters);
  } catch (error) {
    throw fromResponseError(error);
  }
}

/** Asks the engine to let go of everything and end; resolves when it has. */
export async function shutdownEngine(connection: MessageConnection): Promise<void> {
  try {
    await connection.sendRequest(shutdownRequest, null);
  } catch (error) {
    throw fromResponseError(error);
  }
}

/**
 * Asks for a sign of life every `intervalMs` and calls `onHung` once, when none came for `timeoutMs` (a stopped or
 * spinning process; one that died closes the connection instead).
 */
export function watchHeartbeat(
  connection: MessageConnection,
  { intervalMs, timeoutMs }: { intervalMs: number; timeoutMs: number },
  onHung: () => void,
): Disposable {
  let lastSeen = performance.now();
  let waiting = false;
  const timer = setInterval(() => {
    const silence = performance.now() - lastSeen;
    if (!waiting) {
      waiting = true;
      lastSeen = performance.now();
      connection.sendRequest(pingRequest, null).then(
        () => (waiting = false),
        () => {
          clearInterval(timer);
        },
      );
    } else if (silence > timeoutMs) {
      clearInterval(timer);
      onHung();
    }
  }, intervalMs);
  timer.unref();
  return {
    dispose: () => {
      clearInterval(timer);
    },
  };
}

/** How long a door waits for an engine to wind up a cancelled request before it goes on without the reply, milliseconds. */
const cancelGraceMs = 5000;

/**
 * The engine as an object. Call it after `connection.listen()`; when the connection closes, every request in flight
 * rejects with LS7001.
 */
export function connectEngine(connection: MessageConnection): EngineApi {
  let nextStream = 1;
  const streams = new Map<number, (event: never) => void>();
  connection.onNotification(eventNotification, ({ stream, event }) => {
    streams.get(stream)?.(event as never);
  });
  connection.onClose(() => {
    // Only disposal makes vscode-jsonrpc reject what is still waiting for a reply.
    connection.dispose();
  });

  async function call<Name extends MethodName>(
    name: Name,
    args: Readonly<Arguments<Name>>,
    signal?: AbortSignal,
    onEvent?: (event: never) => void,
  ): Promise<Outcome<Name>> {
    throwIfCancelled(signal);
    const cancellation = new CancellationTokenSource();
    const stream = onEvent ? nextStream++ : null;
    if (stream !== null && onEvent) streams.set(stream, onEvent);
    let giveUp: NodeJS.Timeout | undefined;
    let onAbort: (() => void) | undefined;
    try {
      const reply = connection.sendRequest(
        requestOf(name),
        { stream, args: args as readonly unknown[] },
        cancellation.token,
      );
      const abandoned = new Promise<never>((_resolve, reject) => {
        onAbort = () => {
          cancellation.cancel();
          // A stopped answer still comes back; only an engine that does not react is left behind.
          giveUp = setTimeout(() => {
            reject(new CancelledError());
          }, cancelGraceMs);
        };
        signal?.addEventListener('abort', onAbort, { once: true });
      });
      return (await Promise.race([reply, abandoned])) as Outcome<Name>;
    } catch (error) {
      throw error instanceof CancelledError ? error : fromResponseError(error);
    } finally {
      clearTimeout(giveUp);
      if (onAbort) signal?.removeEventListener('abort', onAbort);
      if (stream !== null) streams.delete(stream);
      cancellation.dispose();
    }
  }

  return {
    status: () => call('status', []),
    configure: async (settings) => {
      await call('configure', [settings]);
    },
    index: (request, onProgress, signal) => call('index', [request], signal, onProgress),
    pauseIndexing: async (paused) => {
      await call('pauseIndexing', [paused]);
    },
    filesChanged: async (paths) => {
      await call('filesChanged', [[...paths]]);
    },
    why: (path) => call('why', [path]),
    skippedFiles: (reason) => call('skippedFiles', [reason]),
    search: (request, signal) => call('search', [mutable(request)], signal),
    ask: (request, onEvent, signal) => call('ask', [mutable(request)], signal, onEvent),
    explain: (request, onEvent, signal) => call('explain', [mutable(request)], signal, onEvent),
    summarize: (request, onProgress, signal) => call('summarize', [request], signal, onProgress),
    complete: (request) => call('complete', [request]),
    listModels: () => call('listModels', []),
    getModel: (id, onProgress, signal) => call('getModel', [id], signal, onProgress),
    importModel: (file, signal) => call('importModel', [file], signal),
    removeModel: async (id) => {
      await call('removeModel', [id]);
    },
    probeProviders: (signal) => call('probeProviders', [], signal),
    probeModel: (id, windowSeconds, onProgress, signal) => call('probeModel', [id, windowSeconds], signal, onProgress),
    testReading: (request, onProgress, signal) => call('testReading', [request], signal, onProgress),
    inspectModel: (file, tensor) => call('inspectModel', [file, tensor]),
    generate: (request, onToken, signal) => call('generate', [mutable(request)], signal, onToken),
    perplexity: (request, onProgress, signal) => call('perplexity', [request], signal, onProgress),
    clearIndex: async () => {
      await call('clearIndex', []);
    },
  };
}

type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [K in keyof T]: Mutable<T[K]> }
    : T;

/** The same value for the schemas' types, whose arrays are writable; nothing writes to it. */
function mutable<T>(value: T): Mutable<T> {
  return value as Mutable<T>;
}
