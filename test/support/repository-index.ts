/** An index of a real folder, opened for one test and closed after it. */
import type { TestContext } from 'node:test';
import { silentLogger } from '../../src/base/logging.ts';
import { type RepositoryIndex, openIndex } from '../../src/index/open-index.ts';
import type { RunOptions } from '../../src/index/indexer.ts';
import type { IndexReport } from '../../src/protocol/status.ts';
import { findRepository } from '../../src/repository/find-repository.ts';
import type { ScanSettings } from '../../src/repository/scan.ts';

export const defaultScan: ScanSettings = { include: [], exclude: [], maxFileSize: 1_000_000 };

/** The index lies in `home`; give the same one to open it again. */
export function openedIndex(
  t: TestContext,
  root: string,
  home: string,
  settings: Partial<ScanSettings> = {},
): RepositoryIndex {
  const index = openIndex({
    location: findRepository(root),
    home,
    settings: { ...defaultScan, ...settings },
    logger: silentLogger,
  });
  t.after(() => index.dispose());
  return index;
}

export function run(index: RepositoryIndex, options: RunOptions = {}, signal?: AbortSignal): Promise<IndexReport> {
  return index.indexer.run(options, () => undefined, signal);
}

/** Runs until no file is racy any more: one written just before it was read is read once more. */
export async function settle(index: RepositoryIndex): Promise<void> {
  await run(index);
  await new Promise((resolve) => setTimeout(resolve, 40));
  await run(index);
}
