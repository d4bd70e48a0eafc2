/** The engine's messages on the wire (JSON-RPC 2.0, https://www.jsonrpc.org/specification), known to both ends. */
import { NotificationType, RequestType } from 'vscode-jsonrpc/node';
import type { EngineApi } from './engine.ts';
import type { EngineStatus } from './status.ts';

/** The parameters of every `engine/<method>` request. */
export interface Call {
  /** The caller's key for the events of this request; null when it wants none. */
  readonly stream: number | null;
  readonly args: readonly unknown[];
}

/** What the engine says when it is ready for requests. */
export interface InitializeResult {
  readonly protocolVersion: number;
  readonly processId: number;
}

export function requestOf(name: keyof EngineApi): RequestType<Call, unknown, unknown> {
  return new RequestType(`engine/${name}`);
}

/** An event of the running request that gave this key. */
export const eventNotification = new NotificationType<{ stream: number; event: unknown }>('engine/event');
/** The whole status, whenever something of it changed. */
export const statusNotification = new NotificationType<EngineStatus>('engine/status');
/** One line of the engine's log, a JSON object. */
export const logNotification = new NotificationType<{ record: string }>('engine/log');
export const initializeRequest = new RequestType<unknown, InitializeResult, unknown>('initialize');
/** Answered by the engine's own thread at once; a missing reply means that the thread is stuck. */
export const pingRequest = new RequestType<null, number, unknown>('ping');
export const shutdownRequest = new RequestType<null, null, unknown>('shutdown');
