/**
 * One repository as the engine keeps it: the index, the search over it and the vectors behind it. The index opens at once and
 * is searched by words as soon as it has any; the embedder joins when it is ready and nothing waits for it.
 */
import { isCancelled, raceCancellation } from '../../base/cancellation.ts';
import { type UserError, toUserError } from '../../base/errors.ts';
import type { Logger } from '../../base/logging.ts';
import type { Sentence } from '../../base/sentences.ts';
import { type RepositoryIndex, openIndex } from '../../index/open-index.ts';
import { isDamaged } from '../../index/indexer.ts';
import { PauseGate } from '../../index/pause-gate.ts';
import { effortSeconds } from '../../protocol/effort.ts';
import type { EngineSettings, Progress } from '../../protocol/engine.ts';
import type { IndexReport, IndexStatus, SkipReason } from '../../protocol/status.ts';
import type { RepositoryLocation } from '../../repository/find-repository.ts';
import { scanRepository } from '../../repository/scan.ts';
import { RepositoryWatcher } from '../../repository/watcher.ts';
import type { Embedder } from '../../runtime/embedding/embedder.ts';
import { type Search, createSearch } from '../../search/search.ts';
import { Lazy } from '../lazy.ts';
import { pacedEmbedder } from './paced-embedder.ts';

export interface RepositoryRoomOptions {
  readonly location: RepositoryLocation;
  readonly home: string;
  readonly settings: EngineSettings;
  readonly logger: Logger;
  /** Called whenever the status may have changed. */
  readonly onChange?: () => void;
  /** The embedder, null when none is on this machine or the settings forbid it. */
  readonly openEmbedder: (signal: AbortSignal) => Promise<Embedder | null>;
}

/** How long changes of files settle before their vectors are computed, milliseconds. */
const settleMs = 3000;
/** Of a client with a single question for vectors, milliseconds: its answer must not hang on how busy the machine is. */
const patienceForOne = 5000;
/** Files whose static vectors are made within a second or two from what the index keeps. */
const quickFiles = 2000;

export class RepositoryRoom {
  readonly #options: RepositoryRoomOptions;
  #settings: EngineSettings;
  readonly #ended = new AbortController();
  readonly #index: Lazy<RepositoryIndex>;
  readonly #embedder: Lazy<Embedder | null>;
  /** Shut while a question is answered. */
  readonly #questions = new PauseGate();
  #answering = 0;
  #search: Search | undefined;
  /** The embedder that the search uses. */
  #joined: Embedder | null = null;
  /** The pass behind everything else that is under way. */
  #behind: Promise<void> | undefined;
  #behindAgain = false;
  #settling: NodeJS.Timeout | undefined;
  #failed = false;
  #keepsUp = false;
  #embedderFault: UserError | undefined;

  /** The pass over the files that runs now, by words, and whether nothing was indexed before it. */
  #words: Promise<void> | undefined;
  #isFirst = false;

