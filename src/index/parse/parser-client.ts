/** The parser worker seen from the engine: sends texts, replaces a worker that crashed, hangs or has grown, loses no file. */
import { type Words, say } from '../../base/sentences.ts';
import { Worker } from 'node:worker_threads';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { CancelledError } from '../../base/cancellation.ts';
import type { Disposable } from '../../base/disposable.ts';
import type { Logger } from '../../base/logging.ts';
import { portConnection } from '../../protocol/rpc-transport.ts';
import { type ParseParameters, type ParseResponse, parseRequest } from './parser-protocol.ts';
import { analyseLines } from './plain-text.ts';

const workerUrl = new URL(
  import.meta.url.endsWith('.ts') ? './parser-worker.ts' : './parser-worker.mjs',
  import.meta.url,
);

/** Bytes of WebAssembly memory after which a worker is replaced; tree-sitter never gives memory back. */
const largestMemory = 400 * 2 ** 20;
/**
 * Milliseconds of this process's processor time without an answer after which a worker counts as hung; above the worker's own
 * limit. On a machine that is busy with other programs a worker may get none for long and still be sound.
 */
const patience = 30_000;
/** A worker that waits for something that never comes takes no processor time: so many times the patience by the clock ends it. */
const mostWaiting = 20;

interface Waiting {
  readonly parameters: ParseParameters;
  readonly resolve: (response: ParseResponse) => void;
  readonly reject: (error: Error) => void;
}

interface Running {
  readonly worker: Worker;
  readonly connection: MessageConnection;
  /** Sent and not answered, oldest first; the oldest is the one in flight. */
  readonly sent: Waiting[];
  watchdog: NodeJS.Timeout | undefined;
}

export interface ParserOptions {
  readonly logger: Logger;
  /** For tests: another worker script. */
  readonly workerUrl?: URL;
  readonly patience?: number;
  readonly largestMemory?: number;
}

export class ParserClient implements Disposable {
  readonly #options: ParserOptions;
  #running: Running | undefined;
  #disposed = false;
  /** Workers started so far. */
  started = 0;

  constructor(options: ParserOptions) {
    this.#options = options;
  }

  /** Analyses one text; several may be under way, they are done in order. A text that kills the worker is chunked by lines. */
  parse(parameters: ParseParameters): Promise<ParseResponse> {
    if (this.#disposed) return Promise.reject(new CancelledError());
    return new Promise((resolve, reject) => {
      this.#send({ parameters, resolve, reject });
    });
  }

  #send(waiting: Waiting): void {
    const running = (this.#running ??= this.#start());
    running.sent.push(waiting);
    if (running.sent.length === 1) this.#watch(running);
    running.connection.sendRequest(parseRequest, waiting.parameters).then(
      (response) => this.#answered(running, waiting, response),
      // A request fails when the worker ends (then #lost deals with it) or when the analysis threw.
      (error: unknown) => {
        if (this.#running === running && running.sent[0] === waiting) {
          setImmediate(() => this.#failed(running, waiting, error instanceof Error ? error.message : String(error)));
        }
      },
    );
  }

  #start(): Running {
    this.started += 1;
    const worker = new Worker(this.#options.workerUrl ?? workerUrl, { name: 'longsight-parser', execArgv: [] });
    const running: Running = { worker, connection: portConnection(worker), sent: [], watchdog: undefined };
    worker.on('error', (error) => this.#lost(running, error.message));
    worker.on('exit', (code) => this.#lost(running, `it left with status ${code}`));
    running.connection.listen();
    // An idle worker must not keep a command alive.
    worker.unref();
    return running;
  }

  #watch(running: Running): void {
    clearTimeout(running.watchdog);
    running.watchdog = undefined;
    if (running.sent.length === 0) {
      running.worker.unref();
      return;
    }
    running.worker.ref();
    const wait = this.#options.patience ?? patience;
    const worked = processorTime();
    let waited = 0;
    const look = (): void => {
      waited += 1;
      const left = wait - (processorTime() - worked);
      if (left > 0 && waited < mostWaiting) running.watchdog = setTimeout(look, Math.max(left, wait / 10));
      else this.#lost(running, `it gave no answer for ${wait} ms of the processor`);
    };
    running.watchdog = setTimeout(look, wait);
  }

  #answered(running: Running, waiting: Waiting, response: ParseResponse): void {
    const at = running.sent.indexOf(waiting);
    if (at < 0) return;
    running.sent.splice(at, 1);
    this.#watch(running);
    waiting.resolve(response);
    if (response.memory > (this.#options.largestMemory ?? largestMemory) && this.#running === running) {
      this.#options.logger.debug({ memory: response.memory }, 'the parser worker has grown and is replaced');
      this.#replace(running);
    }
  }

  /** The worker lives, but could not analyse this text. */
  #failed(running: Running, waiting: Waiting, reason: string): void {
    const at = running.sent.indexOf(waiting);
    if (at < 0) return;
    running.sent.splice(at, 1);
    this.#watch(running);
    resolveByLines(waiting, reason);
  }

  /** The worker is gone or hangs: the text in flight is chunked by lines, the others go to a new worker. */
  #lost(running: Running, reason: string): void {
    if (this.#running !== running) return;
    const inFlight = running.sent.shift();
    if (inFlight || !this.#disposed)
      this.#options.logger.warn({ reason }, 'the parser worker was lost and is replaced');
    this.#replace(running);
    if (inFlight) resolveByLines(inFlight, say('the parser stopped: {0}', reason));
  }

  #replace(running: Running): void {
    this.#running = undefined;
    clearTimeout(running.watchdog);
    const rest = running.sent.splice(0);
    running.connection.dispose();
    void running.worker.terminate();
    for (const waiting of rest) this.#send(waiting);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const running = this.#running;
    this.#running = undefined;
    if (!running) return;
    clearTimeout(running.watchdog);
    for (const waiting of running.sent.splice(0)) waiting.reject(new CancelledError());
    running.connection.dispose();
    void running.worker.terminate();
  }
}

function resolveByLines({ parameters, resolve }: Waiting, reason: Words): void {
  const file = analyseLines(parameters.text, parameters.language);
  resolve({ file, failure: say('{0}; it was chunked by lines, without symbols', reason), mayPass: true, memory: 0 });
}

/** Milliseconds that all threads of this process have computed for. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
