/**
 * Keeps the folder of built graphs within a limit: the least recently used ones go first, never one that a process has open.
 *
 * LONGSIGHT_GRAPHS_GB is the limit in gigabytes, 20 without it, and in any case half of what the disk could hold for graphs.
 * Whatever is dropped is built again when its model is next opened.
 */
import { readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { Logger } from '../../base/logging.ts';
import { acquireLock } from '../store/lock.ts';
import { hasCode } from '../store/storage-faults.ts';
import { inUseFile, lastUsed, readGraphManifest } from './manifest.ts';

const defaultGigabytes = 20;
/** A folder on its way out. */
const removedSuffix = '.removed';

/** @throws LS1002 when the variable is set to something that is no size */
function limitOf(given: string | undefined): number {
  const gigabytes = given === undefined || given === '' ? defaultGigabytes : Number(given);
  if (!(gigabytes >= 0))
    throw fault('LS1002', say('LONGSIGHT_GRAPHS_GB is "{0}", not a number of gigabytes', given ?? ''));
  return gigabytes * 1e9;
}

/**
 * Makes room for `needed` bytes; called under the lock of the builders.
 * @returns the folders it dropped
 */
export async function makeRoom(
  graphs: string,
  needed: number,
  logger: Logger,
  given = process.env.LONGSIGHT_GRAPHS_GB,
): Promise<readonly string[]> {
  const limit = limitOf(given);
  const entries = (await entriesOf(graphs)).sort((a, b) => a.used - b.used);
  let kept = entries.reduce((sum, { size }) => sum + size, 0);
  let free = await freeBytes(graphs);
  const share = (kept + free) / 2;
  const dropped: string[] = [];
  for (const { folder, size } of entries) {
    if (kept + needed <= Math.min(limit, share) && needed <= free) break;
    if (!(await dropGraphs(folder))) continue;
    dropped.push(folder);
    kept -= size;
    free += size;
  }
  if (dropped.length > 0) logger.info({ dropped, kept, needed }, 'dropped the graphs that were not used for longest');
  return dropped;
}

/** Removes a folder of graphs unless a process uses it. */
async function dropGraphs(folder: string): Promise<boolean> {
  const lock = await acquireLock(path.join(folder, inUseFile), 0);
  if (!lock) return false;
  // A folder with an open file in it cannot be renamed everywhere. Who comes between sees that the manifest has gone.
  lock.dispose();
  try {
    await rename(folder, `${folder}${removedSuffix}`);
  } catch (error) {
    if (hasCode(error, 'EPERM') || hasCode(error, 'EBUSY') || hasCode(error, 'ENOENT')) return false;
    throw error;
  }
  await rm(`${folder}${removedSuffix}`, { recursive: true, force: true });
  return true;
}

/**
 * Removes what dead processes left half-built or half-removed, and graphs of earlier states of the same file; called under the
 * lock of the builders.
 */
export async function removeLeftovers(graphs: string, source: string, builderVersion: number): Promise<void> {
  for (const folder of await foldersIn(graphs)) {
    if (folder.endsWith(partialSuffix) || folder.endsWith(removedSuffix)) {
      await rm(folder, { recursive: true, force: true });
      continue;
    }
    const manifest = await readGraphManifest(folder);
    if (manifest?.source === source && manifest.builderVersion <= builderVersion) await dropGraphs(folder);
  }
}

/** A folder in which graphs are being built. */
export const partialSuffix = '.partial';

interface Entry {
  readonly folder: string;
  /** Bytes. */
  readonly size: number;
  readonly used: number;
}

async function entriesOf(graphs: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const folder of await foldersIn(graphs))
    if (await readGraphManifest(folder))
      entries.push({ folder, size: await sizeOf(folder), used: await lastUsed(folder) });
  return entries;
}

export async function foldersIn(graphs: string): Promise<string[]> {
  try {
    const entries = await readdir(graphs, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(graphs, name));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function sizeOf(folder: string): Promise<number> {
  const sizes = (await readdir(folder)).map(async (name) => (await stat(path.join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
