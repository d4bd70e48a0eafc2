/** Keeps the index true: looks which files changed, reads and analyses only those, and says at any time how far it is. */
import { type Sentence, say } from '../base/sentences.ts';
import { resolve } from 'node:path';
import { throwIfCancelled } from '../base/cancellation.ts';
import { LongsightError, toUserError } from '../base/errors.ts';
import type { Logger } from '../base/logging.ts';
import type { Progress } from '../protocol/engine.ts';
import type { IndexReport, IndexStatus, SkipReason } from '../protocol/status.ts';
import type { RepositoryLocation } from '../repository/find-repository.ts';
import { type Globs, compileGlobs } from '../repository/globs.ts';
import { relativeTo } from '../repository/paths.ts';
import {
  type Scan,
  type ScanSettings,
  type ScannedFile,
  type SkippedFile,
  scanRepository,
} from '../repository/scan.ts';
import type { Embedder } from '../runtime/embedding/embedder.ts';
import { embedCards } from './embedding-pass.ts';
import { type Tally, indexFile } from './index-file.ts';
import type { ParserClient } from './parse/parser-client.ts';
import { PauseGate } from './pause-gate.ts';
import type { StoreReader } from './store/reader.ts';
import type { FileRow, Store } from './store/store.ts';
import { lockForWriting } from './store/writer-lock.ts';
import { WorkQueue } from './work-queue.ts';

/** Files between reading and storing at a time: enough to keep the parser busy while others are read. */
const inFlight = 8;
/** Milliseconds between two reports of progress. */
const progressEvery = 80;
/** More changed paths than this are looked for by a whole scan. */
const mostPaths = 400;

export interface IndexerParts {
  readonly location: RepositoryLocation;
  readonly store: Store;
  readonly reader: StoreReader;
  readonly parser: ParserClient;
  readonly logger: Logger;
  /** File of the writer lock. */
  readonly lockFile: string;
  /** Absolute folders that are never indexed: Longsight's own. */
  readonly without: readonly string[];
}

export interface RunOptions {
  /** Forgets what was analysed and begins again; vectors stay. */
  readonly rebuild?: boolean;
  /** Computes the vectors of file cards after the files are indexed; left out: no vectors. */
  readonly embedder?: Embedder | undefined;
}

type State = IndexStatus['state'];

export class Indexer {
  readonly #parts: IndexerParts;
  readonly #gate = new PauseGate();
  #settings: ScanSettings;
  #state: State = 'idle';
  /** Runs follow one another. */
  #last: Promise<unknown> = Promise.resolve();
  #queue: WorkQueue | undefined;
  #working = 0;
  #first: readonly string[] = [];
  /** What the last scan left out without reading it, by path. */
  #skipped = new Map<string, SkippedFile>();
  #scanned = false;
  #refusal: Sentence | null = null;
  #embedderId: string | null = null;
  #changed = new Set<string>();
  #anythingChanged = false;

