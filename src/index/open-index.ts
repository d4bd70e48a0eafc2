/** One repository's index, opened: its reader, its indexer, the reasons for what is left out, and its end. */
import { keptSentence } from '../protocol/sentence-schema.ts';
import { type Sentence, say } from '../base/sentences.ts';
import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Disposable } from '../base/disposable.ts';
import type { Event } from '../base/emitter.ts';
import type { Logger } from '../base/logging.ts';
import type { SkipReason, WhyReport } from '../protocol/status.ts';
import type { FileRules } from '../protocol/engine.ts';
import type { RepositoryLocation } from '../repository/find-repository.ts';
import { relativeTo } from '../repository/paths.ts';
import { whyNotListed } from '../repository/why.ts';
import { rulesOf } from './file-rules.ts';
import { Indexer } from './indexer.ts';
import { ParserClient } from './parse/parser-client.ts';
import { StoreReader } from './store/reader.ts';
import { indexFileName, writerLockName } from './store/schema.ts';
import { Store } from './store/store.ts';

export interface OpenIndexOptions {
  /** What {@link findRepository} gave. */
  readonly location: RepositoryLocation;
  /** LONGSIGHT_HOME, absolute: the index lies in `index/<hash of the root>` below it. */
  readonly home: string;
  /** What the client states of the rules for files; the rest is kept with the index. */
  readonly settings: FileRules;
  readonly logger: Logger;
}

export interface RepositoryIndex extends Disposable {
  readonly location: RepositoryLocation;
  /** The SQLite file. */
  readonly file: string;
  readonly reader: StoreReader;
  readonly indexer: Indexer;
  /** What the user should know of how the index was opened, for instance that a damaged one was moved aside; null: nothing. */
  readonly notice: Sentence | null;
  /** Damage was met since it was opened; {@link Indexer.mend} makes it again. */
  readonly isDamaged: boolean;
  /** The file was deleted or replaced under this process; what is there now is open and may be empty. */
  readonly onDidReplace: Event<void>;
  configure(settings: FileRules): void;
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
export function indexFolder(home: string, root: string): string {
  return path.join(home, 'index', createHash('sha256').update(root).digest('hex').slice(0, 16));
}

/** @throws LS5001 (the cache folder cannot be written), LS5002 (disk full), LS5004 (a foreign file stands there) */
export function openIndex(options: OpenIndexOptions): RepositoryIndex {
  const { location, logger } = options;
  const folder = indexFolder(options.home, location.root);
  const store = new Store(path.join(folder, indexFileName));
  if (store.notice !== null) logger.warn({ file: store.file }, 'the index was damaged and is built again');
  if (store.writeFault) logger.warn({ file: store.file, error: store.writeFault.userError }, 'the index is only read');
  else store.setMeta('root', location.root);
  const parser = new ParserClient({ logger });
  const reader = new StoreReader(store);
  const without = [options.home, ...(existsSync(options.home) ? [realpathSync(options.home)] : [])];
  const indexer = new Indexer(
    { location, store, reader, parser, logger, lockFile: path.join(folder, writerLockName), without },
    rulesOf(store, options.settings),
  );
  return {
    location,
    file: store.file,
    reader,
    indexer,
    get notice() {
      return store.notice;
    },
    get isDamaged() {
      return store.isDamaged;
    },
    onDidReplace: store.onDidReplace,
    configure: (settings) => indexer.configure(rulesOf(store, settings)),
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
  if (!entry) return { ...nothing, reason: null, explanation: say('It is not indexed yet.') };
  if (entry.skip !== null)
    return { ...nothing, reason: entry.skip, explanation: keptSentence(entry.detail ?? entry.skip) };
  return {
    path: relative,
    indexed: true,
    reason: null,
    explanation:
      entry.failure === null ? say('It is indexed.') : say('It is indexed, but {0}.', keptSentence(entry.failure)),
    chunks: entry.chunks,
    symbols: entry.symbols,
    embedded: entry.embedded,
  };
}
