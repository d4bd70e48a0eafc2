/** A copy of a fixture repository in a temporary folder with its real index and search: for tests of what reads both. */
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '../../src/base/logging.ts';
import { type RepositoryIndex, openIndex } from '../../src/index/open-index.ts';
import { findRepository } from '../../src/repository/find-repository.ts';
import { type Search, createSearch } from '../../src/search/search.ts';

export interface IndexedFolder {
  readonly root: string;
  readonly index: RepositoryIndex;
  readonly search: Search;
  /** Takes in what changed on disk. */
  refresh(): Promise<void>;
}

interface Cleanup {
  after(fn: () => Promise<void>): unknown;
}

/** Indexes a copy of `test/fixtures/<name>`; it is removed when the test ends. */
export function indexFixture(t: Cleanup, name: string): Promise<IndexedFolder> {
  return indexFolder(t, name, (root) =>
    cp(path.join(import.meta.dirname, '../fixtures', name), root, { recursive: true }),
  );
}

/** Indexes files given by path and text. */
export function indexFiles(t: Cleanup, name: string, files: Readonly<Record<string, string>>): Promise<IndexedFolder> {
  return indexFolder(t, name, async (root) => {
    for (const [file, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(root, file)), { recursive: true });
      await writeFile(path.join(root, file), text);
    }
  });
}

async function indexFolder(t: Cleanup, name: string, fill: (root: string) => Promise<void>): Promise<IndexedFolder> {
  const top = await realpath(await mkdtemp(path.join(tmpdir(), 'longsight-fixture-')));
  const root = path.join(top, name);
  await mkdir(root, { recursive: true });
  await fill(root);
  const settings = { include: [], exclude: [], maxFileSize: 1_000_000 };
  const index = openIndex({
    location: findRepository(root),
    home: path.join(top, 'home'),
    settings,
    logger: silentLogger,
  });
  const search = createSearch({ reader: index.reader, embedder: null, logger: silentLogger });
  t.after(async () => {
    search.dispose();
    index.dispose();
    await rm(top, { recursive: true, force: true });
  });
  const refresh = async (): Promise<void> => {
    await index.indexer.run({}, () => undefined);
  };
  await refresh();
  return { root, index, search, refresh };
}