  constructor(options: RepositoryRoomOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#index = new Lazy(() => {
      const { location, home, logger } = options;
      // openIndex is synchronous; what it throws becomes this promise's rejection.
      return Promise.resolve().then(() => {
        const index = openIndex({ location, home, settings: this.#settings, logger });
        index.onDidReplace(() => {
          logger.warn({ file: index.file }, 'the index was deleted or replaced while it was open');
          if (this.#keepsUp) this.keepUp();
        });
        return index;
      });
    });
    this.#embedder = new Lazy(() => this.#openEmbedder());
  }

  /** @throws LS5001, LS5002, LS5004 */
  open(): Promise<RepositoryIndex> {
    return this.#index.get();
  }

  /** Of the embedder, once it was needed; null before, and when there is none or none is wanted. */
  embedderState(): 'loading' | 'ready' | 'failed' | null {
    const embedder = this.#embedder.peek();
    if (embedder) return 'ready';
    if (this.#embedderFault) return 'failed';
    return this.#embedder.isStarted && embedder === undefined ? 'loading' : null;
  }

  /** The embedder, or null: when there is none, when it is not wanted, and when it cannot be used, which is logged and shown. */
  async #openEmbedder(): Promise<Embedder | null> {
    this.#embedderFault = undefined;
    if (!this.#settings.embeddings) return null;
    try {
      return await this.#options.openEmbedder(this.#ended.signal);
    } catch (error) {
      if (isCancelled(error)) throw error;
      this.#embedderFault = toUserError(error);
      this.#options.logger.warn(
        { error: this.#embedderFault },
        'the embedder cannot be used; search goes on without vectors',
      );
      return null;
    } finally {
      // The value is kept a turn after it is returned.
      setImmediate(() => {
        this.#changed();
      });
    }
  }

  async status(): Promise<IndexStatus> {
    const { indexer } = await this.open();
    const status = indexer.status();
    return this.#failed && status.state === 'idle' ? { ...status, state: 'failed' } : status;
  }

  /** The status after a look at which files there are, without indexing them: what is not known yet counts as pending. */
  async survey(signal: AbortSignal): Promise<IndexStatus> {
    const { indexer, reader } = await this.open();
    const { location, logger, home } = this.#options;
    const scan = await scanRepository(location.root, indexer.settings, {
      git: location.git,
      logger,
      without: [home],
      signal,
    });
    const status = await this.status();
    const pending = scan.files.filter(({ path }) => !reader.entry(path)).length;
    const skipped: Partial<Record<SkipReason, number>> = { ...indexer.status().skipped };
    for (const { reason } of scan.skipped) skipped[reason] = (skipped[reason] ?? 0) + 1;
    return { ...status, files: status.indexed + pending, pending, skipped };
  }

  /** What the user is to be told of the index, once opened. */
  notice(): Sentence | null {
    const index = this.#index.peek();
    return index?.notice ?? index?.indexer.notice ?? null;
  }

  /** Brings the index up to date; with vectors unless `lexicalOnly`, when there is an embedder. */
  async run(
    request: { rebuild?: boolean; lexicalOnly?: boolean },
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<IndexReport> {
    const index = await this.open();
    const embedder = request.lexicalOnly ? null : await this.#embedder.get();
    try {
      const report = await index.indexer.run(
        { rebuild: request.rebuild ?? false, ...(embedder && { embedder: pacedEmbedder(embedder, this.#questions) }) },
        (progress) => {
          onProgress(progress);
          this.#changed();
        },
        AbortSignal.any([signal, this.#ended.signal]),
      );
      this.#failed = false;
      return report;
    } finally {
      this.#changed();
    }
  }

  /** Indexes by words, then computes vectors, and warms the search; what fails is logged and shows in the status. */
  keepUp(): void {
    this.#keepsUp = true;
    if (this.#behind) {
      this.#behindAgain = true;
      return;
    }
    this.#behind = this.#pass().finally(() => {
      this.#behind = undefined;
      if (!this.#behindAgain || this.#ended.signal.aborted) return;
      this.#behindAgain = false;
      this.keepUp();
    });
  }

  async filesChanged(paths: readonly string[]): Promise<void> {
    const { indexer } = await this.open();
    await indexer.filesChanged(paths, this.#ended.signal);
    this.#changed();
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      void this.#settled();
    }, settleMs);
    this.#settling.unref();
  }

  /** Makes the index again after damage was met in it; where a pass keeps it up, its vectors follow behind. */
  async #mend(signal: AbortSignal): Promise<void> {
    const { indexer } = await this.open();
    await indexer.mend(AbortSignal.any([signal, this.#ended.signal]));
    if (this.#keepsUp) this.keepUp();
  }

  /**
   * Waits for the end of the first pass over the files, as long as a quick answer may take: before it, nothing would be found in a
   * repository where there is something. A cancellation ends the waiting, and is the work's own to answer.
   */
  async #begun(signal: AbortSignal): Promise<void> {
    const words = this.#words;
    if (!words) return;
    const { indexer } = await this.open();
    if (!this.#isFirst || indexer.status().state === 'paused') return;
    const enough = AbortSignal.any([signal, AbortSignal.timeout(effortSeconds.quick * 1000)]);
    await raceCancellation(words, enough).catch(() => undefined);
  }

  /** Holds the vectors of the background back while the work runs; work that met damage in the index is done again over a new one. */
  async answering<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#answering += 1;
    this.#questions.set(true);
    try {
      await this.#begun(signal);
      return await work();
    } catch (error) {
      if (!isDamaged(error) || !this.#index.peek()?.isDamaged) throw error;
      await this.#mend(signal);
      return await work();
    } finally {
      this.#answering -= 1;
      if (this.#answering === 0) this.#questions.set(false);
    }
  }

  /** The search as good as it is by now; never waits for the embedder. */
  async search(): Promise<Search> {
    const index = await this.open();
    return (this.#search ??= createSearch({ reader: index.reader, embedder: null, logger: this.#options.logger }));
  }

  /**
   * Lets the search compare the cards of the best files with the question, when there is an embedder.
   * @param isForOne the client has a single question
   */
  async joinEmbedder({ isForOne = false } = {}): Promise<void> {
    const [search, embedder] = await Promise.all([this.search(), this.#embedder.get()]);
    if (!embedder || embedder === this.#joined) return;
    search.useEmbedder(pacedEmbedder(embedder, this.#questions), isForOne ? patienceForOne : undefined);
    this.#joined = embedder;
  }

  /** For a client with one question, which is then answered as a client with many would be: {@link sharpen}, where that is quick. */
  async sharpenIfQuick(signal: AbortSignal): Promise<void> {
    await this.joinEmbedder({ isForOne: true });
    const { indexed, embedded } = await this.status();
    if (this.#joined && indexed <= quickFiles && embedded === indexed) await (await this.search()).warm(signal);
  }

  /** Joins the embedder and makes the vectors of words: for a door that can wait, and behind everything else. */
  async sharpen(signal: AbortSignal): Promise<void> {
    await this.joinEmbedder();
    await (await this.search()).warm(signal);
  }

  /** Takes over changed settings: rules for files with the next pass, which begins at once, and the embedder. */
  async configure(settings: EngineSettings): Promise<void> {
    const before = this.#settings;
    this.#settings = settings;
    if (before.embeddings !== settings.embeddings || before.threads !== settings.threads) await this.dropEmbedder();
    const index = this.#index.peek();
    index?.configure(settings);
  }

  /** Looks for an embedder again, unless one is at work. */
  async retryEmbedder(): Promise<void> {
    if (this.#embedder.peek() === null) await this.#embedder.take();
  }

  /** Forgets the embedder, for instance because one was got or removed; the next pass opens what is there then. */
  async dropEmbedder(): Promise<void> {
    this.#search?.useEmbedder(null);
    this.#joined = null;
    const embedder = await this.#embedder.take();
    await embedder?.dispose();
  }

  /** Follows the files until the signal is aborted; a report after every change that was looked at. Rejects when a run fails. */
  async watch(
    request: { lexicalOnly: boolean },
    onReport: (report: IndexReport) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const index = await this.open();
    const { logger, location } = this.#options;
    // Shut until something changes.
    const changes = new PauseGate();
    const watcher = new RepositoryWatcher({
      root: location.root,
      logger,
      onChange: () => {
        changes.set(false);
      },
    });
    try {
      changes.set(true);
      for (;;) {
        watcher.follow(index.reader.files().map(({ path }) => path));
        await changes.pass(signal);
        // A change that comes during the run opens it for the next one.
        changes.set(true);
        onReport(await this.run(request, () => undefined, signal));
      }
    } finally {
      watcher.dispose();
    }
  }

  /** Follows the files for as long as the engine lives. */
  followInBackground(): void {
    this.watch({ lexicalOnly: false }, () => undefined, this.#ended.signal).catch((error: unknown) => {
      if (!isCancelled(error))
        this.#options.logger.error({ error: toUserError(error) }, 'the files are no longer followed');
    });
  }

  /** Deletes what the index holds, and begins again where a pass keeps it up. */
  async clear(): Promise<void> {
    const index = await this.open();
    await index.clear();
  }

  async dispose(): Promise<void> {
    clearTimeout(this.#settling);
    this.#ended.abort();
    this.#questions.set(false);
    await this.#behind;
    this.#search?.dispose();
    const index = await this.#index.take();
    await index?.indexer.idle();
    index?.dispose();
    const embedder = await this.#embedder.take();
    await embedder?.dispose();
  }

  #changed(): void {
    this.#options.onChange?.();
  }

  /** The vectors of what was saved; the files were looked at when they were. */
  async #settled(): Promise<void> {
    try {
      const embedder = await this.#embedder.get();
      if (embedder) await this.#embedBehind(embedder);
      this.#changed();
    } catch (error) {
      if (!isCancelled(error))
        this.#options.logger.warn({ error: toUserError(error) }, 'the vectors of changed files could not be computed');
    }
  }

  async #embedBehind(embedder: Embedder): Promise<void> {
    const { indexer } = await this.open();
    await indexer.embed(pacedEmbedder(embedder, this.#questions), () => undefined, this.#ended.signal);
  }

  async #pass(): Promise<void> {
    const { signal } = this.#ended;
    const quiet = (): void => undefined;
    try {
      this.#words = this.open().then(async ({ indexer }) => {
        this.#isFirst = indexer.status().indexed === 0;
        await this.run({ lexicalOnly: true }, quiet, signal);
      });
      await this.#words;
      this.#words = undefined;
      await (await this.search()).warm(signal);
      const embedder = await this.#embedder.get();
      if (!embedder) return;
      await this.#embedBehind(embedder);
      await this.sharpen(signal);
    } catch (error) {
      this.#words = undefined;
      if (isCancelled(error)) return;
      this.#failed = true;
      this.#changed();
      this.#options.logger.error({ error: toUserError(error) }, 'the index could not be brought up to date');
    }
  }
}
