/** Connections for the RPC: over the IPC channel of a child process (fork with `serialization: 'advanced'`) or over a MessagePort. */
import type { ChildProcess } from 'node:child_process';
import type { MessagePort, Worker } from 'node:worker_threads';
import {
  type MessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  PortMessageReader,
  PortMessageWriter,
  createMessageConnection,
} from 'vscode-jsonrpc/node';

/** `channel` is the child in the parent, and the process itself in the child. Call `listen()` once the handlers are set. */
export function processConnection(channel: ChildProcess | NodeJS.Process): MessageConnection {
  return createMessageConnection(new IPCMessageReader(channel), new IPCMessageWriter(channel));
}

export function portConnection(port: MessagePort | Worker): MessageConnection {
  return createMessageConnection(new PortMessageReader(port), new PortMessageWriter(port));
}
