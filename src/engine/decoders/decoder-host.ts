/**
 * Keeps the decoder: started on first need, kept for the next question, let go after some minutes without one. Requests to it
 * run one at a time in the order they came; a cancelled one leaves the queue at once.
 */
import { reuseOf, wrapped } from '../../runtime/wrapped-decoder.ts';
import type { Sentence } from '../../base/sentences.ts';
import PQueue from 'p-queue';
import { CancelledError, throwIfCancelled } from '../../base/cancellation.ts';
import { LongsightError, type UserError, toUserError } from '../../base/errors.ts';
import type { Logger } from '../../base/logging.ts';
import type { ServerPlace } from '../../protocol/answers.ts';
import type { DecoderStatus } from '../../protocol/status.ts';
import type { Decoder } from '../../runtime/decoder.ts';
import { Lazy } from '../lazy.ts';

/** A decoder that can be started. */
export interface DecoderChoice {
  /** Tells two choices apart: the same key is the same running decoder. */
  readonly key: string;
  readonly id: string;
  readonly displayName: string;
  /** Tokens, as the file states. */
  readonly contextLength: number;
  /** Where it is computed, when that is not here. */
  readonly server?: ServerPlace;
  /** @param onProgress what of the graphs is built, the first time a file is opened */
  readonly open: (onProgress?: (progress: LoadProgress) => void) => Promise<Decoder>;
}

/** How much of the graphs is built. */
interface LoadProgress {
  readonly done: number;
  readonly total: number;
}

/** Told that a decoder starts, and of what is built for it; a decoder that is ready tells nothing. */
export type OnLoading = (displayName: string, progress: LoadProgress | null) => void;

export interface DecoderHostOptions {
  readonly logger: Logger;
  /** Called whenever what {@link DecoderHost.status} says may have changed. */
  readonly onChange?: () => void;
  /** How long an unused decoder is kept, milliseconds: the one in use by the settings, and any other. */
  readonly keepMs?: { readonly chosen: number; readonly other: number };
}

interface Entry {
  readonly choice: DecoderChoice;
  readonly lazy: Lazy<Decoder>;
  /** Requests that wait or run. */
  active: number;
  timer: NodeJS.Timeout | undefined;
  tokensPerSecond: number | null;
  error: UserError | undefined;
  loading: LoadProgress | undefined;
  /** Requests that wait for the start. */
  readonly waiting: Set<() => void>;
}

const defaultKeepMs = { chosen: 10 * 60_000, other: 30_000 };

export class DecoderHost {
  readonly #options: DecoderHostOptions;
  readonly #queue = new PQueue({ concurrency: 1 });
  readonly #entries = new Map<string, Entry>();
  #lastKey: string | undefined;

  constructor(options: DecoderHostOptions) {
    this.#options = options;
  }

  /** The chosen decoder, ready. Rejects with what hindered the start. */
  async get(choice: DecoderChoice, onLoading?: OnLoading): Promise<Decoder> {
    const entry = this.#entryOf(choice);
    this.#lastKey = choice.key;
    entry.active += 1;
    const tell = (): void => {
      onLoading?.(choice.displayName, entry.loading ?? null);
    };
    try {
      const starting = entry.lazy.get();
      if (!entry.lazy.peek()) tell();
      entry.waiting.add(tell);
      this.#changed();
      const decoder = await starting;
      entry.error = undefined;
      return this.#queued(entry, decoder);
    } catch (error) {
      entry.error = toUserError(error);
      throw error;
    } finally {
      entry.waiting.delete(tell);
      entry.loading = undefined;
      entry.active -= 1;
      this.#touch(entry);
    }
  }

  /** What is known of a choice, whether it was started or not. */
  status(choice: DecoderChoice): Omit<DecoderStatus, 'writesProse' | 'readingTest'> {
    const entry = this.#entries.get(choice.key);
    const info = entry?.lazy.peek()?.info;
    const server = info?.server ?? choice.server;
    return {
      id: choice.id,
      // A server's model may have no name before it was asked.
      displayName: info?.server ? info.displayName : choice.displayName,
      state: stateOf(entry),
      provider: info?.provider ?? null,
      window: info?.window ?? info?.contextLength ?? choice.contextLength,
      memory: info?.memory ?? 0,
      tokensPerSecond: entry?.tokensPerSecond ?? null,
      ...(entry?.loading && stateOf(entry) === 'loading' && { loading: entry.loading }),
      ...(info?.remarks && info.remarks.length > 0 && { remarks: info.remarks }),
      ...(info?.notice !== undefined && { notice: info.notice }),
      ...(server && { server }),
      ...(entry?.error && { error: entry.error }),
    };
  }

