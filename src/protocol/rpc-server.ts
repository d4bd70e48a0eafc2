/** Engine side of the RPC: parses what a door asks, calls the {@link EngineApi} and sends back events, results and errors. */
import type { Disposable, MessageConnection } from 'vscode-jsonrpc/node';
import { z } from 'zod';
import { DisposableStore } from '../base/disposable.ts';
import { fault } from '../base/errors.ts';
import { say } from '../base/sentences.ts';
import { type EngineApi, type InitializeParameters, protocolVersion } from './engine.ts';
import { toResponseError } from './rpc-errors.ts';
import {
  eventNotification,
  initializeRequest,
  logNotification,
  pingRequest,
  requestOf,
  shutdownRequest,
  statusNotification,
} from './rpc-messages.ts';
import type { EngineStatus } from './status.ts';
import { type MethodName, initializeParameters, methods } from './rpc-table.ts';

const callSchema = z.strictObject({ stream: z.int().nullable(), args: z.array(z.unknown()) });

/** How the process behind a connection begins and ends. */
export interface EngineHost {
  /** Called once, with parameters that were parsed and are of this protocol version. */
  initialize(parameters: InitializeParameters): Promise<EngineApi>;
  /** Lets go of everything; the process ends after it. */
  shutdown(): Promise<void>;
}

/** Engine side: answers the requests of one door. Requests before `initialize` has answered are refused with LS7003. */
export function serveEngine(connection: MessageConnection, host: EngineHost): Disposable {
  const store = new DisposableStore();
  let api: Promise<EngineApi> | undefined;
  store.add(
    connection.onRequest(initializeRequest, (raw) =>
      guarded(async () => {
        const claimed = z.looseObject({ protocolVersion: z.int() }).safeParse(raw);
        if (!claimed.success) throw fault('LS7004', 'initialize', claimed.error);
        if (claimed.data.protocolVersion !== protocolVersion)
          throw fault(
            'LS7002',
            say('the engine speaks version {0}, the client {1}', protocolVersion, claimed.data.protocolVersion),
          );
        if (api) throw fault('LS7004', say('initialize was sent twice'));
        api = host.initialize(parse(initializeParameters, raw, 'initialize'));
        // A failed start may be tried again on the same connection.
        api.catch(() => (api = undefined));
        await api;
        return { protocolVersion, processId: process.pid };
      }),
    ),
  );
  store.add(connection.onRequest(pingRequest, () => Date.now()));
  store.add(
    connection.onRequest(shutdownRequest, () =>
      guarded(async () => {
        await host.shutdown();
        return null;
      }),
    ),
  );
  for (const name of Object.keys(methods) as MethodName[]) {
    store.add(
      connection.onRequest(requestOf(name), (raw, token) =>
        guarded(async () => {
          if (!api) throw fault('LS7003', name);
          const { stream, args } = parse(callSchema, raw, name);
          const abort = new AbortController();
          if (token.isCancellationRequested) abort.abort();
          const subscription = token.onCancellationRequested(() => {
            abort.abort();
          });
          const emit = (event: unknown): void => {
            if (stream !== null) void connection.sendNotification(eventNotification, { stream, event });
          };
          try {
            return await dispatch(name, await api, args, emit, abort.signal);
          } finally {
            subscription.dispose();
          }
        }),
      ),
    );
  }
  return store;
}

async function dispatch(
  name: MethodName,
  api: EngineApi,
  args: readonly unknown[],
  emit: (event: unknown) => void,
  signal: AbortSignal,
): Promise<unknown> {
  // The table pairs each schema with its call; TypeScript cannot follow that pairing through a key that is a union.
  const { args: schema, call } = methods[name] as {
    args: z.ZodType;
    call: (api: EngineApi, args: unknown, emit: (event: unknown) => void, signal: AbortSignal) => Promise<unknown>;
  };
  return call(api, parse(schema, args, name), emit, signal);
}

function parse<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw fault('LS7004', name, parsed.error);
  return parsed.data;
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toResponseError(error);
  }
}

/** Engine side: tells the client of a changed status. */
export function sendStatus(connection: MessageConnection, status: EngineStatus): void {
  void connection.sendNotification(statusNotification, status);
}

/** Engine side: sends one line of the log to the door. */
export function sendLog(connection: MessageConnection, record: string): void {
  void connection.sendNotification(logNotification, { record });
}
