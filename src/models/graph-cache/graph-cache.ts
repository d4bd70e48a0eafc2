/**
 * `LONGSIGHT_HOME/graphs/<key>/`: what was built from a model's files, built once and found again by what the files are.
 *
 * The key is made of the SHA-256 of the files and the builder's version, so that a change of either builds again, and a copy or a
 * touched file does not. As hashing gigabytes at every start is too slow, the manifest also holds stamps (sizes, times, samples)
 * of files whose hash is known. The folder is built aside and renamed under a lock between processes, so it is whole or not
 * there; whoever comes second waits and finds it.
 */
import { createHash } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Disposable, toDisposable } from '../../base/disposable.ts';
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { Logger } from '../../base/logging.ts';
import { graphsFolder } from '../home.ts';
import { acquireLock, acquireSharedLock } from '../store/lock.ts';
import { hasCode, requireSpace, storageFault } from '../store/storage-faults.ts';
import { contentHash, stampOf } from './content-hash.ts';
import { foldersIn, makeRoom, partialSuffix, removeLeftovers } from './make-room.ts';
import {
  type GraphManifest,
  descriptorFile,
  inUseFile,
  isWhole,
  markUsed,
  readGraphManifest,
  weightsFile,
  writeGraphManifest,
} from './manifest.ts';
import { seal } from './seals.ts';

export interface GraphRequest {
  /** LONGSIGHT_HOME. */
  readonly home: string;
  readonly builderVersion: number;
  /** The files that decide what is built, weights first. */
  readonly sources: readonly string[];
  /** About how many bytes the graphs will take. */
  readonly expectedBytes: number;
  /** Writes everything into an empty folder and returns the size of the weights file. */
  readonly build: (folder: string) => Promise<number>;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
}

/** Graphs in use; while they are not disposed of, nobody drops them. */
export interface OpenGraphs extends Disposable {
  readonly folder: string;
  /** Bytes of the weights file. */
  readonly weightBytes: number;
  /** Of the model's files. */
  readonly sha256: string;
}

/**
 * @throws LS2302 when the model's files change while they are read; LS2005, LS2006 when the graphs cannot be written; what `build`
 *   throws; the file system's error
 */
export async function openGraphs(request: GraphRequest): Promise<OpenGraphs> {
  const graphs = graphsFolder(request.home);
  const stamp = await stampOf(request.sources);
  const found = await findByStamp(graphs, stamp, request.builderVersion);
  if (found) return found;
  await mkdir(graphs, { recursive: true });
  const lock = await acquireLock(path.join(graphs, 'build.lock'), Number.POSITIVE_INFINITY, request.signal);
  try {
    return (
      (await findByStamp(graphs, stamp, request.builderVersion)) ?? (await findByHashOrBuild(graphs, stamp, request))
    );
  } finally {
    lock?.dispose();
  }
}

async function findByStamp(graphs: string, stamp: string, builderVersion: number): Promise<OpenGraphs | null> {
  for (const folder of await foldersIn(graphs)) {
    const manifest = await readGraphManifest(folder);
    if (manifest?.builderVersion !== builderVersion || !manifest.stamps.includes(stamp)) continue;
    const opened = await take(folder);
    if (opened) return opened;
  }
  return null;
}

async function findByHashOrBuild(graphs: string, stamp: string, request: GraphRequest): Promise<OpenGraphs> {
  const { builderVersion, sources, signal, logger } = request;
  const started = performance.now();
  const sha256 = await contentHash(sources, signal);
  const key = createHash('sha256')
    .update(`builder ${String(builderVersion)}, ${sha256}`)
    .digest('hex')
    .slice(0, 32);
  const folder = path.join(graphs, key);
  const known = await readGraphManifest(folder);
  const twin = known ? await take(folder) : null;
  if (known && twin) {
    await writeGraphManifest(folder, { ...known, stamps: [...known.stamps, stamp] });
    return twin;
  }
  const source = sources[0] ?? '';
  await removeLeftovers(graphs, source, builderVersion);
  await makeRoom(graphs, request.expectedBytes, logger);
  await requireSpace(graphs, request.expectedBytes);
  const partial = `${folder}${partialSuffix}`;
  try {
    await mkdir(partial);
    const weightBytes = await request.build(partial);
    for (const name of [descriptorFile, weightsFile]) await seal(path.join(partial, name));
    if ((await stampOf(sources)) !== stamp) throw fault('LS2302', say('{0} (it changed while it was read)', source));
    await writeGraphManifest(partial, { builderVersion, source, sha256, stamps: [stamp], weightBytes });
    // What stands there is a folder that somebody tidied up in.
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
    logger.info({ folder, weightBytes, ms: Math.round(performance.now() - started) }, 'built the graphs of a decoder');
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  const opened = await take(folder);
  if (!opened) throw fault('LS2006', folder);
  return opened;
}

/** Locks first and looks then: what is whole under the lock stays so. */
async function take(folder: string): Promise<OpenGraphs | null> {
  const lock = shareFolder(folder);
  const manifest: GraphManifest | null = lock ? await readGraphManifest(folder) : null;
  if (!lock || !manifest || !(await isWhole(folder))) {
    lock?.dispose();
    return null;
  }
  await tolerateReadOnly(markUsed(folder));
  const { weightBytes, sha256 } = manifest;
  return {
    folder,
    weightBytes,
    sha256,
    dispose: () => {
      lock.dispose();
    },
  };
}

function shareFolder(folder: string): Disposable | null {
  try {
    return acquireSharedLock(path.join(folder, inUseFile)) ?? null;
  } catch (error) {
    if (!storageFault(error, folder)) throw error;
    // A cache that may only be read: whoever set it up takes care that it stays.
    return toDisposable(() => undefined);
  }
}

async function tolerateReadOnly(done: Promise<void>): Promise<void> {
  try {
    await done;
  } catch (error) {
    if (!['EROFS', 'EACCES', 'EPERM', 'ENOENT'].some((code) => hasCode(error, code))) throw error;
  }
}
