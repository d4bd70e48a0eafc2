/** The index as it was at a revision: files that have changed since are indexed as they were, in a temporary folder; the rest is as it is. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Logger } from '../../base/logging.ts';
import { type RepositoryIndex, openIndex } from '../../index/open-index.ts';
import type { IndexReader } from '../../index/types.ts';
import { filesAt } from '../../repository/revisions.ts';

export interface PastIndex extends AsyncDisposable {
  readonly reader: IndexReader;
}

/**
 * @param changed paths that differ between the revision and now
 * @throws LS6017 for an unknown revision; CancelledError; what writing a temporary folder throws
 */
export async function openPastIndex(
  now: IndexReader,
  { repositoryRoot, logger }: { readonly repositoryRoot: string; readonly logger: Logger },
  revision: string,
  changed: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<PastIndex> {
  const files = await filesAt(repositoryRoot, revision, changed, signal);
  const top = await realpath(await mkdtemp(path.join(tmpdir(), 'longsight-past-')));
  let index: RepositoryIndex | null = null;
  const dispose = async (): Promise<void> => {
    index?.dispose();
    await rm(top, { recursive: true, force: true });
  };
  try {
    const root = path.join(top, 'files');
    await mkdir(root);
    for (const [file, bytes] of files) {
      await mkdir(path.dirname(path.join(root, file)), { recursive: true });
      await writeFile(path.join(root, file), bytes);
    }
    index = openIndex({
      location: { root, git: false },
      home: path.join(top, 'home'),
      // Whatever was indexed may have been: the rules for files that nobody tracks are not asked.
      settings: { include: ['**'] },
      logger,
    });
    await index.indexer.run({}, () => undefined, signal);
    return { reader: overlaid(now, index.reader, changed), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** One reader over another: the paths given are those of `above`, which has no others. */
function overlaid(below: IndexReader, above: IndexReader, changed: ReadonlySet<string>): IndexReader {
  const of = (path: string): IndexReader => (changed.has(path) ? above : below);
  return {
    files: () => [...below.files().filter((file) => !changed.has(file.path)), ...above.files()],
    file: (file) => of(file).file(file),
    chunksOf: (file) => of(file).chunksOf(file),
    chunk: (id) => above.chunk(id) ?? below.chunk(id),
    symbolsOf: (file) => of(file).symbolsOf(file),
    definitions: (name) => [
      ...below.definitions(name).filter((one) => !changed.has(one.path)),
      ...above.definitions(name),
    ],
    importsOf: (file) => of(file).importsOf(file),
    terms: (file) => of(file).terms(file),
    phrase: (text, limit) => [...above.phrase(text, limit), ...below.phrase(text, limit)].slice(0, limit),
    vector: (key) => below.vector(key),
    putVectors: () => undefined,
    onDidChange: below.onDidChange,
  };
}