  constructor(parts: IndexerParts, settings: ScanSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  /** Takes effect with the next run. */
  configure(settings: ScanSettings): void {
    this.#settings = settings;
  }

  get settings(): ScanSettings {
    return this.#settings;
  }

  /** What the user should know of how the files were found; null: nothing. */
  get notice(): Sentence | null {
    return this.#refusal;
  }

  /** Computes the vectors that are missing, without a look at the files. @throws CancelledError, LS5001, LS5002, LS5005, LS5006 */
  embed(embedder: Embedder, onProgress: (progress: Progress) => void, signal?: AbortSignal): Promise<number> {
    return this.#enqueue(() =>
      this.#locked(
        async () => {
          const embedded = await this.#embed(embedder, onProgress, signal);
          this.#state = 'idle';
          return embedded;
        },
        onProgress,
        signal,
      ),
    );
  }

  /**
   * Brings the index up to date with the whole repository. Runs wait for one another, and for another process that indexes.
   * @throws CancelledError; the index is whole, and what was done is kept
   * @throws LS5001, LS5002, LS5005, LS5006
   */
  run(options: RunOptions, onProgress: (progress: Progress) => void, signal?: AbortSignal): Promise<IndexReport> {
    return this.#enqueue(() => this.#locked(() => this.#full(options, onProgress, signal), onProgress, signal));
  }

  /**
   * Brings changed paths up to date.
   * @param paths absolute; files or folders that were made, changed or removed; the root itself when nobody knows which
   */
  filesChanged(paths: readonly string[], signal?: AbortSignal): Promise<void> {
    for (const path of paths) {
      const relative = relativeTo(this.#parts.location.root, path);
      if (relative !== undefined) this.#changed.add(relative);
      else if (resolve(path) === this.#parts.location.root) this.#anythingChanged = true;
    }
    return this.#enqueue(async () => {
      if (this.#changed.size === 0 && !this.#anythingChanged) return;
      const changed = [...this.#changed];
      const all = this.#anythingChanged;
      this.#changed = new Set();
      this.#anythingChanged = false;
      const ignoreProgress = (): void => undefined;
      try {
        await this.#locked(
          async () => {
            // Rules, Git's own files and floods of paths are answered by a look at everything.
            const isRule = (path: string): boolean => /(^|\/)(\.gitignore|\.gitmodules|\.gitattributes)$/.test(path);
            const isGits = (path: string): boolean => path === '.git' || path.startsWith('.git/');
            if (
              all ||
              !this.#scanned ||
              changed.length > mostPaths ||
              changed.some((path) => isRule(path) || isGits(path))
            ) {
              await this.#full({}, ignoreProgress, signal);
            } else await this.#partial(changed, signal);
          },
          ignoreProgress,
          signal,
        );
      } catch (error) {
        // Not lost: they are looked at again with the next change or run.
        for (const path of changed) this.#changed.add(path);
        this.#anythingChanged ||= all;
        throw error;
      }
    });
  }

  pause(paused: boolean): void {
    this.#gate.set(paused);
  }

  /** Relative paths the user looks at, most important first: they are indexed and embedded before others. */
  prioritise(paths: readonly string[]): void {
    this.#first = paths;
    this.#queue?.prioritise(paths);
  }

  status(): IndexStatus {
    const counts = this.#parts.store.counts(this.#embedderId);
    const pending = (this.#queue?.size ?? 0) + this.#working;
    const skipped: Partial<Record<SkipReason, number>> = { ...counts.skipped };
    for (const { reason } of this.#skipped.values()) skipped[reason] = (skipped[reason] ?? 0) + 1;
    return {
      state: this.#gate.isShut && this.#state !== 'idle' ? 'paused' : this.#state,
      files: counts.indexed + pending,
      indexed: counts.indexed,
      pending,
      embedded: counts.embedded,
      chunks: counts.chunks,
      symbols: counts.symbols,
      skipped,
      failed: counts.failed,
      bytes: this.#parts.store.bytes(),
    };
  }

  /** Paths left out for this reason; a folder ends in a slash and stands for all below it. */
  skippedFor(reason: SkipReason): readonly string[] {
    const paths = this.#parts.reader.skippedFor(reason).map((one) => one.path);
    for (const one of this.#skipped.values()) if (one.reason === reason) paths.push(one.path);
    return paths.sort();
  }

  /**
   * Begins the index again after a reader met damage; the damaged file is kept beside it.
   * @throws CancelledError, LS5001, LS5002, LS5005, LS5006
   */
  mend(signal?: AbortSignal): Promise<IndexReport> {
    const quiet = (): void => undefined;
    return this.#enqueue(() =>
      this.#locked(
        () => {
          const { store, logger } = this.#parts;
          store.replaceDamaged();
          logger.warn({ file: store.file }, 'the index was damaged and is built again');
          return this.#full({}, quiet, signal);
        },
        quiet,
        signal,
      ),
    );
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#last.catch(() => undefined);
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result;
    // The caller hears of a failure; the queue goes on.
    result.catch(() => undefined);
    return result;
  }

  async #locked<T>(work: () => Promise<T>, onProgress: (progress: Progress) => void, signal?: AbortSignal): Promise<T> {
    const { store, lockFile, logger } = this.#parts;
    if (store.writeFault) throw store.writeFault;
    // Before the lock, whose folder may have gone with the index; after it once more, for another process may have been faster.
    this.#reopenIfReplaced();
    const lock = await lockForWriting(
      lockFile,
      () => onProgress({ message: say('Another process is indexing this repository'), done: 0, total: null }),
      signal,
    );
    try {
      this.#reopenIfReplaced();
      try {
        return await work();
      } catch (error) {
        if (!isDamaged(error)) throw error;
        store.replaceDamaged();
        logger.warn({ error: error.userError }, 'the index was damaged and is built again');
        return await work();
      }
    } catch (error) {
      this.#state = 'idle';
      throw error;
    } finally {
      this.#queue = undefined;
      lock.dispose();
      store.tell();
    }
  }

  /** What was known of the files went with the index: changed paths alone would not bring it back. */
  #reopenIfReplaced(): void {
    if (this.#parts.store.reopenIfReplaced()) this.#scanned = false;
  }

  async #full(
    options: RunOptions,
    onProgress: (progress: Progress) => void,
    signal?: AbortSignal,
  ): Promise<IndexReport> {
    const { store } = this.#parts;
    const begun = performance.now();
    if (options.rebuild) store.clearFiles();
    this.#state = 'scanning';
    onProgress({ message: say('Looking for files'), done: 0, total: null });
    const scan = await this.#scan(signal);
    this.#skipped = new Map(scan.skipped.map((one) => [one.path, one]));
    this.#scanned = true;
    this.#refusal = scan.refusal;

    const rows = store.rows();
    const present = new Set(scan.files.map((file) => file.path));
    store.removeFiles([...rows.keys()].filter((path) => !present.has(path)));
    const include = compileGlobs(this.#settings.include);
    // With other include globs a generated file may be wanted that was left out, or the reverse.
    const includeKey = JSON.stringify(this.#settings.include);
    const mayDiffer = this.#judgedOtherwise(store.meta('include') ?? '[]', includeKey);
    const changed = scan.files.filter((file) => {
      const row = rows.get(file.path);
      return isChanged(file, row) || mayDiffer(file.path, row);
    });
    const tally = await this.#index(changed, include, onProgress, signal);
    store.setMeta('include', includeKey);
    store.tell();

    let embedded = 0;
    if (options.embedder) embedded = await this.#embed(options.embedder, onProgress, signal);
    store.collectUnused();
    this.#state = 'idle';
    const status = this.status();
    return {
      files: status.files,
      indexed: tally.indexed,
      unchanged: status.files - tally.indexed,
      skipped: status.skipped,
      failed: status.failed,
      chunks: status.chunks,
      symbols: status.symbols,
      embedded,
      read: tally.read,
      bytes: tally.bytes,
      ms: Math.round(performance.now() - begun),
    };
  }

  /** Whether a file that is read again may be kept or left out now, and was not before; only generated files are. */
  #judgedOtherwise(before: string, now: string): (path: string, row: FileRow | undefined) => boolean {
    if (before === now) return () => false;
    const globs = [before, now].map((key) => compileGlobs(JSON.parse(key) as string[]));
    return (path, row) =>
      row?.skip === 'generated' || row?.skip === 'minified' || globs.some((one) => one.match(path) !== undefined);
  }

  async #partial(paths: readonly string[], signal?: AbortSignal): Promise<void> {
    const { store } = this.#parts;
    this.#state = 'scanning';
    const scan = await this.#scan(signal, paths);
    const folders = paths.map((path) => `${path}/`);
    const concerns = (path: string): boolean =>
      paths.includes(path) || folders.some((folder) => path.startsWith(folder));
    for (const path of this.#skipped.keys()) if (concerns(path)) this.#skipped.delete(path);
    for (const one of scan.skipped) this.#skipped.set(one.path, one);
    const rows = store.rows();
    const present = new Set(scan.files.map((file) => file.path));
    store.removeFiles([...rows.keys()].filter((path) => !present.has(path) && concerns(path)));
    const changed = scan.files.filter((file) => isChanged(file, rows.get(file.path)));
    await this.#index(changed, compileGlobs(this.#settings.include), () => undefined, signal);
    this.#state = 'idle';
  }

  #scan(signal: AbortSignal | undefined, only?: readonly string[]): Promise<Scan> {
    const { location, logger, without } = this.#parts;
    return scanRepository(location.root, this.#settings, {
      git: location.git,
      logger,
      without,
      signal,
      ...(only ? { only } : {}),
    });
  }

  async #index(
    files: readonly ScannedFile[],
    include: Globs,
    onProgress: (progress: Progress) => void,
    signal?: AbortSignal,
  ): Promise<Tally> {
    const { location, store, parser } = this.#parts;
    const tally: Tally = { indexed: 0, read: 0, bytes: 0, parsed: 0 };
    const queue = new WorkQueue(files);
    queue.prioritise(this.#first);
    this.#queue = queue;
    this.#state = files.length > 0 ? 'indexing' : this.#state;
    const total = files.length;
    let told = 0;
    let failed = false;
    const report = (): void => {
      const now = performance.now();
      const done = total - queue.size - this.#working;
      if (now - told < progressEvery && done < total) return;
      told = now;
      onProgress({ message: say('Indexing'), done, total });
    };
    const work = {
      root: location.root,
      store,
      parser,
      include,
      maxFileSize: this.#settings.maxFileSize,
      tally,
      signal,
    };
    const lane = async (): Promise<void> => {
      for (;;) {
        await this.#gate.pass(signal);
        throwIfCancelled(signal);
        const file = failed ? undefined : queue.next();
        if (!file) return;
        this.#working += 1;
        try {
          await indexFile(file, work);
        } catch (error) {
          // One lane's failure (a full disk, a cancellation) ends all of them after their file in flight.
          failed = true;
          throw error;
        } finally {
          this.#working -= 1;
        }
        report();
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: Math.min(inFlight, files.length) }, lane));
    this.#queue = undefined;
    for (const one of lanes) if (one.status === 'rejected') throw one.reason;
    return tally;
  }

  async #embed(embedder: Embedder, onProgress: (progress: Progress) => void, signal?: AbortSignal): Promise<number> {
    const { store, reader, logger } = this.#parts;
    this.#embedderId = embedder.id;
    this.#state = 'embedding';
    let told = 0;
    try {
      return await embedCards({
        store,
        reader,
        embedder,
        gate: this.#gate,
        first: () => this.#first,
        onProgress: (done, total) => {
          const now = performance.now();
          if (now - told < progressEvery && done < total) return;
          told = now;
          onProgress({ message: say('Embedding'), done, total });
        },
        signal,
      });
    } catch (error) {
      throwIfCancelled(signal);
      if (error instanceof LongsightError && error.userError.code.startsWith('LS5')) throw error;
      // The index is complete without vectors; search says what it had.
      logger.warn({ error: toUserError(error) }, 'the embedder failed; the index has no new vectors');
      return 0;
    }
  }
}

function isChanged(file: ScannedFile, row: FileRow | undefined): boolean {
  return !row || row.racy || row.retry || row.signature !== file.signature;
}

export function isDamaged(error: unknown): error is LongsightError {
  return error instanceof LongsightError && error.userError.code === 'LS5003';
}
