/** The engine's end of one embedder worker: starts the thread, sends it one text at a time, notices its end. */
import { Worker } from 'node:worker_threads';
import type { MessageConnection, RequestType } from 'vscode-jsonrpc/node';
import { LongsightError, fault } from '../../base/errors.ts';
import type { BertBytes } from '../../models/embedders/bert.ts';
import type { ErrorData } from '../../protocol/answers.ts';
import { fromResponseError } from '../../protocol/rpc-errors.ts';
import { portConnection } from '../../protocol/rpc-transport.ts';
import {
  type OpenEmbedderParameters,
  byteProductsRequest,
  embedRequest,
  openEmbedderRequest,
} from './embedder-protocol.ts';
import { switchTelemetryOff } from '../telemetry-off.ts';
import { endWorker } from '../worker/worker-end.ts';

export class EmbedderThread {
  readonly #worker: Worker;
  readonly #connection: MessageConnection;
  readonly #ended: Promise<never>;
  #hasEnded = false;

  /** @param script another worker script, for tests */
  constructor(script?: URL) {
    const name = import.meta.url.endsWith('.ts') ? './embedder-worker.ts' : './embedder-worker.mjs';
    switchTelemetryOff();
    this.#worker = new Worker(script ?? new URL(name, import.meta.url), { name: 'longsight-embedder' });
    this.#connection = portConnection(this.#worker);
    this.#ended = new Promise((_resolve, reject) => {
      const end = (detail: string, cause?: unknown): void => {
        this.#hasEnded = true;
        reject(fault('LS3101', detail, cause));
      };
      this.#worker.once('error', (error) => {
        end(error.message, error);
      });
      this.#worker.once('exit', (code) => {
        end(`its thread ended with ${String(code)}`);
      });
    });
    // Whoever waits for an answer hears of the end by the race in #request.
    this.#ended.catch(() => undefined);
    this.#connection.listen();
  }

  /** False once the thread is gone. */
  get isAlive(): boolean {
    return !this.#hasEnded;
  }

  /** Which of the graphs this processor computes right. @throws LS3101 */
  async bytes(): Promise<BertBytes> {
    return (await this.#request(byteProductsRequest, null)) ? 'int8' : 'uint8';
  }

  /** @returns the number of dimensions. @throws LS3101 */
  open(parameters: OpenEmbedderParameters): Promise<number> {
    return this.#request(openEmbedderRequest, parameters);
  }

  /** @throws LS3101 when the graph fails or the thread ends */
  embed(ids: readonly number[]): Promise<Float32Array> {
    return this.#request(embedRequest, { ids });
  }

  /** Ends the thread; what was running rejects with LS3101. */
  async end(): Promise<void> {
    await endWorker(this.#worker, this.#connection, this.#hasEnded);
  }

  async #request<P, R>(type: RequestType<P, R, ErrorData | undefined>, parameters: P): Promise<R> {
    try {
      return await Promise.race([this.#connection.sendRequest<R>(type.method, parameters), this.#ended]);
    } catch (error) {
      throw error instanceof LongsightError ? error : fromResponseError(error);
    }
  }
}
