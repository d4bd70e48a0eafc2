/** The engine's end of the decoder's worker: starts the thread, sends it requests, hears its events, notices its end. */
import { Worker } from 'node:worker_threads';
import { type MessageConnection, type RequestType, CancellationTokenSource } from 'vscode-jsonrpc/node';
import { CancelledError, throwIfCancelled } from '../../base/cancellation.ts';
import { LongsightError, fault, messageOf } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { ErrorData } from '../../protocol/answers.ts';
import { fromResponseError } from '../../protocol/rpc-errors.ts';
import { portConnection } from '../../protocol/rpc-transport.ts';
import { type Streamed, type WorkerEvent, eventNotification, openRequest } from './decoder-protocol.ts';
import type { ProviderGuard } from '../providers/provider-guard.ts';
import { switchTelemetryOff } from '../telemetry-off.ts';
import { endWorker } from './worker-end.ts';

export class DecoderThread {
  readonly #worker: Worker;
  readonly #connection: MessageConnection;
  readonly #streams = new Map<number, (event: WorkerEvent) => void>();
  readonly #ended: Promise<never>;
  readonly #guard: ProviderGuard | null;
  #hasEnded = false;
  #nextStream = 1;

  /** @param guard of a provider that may take the process down */
  constructor(guard: ProviderGuard | null = null) {
    this.#guard = guard;
    // From source the sibling file, in a bundle the one of that name beside it.
    const name = import.meta.url.endsWith('.ts') ? './decoder-worker.ts' : './decoder-worker.mjs';
    switchTelemetryOff();
    this.#worker = new Worker(new URL(name, import.meta.url));
    this.#connection = portConnection(this.#worker);
    this.#connection.onNotification(eventNotification, ({ stream, event }) => {
      this.#streams.get(stream)?.(event);
    });
    this.#ended = new Promise((_resolve, reject) => {
      const end = (detail: string, cause?: unknown): void => {
        this.#hasEnded = true;
        reject(fault('LS3001', detail, cause));
      };
      this.#worker.once('error', (error) => {
        end(error instanceof Error ? error.message : String(error), error);
      });
      this.#worker.once('exit', (code) => {
        end(`its thread ended with ${String(code)}`);
      });
    });
    // A request that is running hears of the end by its race, a later one by the same promise.
    this.#ended.catch(() => undefined);
    this.#connection.listen();
  }

  /** False once the thread is gone; a new one has to be started then. */
  get isAlive(): boolean {
    return !this.#hasEnded;
  }

  /**
   * Sends a request and hands its events on.
   * @throws LS3001 when the thread ends before it answers, CancelledError once the worker has stopped for the signal, else what the
   * worker threw
   */
  async request<P, R>(
    type: RequestType<P & Streamed, R, ErrorData | undefined>,
    parameters: P,
    onEvent: (event: WorkerEvent) => void,
    signal: AbortSignal,
  ): Promise<R> {
    throwIfCancelled(signal);
    if (this.#hasEnded) return this.#ended;
    const cancellation = new CancellationTokenSource();
    const cancel = (): void => {
      cancellation.cancel();
    };
    const stream = this.#nextStream++;
    this.#streams.set(stream, onEvent);
    signal.addEventListener('abort', cancel, { once: true });
    this.#guard?.begin();
    try {
      return await Promise.race([
        this.#connection.sendRequest<R>(type.method, { ...parameters, stream }, cancellation.token),
        this.#ended,
      ]);
    } catch (error) {
      const known =
        error instanceof LongsightError || error instanceof CancelledError ? error : fromResponseError(error);
      if (known instanceof LongsightError && known.userError.code === 'LS7001')
        throw fault('LS3001', say('its thread was ended'), error);
      // One that fails at the start has its verdict from whoever started it.
      throw (type.method === openRequest.method ? undefined : await this.#providerFault(known)) ?? known;
    } finally {
      this.#guard?.end();
      signal.removeEventListener('abort', cancel);
      this.#streams.delete(stream);
      cancellation.dispose();
    }
  }

  /** What failed on a provider is done without it from now on: whoever starts the thread again gets the processor. */
  async #providerFault(error: Error): Promise<Error | undefined> {
    if (!this.#guard || !(error instanceof LongsightError) || error.userError.code !== 'LS3002') return undefined;
    await this.#guard.fail(messageOf(error.userError));
    await this.end();
    return fault('LS3001', messageOf(error.userError), error);
  }

  /** Ends the thread; what was running rejects with LS3001. */
  async end(): Promise<void> {
    await endWorker(this.#worker, this.#connection, this.#hasEnded);
  }
}
