/** One repository's index, opened: its reader, its indexer, the reasons for what is left out, and its end. */
import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Disposable } from '../base/disposable.ts';
import type { Logger } from '../base/logging.ts';
import type { SkipReason, WhyReport } from '../protocol/status.ts';
import type { RepositoryLocation } from '../repository/find-repository.ts';
import { relativeTo } from '../repository/paths.ts';
import type { ScanSettings } from '../repository/scan.ts';
import { whyNotListed } from '../repository/why.ts';
import { Indexer } from './indexer.ts';
import { ParserClient } from './parser-client.ts';
import { StoreReader } from './store/reader.ts';
import { Store } from './store/store.ts';

export interface OpenIndexOptions {
  /** What {@link findRepository} gave. */
  readonly location: RepositoryLocation;
  /** LONGSIGHT_HOME, absolute: the index lies in `index/<hash of the root>` below it. */
  readonly home: string;
  readonly settings: ScanSettings;
  readonly logger: Logger;
}

export interface RepositoryIndex extends Disposable {
  readonly location: RepositoryLocation;
  /** The SQLite file. */
  readonly file: string;
  readonly reader: StoreReader;
  readonly indexer: Indexer;
  /** What the user should know of how the index was opened, for instance that a damaged one was moved aside; null: nothing. */
  readonly notice: string | null;
  configure(settings: ScanSettings): void;
  /** @param file absolute, or relative to the root */
  why(file: string): Promise<WhyReport>;
  skippedFiles(reason: SkipReason): readonly string[];
  /** Forgets all files and content on disk; vectors and documents, which are keyed by content, go too. */
  clear(): Promise<void>;
  /** Finished texts by kind and key (hash of all they were made from): summaries, explanations. */
  readonly documents: {
    get(kind: string, key: string): string | undefined;
    put(kind: string, key: string, value: string): void;
  };
}

/** The folder of a repository's index. */
function indexFolder(home: string, root: string): string {
  return path.join(home, 'index', createHash('sha256').update(root).digest('hex').slice(0, 16));
}

/** @throws LS5001 (the cache folder cannot be written), LS5002 (disk full), LS5004 (a foreign file stands there) */
export function openIndex(options: OpenIndexOptions): RepositoryIndex {
  const { location, logger } = options;
  const folder = indexFolder(options.home, location.root);
  const store = new Store(path.join(folder, 'index.db'));
  if (store.notice !== null) logger.warn({ file: store.file }, store.notice);
  store.setMeta('root', location.root);
  const parser = new ParserClient({ logger });
  const reader = new StoreReader(store);
  const without = [options.home, ...(existsSync(options.home) ? [realpathSync(options.home)] : [])];
  const indexer = new Indexer(
    { location, store, reader, parser, logger, lockFile: path.join(folder, 'writer.lock'), without },
    options.settings,
  );
  return {
    location,
    file: store.file,
    reader,
    indexer,
    get notice() {
      return store.notice;
    },
    configure: (settings) => indexer.configure(settings),
    why: (file) => why(file, { location, reader, indexer, without }),
    skippedFiles: (reason) => indexer.skippedFor(reason),
    clear: async () => {
      await indexer.idle();
      store.clearAll();
      store.tell();
    },
    documents: {
      get: (kind, key) => store.document(kind, key),
      put: (kind, key, value) => store.putDocument(kind, key, value),
    },
    dispose: () => {
      parser.dispose();
      store.dispose();
    },
  };
}

async function why(
  file: string,
  parts: { location: RepositoryLocation; reader: StoreReader; indexer: Indexer; without: readonly string[] },
): Promise<WhyReport> {
  const { location, reader, indexer } = parts;
  const relative = relativeTo(location.root, path.resolve(location.root, file)) ?? file;
  const nothing = { path: relative, indexed: false, chunks: 0, symbols: 0, embedded: false };
  const kept = await whyNotListed(location.root, relative, indexer.settings, {
    git: location.git,
    without: parts.without,
  });
  if (kept) return { ...nothing, ...kept };
  const entry = reader.entry(relative);
  if (!entry) return { ...nothing, reason: null, explanation: 'It is not indexed yet.' };
  if (entry.skip !== null) return { ...nothing, reason: entry.skip, explanation: entry.detail ?? entry.skip };
  return {
    path: relative,
    indexed: true,
    reason: null,
    explanation: entry.failure === null ? 'It is indexed.' : `It is indexed, but ${entry.failure}.`,
    chunks: entry.chunks,
    symbols: entry.symbols,
    embedded: entry.embedded,
  };
}
