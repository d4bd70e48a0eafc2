/**
 * An {@link Embedder} over worker threads: texts wait in one queue, urgent ones first, and each goes to a free thread. A
 * thread that dies is replaced and its text tried once more.
 */
import PQueue from 'p-queue';
import { CancelledError, raceCancellation, throwIfCancelled } from '../../base/cancellation.ts';
import { LongsightError, fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { Logger } from '../../base/logging.ts';
import type { PreparedEmbedder } from '../../models/embedders/prepared-embedder.ts';
import type { Tokenizer } from '../../models/tokenizer/tokenizer.ts';
import { EmbedderThread } from './embedder-thread.ts';
import type { Embedder } from './embedder.ts';

export interface WorkerEmbedderOptions {
  readonly prepared: PreparedEmbedder;
  readonly tokenizer: Tokenizer;
  readonly threads: number;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
  /** A thread that was started already; it is ended where opening fails. */
  readonly first?: EmbedderThread;
  /** Another worker script, for tests. */
  readonly script?: URL;
}

const urgency = { urgent: 1, background: 0 } as const;
/** A text is usually measured by `fits` just before it is embedded: its ids are kept for a moment. */
const rememberedTexts = 256;

export class WorkerEmbedder implements Embedder {
  readonly id: string;
  readonly dimensions: number;
  readonly maxTokens: number;
  readonly #options: WorkerEmbedderOptions;
  readonly #queue: PQueue;
  /** Threads without work; the others are held by the task that uses them. */
  readonly #idle: EmbedderThread[];
  readonly #threads = new Set<EmbedderThread>();
  readonly #ids = new Map<string, readonly number[]>();
  #disposed = false;

  private constructor(options: WorkerEmbedderOptions, first: EmbedderThread, dimensions: number) {
    this.#options = options;
    this.id = options.prepared.id;
    this.maxTokens = options.prepared.maxTokens;
    this.dimensions = dimensions;
    this.#queue = new PQueue({ concurrency: options.threads });
    this.#idle = [first];
    this.#threads.add(first);
  }

  /** Starts the first thread; further ones start when texts wait. @throws LS3101, CancelledError */
  static async open(options: WorkerEmbedderOptions): Promise<WorkerEmbedder> {
    const thread = options.first ?? new EmbedderThread(options.script);
    try {
      throwIfCancelled(options.signal);
      const { graph, form } = options.prepared;
      const dimensions = await raceCancellation(thread.open({ graph, form }), options.signal);
      return new WorkerEmbedder(options, thread, dimensions);
    } catch (error) {
      await thread.end();
      throw error;
    }
  }

  fits(text: string): boolean {
    return this.#encode(text).length <= this.maxTokens;
  }

  async embed(
    texts: readonly string[],
    { urgent }: { urgent: boolean },
    signal?: AbortSignal,
  ): Promise<readonly Float32Array[]> {
    const priority = urgent ? urgency.urgent : urgency.background;
    const waiting = new AbortController();
    const leave = (): void => {
      waiting.abort(new CancelledError());
    };
    throwIfCancelled(signal);
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.all(
        texts.map((text) =>
          this.#queue.add(() => this.#embedOne(text, waiting.signal), { priority, signal: waiting.signal }),
        ),
      );
    } catch (error) {
      // The first failure ends them all: what still waits must not run for nobody.
      leave();
      throw error;
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#queue.clear();
    await Promise.all([...this.#threads].map((thread) => thread.end()));
    this.#threads.clear();
    this.#idle.length = 0;
  }

  async #embedOne(text: string, signal: AbortSignal): Promise<Float32Array> {
    const ids = this.#encode(text);
    this.#ids.delete(text);
    if (ids.length > this.maxTokens)
      throw fault('LS3102', say('{0} tokens, at most {1}', String(ids.length), String(this.maxTokens)));
    try {
      return await this.#attempt(ids, signal);
    } catch (error) {
      throwIfCancelled(signal);
      if (this.#disposed || !(error instanceof LongsightError)) throw error;
      this.#options.logger.warn(
        { error: error.userError.diagnostic ?? error.message },
        'an embedder thread failed; its text is tried once more',
      );
      return await this.#attempt(ids, signal);
    }
  }

  async #attempt(ids: readonly number[], signal: AbortSignal): Promise<Float32Array> {
    const thread = await this.#take();
    try {
      throwIfCancelled(signal);
      return await thread.embed(ids);
    } finally {
      if (thread.isAlive && !this.#disposed) this.#idle.push(thread);
      else this.#threads.delete(thread);
    }
  }

  async #take(): Promise<EmbedderThread> {
    for (let thread = this.#idle.pop(); thread; thread = this.#idle.pop()) {
      if (thread.isAlive) return thread;
      this.#threads.delete(thread);
    }
    if (this.#disposed) throw new CancelledError();
    const thread = new EmbedderThread(this.#options.script);
    this.#threads.add(thread);
    const { graph, form } = this.#options.prepared;
    try {
      await thread.open({ graph, form });
      return thread;
    } catch (error) {
      this.#threads.delete(thread);
      await thread.end();
      throw error;
    }
  }

  #encode(text: string): readonly number[] {
    const known = this.#ids.get(text);
    if (known) return known;
    const ids = this.#options.tokenizer.encode(text, { addSpecial: true });
    this.#ids.set(text, ids);
    const [oldest] = this.#ids.keys();
    if (this.#ids.size > rememberedTexts && oldest !== undefined) this.#ids.delete(oldest);
    return ids;
  }
}