  /** What the user is to be told of the decoders that run, each sentence once for the life of the decoder. */
  notices(): readonly Sentence[] {
    return [...this.#entries.values()].flatMap(({ lazy }) => lazy.peek()?.info.notice ?? []);
  }

  /** Lets go of every decoder; one that is asked for later is started again. */
  async dispose(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map((entry) => this.#close(entry)));
    this.#changed();
  }

  #entryOf(choice: DecoderChoice): Entry {
    const known = this.#entries.get(choice.key);
    if (known) return known;
    const entry: Entry = {
      choice,
      lazy: new Lazy(() =>
        choice.open((progress) => {
          if (percent(entry.loading) === percent(progress)) return;
          entry.loading = progress;
          for (const tell of entry.waiting) tell();
          this.#changed();
        }),
      ),
      active: 0,
      timer: undefined,
      tokensPerSecond: null,
      error: undefined,
      loading: undefined,
      waiting: new Set(),
    };
    this.#entries.set(choice.key, entry);
    // Two models at once may be more than the machine's memory: those that nobody uses go first.
    for (const other of this.#entries.values()) if (other !== entry) this.#touch(other);
    return entry;
  }

  #changed(): void {
    this.#options.onChange?.();
  }

  #touch(entry: Entry): void {
    this.#changed();
    clearTimeout(entry.timer);
    if (entry.active > 0) return;
    const keepMs = this.#options.keepMs ?? defaultKeepMs;
    entry.timer = setTimeout(
      () => {
        this.#options.logger.info({ decoder: entry.choice.id }, 'an unused decoder is let go');
        if (this.#entries.get(entry.choice.key) === entry) this.#entries.delete(entry.choice.key);
        this.#changed();
        this.#close(entry).catch((error: unknown) => {
          this.#options.logger.warn({ error: String(error) }, 'a decoder did not end in order');
        });
      },
      entry.choice.key === this.#lastKey ? keepMs.chosen : keepMs.other,
    );
    entry.timer.unref();
  }

  async #close(entry: Entry): Promise<void> {
    clearTimeout(entry.timer);
    const decoder = await entry.lazy.take();
    await decoder?.dispose();
  }

  #queued(entry: Entry, decoder: Decoder): Decoder {
    const run = async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> => {
      entry.active += 1;
      this.#changed();
      try {
        return await whenFree(this.#queue, work, signal);
      } catch (error) {
        // Its thread is gone: the next request starts another.
        if (isStopped(error) && this.#entries.get(entry.choice.key) === entry) {
          this.#entries.delete(entry.choice.key);
          await this.#close(entry);
        }
        throw error;
      } finally {
        entry.active -= 1;
        this.#touch(entry);
      }
    };
    return wrapped(decoder, {
      decode: async (request, onEvent, signal) => {
        const result = await run(() => decoder.decode(request, onEvent, signal), signal);
        if (result.decodeTokensPerSecond > 0) entry.tokensPerSecond = result.decodeTokensPerSecond;
        return result;
      },
      perplexity: (request, onProgress, signal) => run(() => decoder.perplexity(request, onProgress, signal), signal),
      ...(decoder.tryReuse && {
        tryReuse: (onProgress: (done: number, total: number) => void, signal: AbortSignal) =>
          run(() => reuseOf(decoder, onProgress, signal), signal),
      }),
      // Its life belongs to the host.
      dispose: () => Promise.resolve(),
    });
  }
}

/** Runs the work in its turn. While it waits, an abort takes it out of the queue; once it runs, it keeps its place until it has really ended. */
async function whenFree<T>(queue: PQueue, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  throwIfCancelled(signal);
  const waiting = new AbortController();
  const leave = (): void => {
    waiting.abort(new CancelledError());
  };
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await queue.add(
      () => {
        signal.removeEventListener('abort', leave);
        return work();
      },
      { signal: waiting.signal },
    );
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** Whole: the tensors of a model are many. */
function percent(progress: LoadProgress | undefined): number | null {
  return progress ? Math.floor((100 * progress.done) / Math.max(progress.total, 1)) : null;
}

function isStopped(error: unknown): boolean {
  return error instanceof LongsightError && error.userError.code === 'LS3001';
}

function stateOf(entry: Entry | undefined): DecoderStatus['state'] {
  if (entry?.error) return 'failed';
  if (entry?.lazy.peek()) return entry.active > 0 ? 'busy' : 'ready';
  return entry?.lazy.isStarted ? 'loading' : 'ready';
}
