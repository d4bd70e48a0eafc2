/**
 * Keeps the decoder: started on first need, kept for the next question, let go after some minutes without one. Requests to it
 * run one at a time in the order they came; a cancelled one leaves the queue at once.
 */
import PQueue from 'p-queue';
import { CancelledError, throwIfCancelled } from '../base/cancellation.ts';
import { LongsightError, type UserError, toUserError } from '../base/errors.ts';
import type { Logger } from '../base/logging.ts';
import type { ServerPlace } from '../protocol/answers.ts';
import type { DecoderStatus } from '../protocol/status.ts';
import type { Decoder } from '../runtime/decoder.ts';
import { Lazy } from './lazy.ts';

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
  readonly open: () => Promise<Decoder>;
}

export interface DecoderHostOptions {
  /** The decoder of this name, or the one of the settings; null when there is none on this machine. */
  readonly choose: (model: string | undefined) => Promise<DecoderChoice | null>;
  readonly logger: Logger;
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

  /** A decoder that is ready; null when none is on this machine. Rejects with what hindered the start. */
  async get(model?: string): Promise<Decoder | null> {
    const choice = await this.#options.choose(model);
    if (!choice) return null;
    const entry = this.#entryOf(choice);
    this.#lastKey = choice.key;
    entry.active += 1;
    try {
      const decoder = await entry.lazy.get();
      entry.error = undefined;
      return this.#queued(entry, decoder);
    } catch (error) {
      entry.error = toUserError(error);
      throw error;
    } finally {
      entry.active -= 1;
      this.#touch(entry);
    }
  }

  /** What the doors show: the decoder asked for last, else the one of the settings; null when there is none on this machine. */
  async status(writesProse: (choice: DecoderChoice) => boolean | null): Promise<DecoderStatus | null> {
    const chosen = await this.#options.choose(undefined);
    const entry = (chosen && this.#entries.get(chosen.key)) ?? this.#entries.get(this.#lastKey ?? '');
    const choice = chosen ?? entry?.choice;
    if (!choice) return null;
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
      writesProse: writesProse(choice),
      ...(info?.remarks && info.remarks.length > 0 && { remarks: info.remarks }),
      ...(info?.notice !== undefined && { notice: info.notice }),
      ...(server && { server }),
      ...(entry?.error && { error: entry.error }),
    };
  }

  /** What the user is to be told of the decoders that run, each sentence once for the life of the decoder. */
  notices(): readonly string[] {
    return [...this.#entries.values()].flatMap(({ lazy }) => lazy.peek()?.info.notice ?? []);
  }

  /** Lets go of every decoder; one that is asked for later is started again. */
  async dispose(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map((entry) => this.#close(entry)));
  }

  #entryOf(choice: DecoderChoice): Entry {
    const known = this.#entries.get(choice.key);
    if (known) return known;
    const entry: Entry = {
      choice,
      lazy: new Lazy(choice.open),
      active: 0,
      timer: undefined,
      tokensPerSecond: null,
      error: undefined,
    };
    this.#entries.set(choice.key, entry);
    // Two models at once may be more than the machine's memory: those that nobody uses go first.
    for (const other of this.#entries.values()) if (other !== entry) this.#touch(other);
    return entry;
  }

  #touch(entry: Entry): void {
    clearTimeout(entry.timer);
    if (entry.active > 0) return;
    const keepMs = this.#options.keepMs ?? defaultKeepMs;
    entry.timer = setTimeout(
      () => {
        this.#options.logger.info({ decoder: entry.choice.id }, 'an unused decoder is let go');
        if (this.#entries.get(entry.choice.key) === entry) this.#entries.delete(entry.choice.key);
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
    return {
      get info() {
        return decoder.info;
      },
      countTokens: (text) => decoder.countTokens(text),
      countChatTokens: (messages) => decoder.countChatTokens(messages),
      ...(decoder.settleCounts && {
        settleCounts: (signal) => decoder.settleCounts?.(signal) ?? Promise.resolve(false),
      }),
      tokenize: (text) => decoder.tokenize(text),
      decode: async (request, onEvent, signal) => {
        const result = await run(() => decoder.decode(request, onEvent, signal), signal);
        if (result.decodeTokensPerSecond > 0) entry.tokensPerSecond = result.decodeTokensPerSecond;
        return result;
      },
      perplexity: (request, onProgress, signal) => run(() => decoder.perplexity(request, onProgress, signal), signal),
      // Its life belongs to the host.
      dispose: () => Promise.resolve(),
    };
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

function isStopped(error: unknown): boolean {
  return error instanceof LongsightError && error.userError.code === 'LS3001';
}

function stateOf(entry: Entry | undefined): DecoderStatus['state'] {
  if (entry?.error) return 'failed';
  if (entry?.lazy.peek()) return entry.active > 0 ? 'busy' : 'ready';
  return entry?.lazy.isStarted ? 'loading' : 'ready';
}
