/** A subject of a speed measurement in a process of its own, as whoever measures drives it. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RequestType } from 'vscode-jsonrpc/node';
import { CancelledError } from '../../base/cancellation.ts';
import type { Disposable } from '../../base/disposable.ts';
import { LongsightError, fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { ErrorData } from '../../protocol/answers.ts';
import { fromResponseError } from '../../protocol/rpc-errors.ts';
import { processConnection } from '../../protocol/rpc-transport.ts';
import {
  type Cost,
  type Opened,
  type SubjectParameters,
  first,
  forget,
  generate,
  openSubject,
  peakMemory,
  read,
} from './speed-protocol.ts';

export interface SubjectProcess extends Disposable {
  open(parameters: SubjectParameters): Promise<Opened>;
  forget(): Promise<null>;
  read(ids: readonly number[]): Promise<Cost>;
  generate(id: number, count: number): Promise<Cost>;
  first(ids: readonly number[]): Promise<Cost>;
  peakMemory(): Promise<number>;
}

/** @throws each of its methods: LS3001 when the process ends, what the subject threw, CancelledError */
export function startSubject(signal: AbortSignal): SubjectProcess {
  const name = import.meta.url.endsWith('.ts') ? './speed-subject.ts' : './speed-subject.mjs';
  const child = fork(fileURLToPath(new URL(name, import.meta.url)), {
    serialization: 'advanced',
    // What the other library prints is no answer of ours.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const connection = processConnection(child);
  connection.listen();
  const ended = new Promise<never>((_resolve, reject) => {
    child.once('error', (error) => {
      reject(fault('LS3001', error.message, error));
    });
    child.once('exit', (code, how) => {
      reject(fault('LS3001', say('its process ended with {0}', String(code ?? how))));
    });
    signal.addEventListener('abort', () => {
      child.kill();
      reject(new CancelledError());
    });
  });
  ended.catch(() => undefined);
  const ask = async <P, R>(type: RequestType<P, R, ErrorData | undefined>, parameters: P): Promise<R> => {
    try {
      return await Promise.race([connection.sendRequest<R>(type.method, parameters), ended]);
    } catch (error) {
      throw error instanceof LongsightError || error instanceof CancelledError ? error : fromResponseError(error);
    }
  };
  return {
    open: (parameters) => ask(openSubject, parameters),
    forget: () => ask(forget, null),
    read: (ids) => ask(read, { ids }),
    generate: (id, count) => ask(generate, { id, count }),
    first: (ids) => ask(first, { ids }),
    peakMemory: () => ask(peakMemory, null),
    dispose: () => {
      connection.dispose();
      child.kill();
    },
  };
}
