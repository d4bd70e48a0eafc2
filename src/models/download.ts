/**
 * Gets a catalogue model onto this machine: its sources in order, one process at a time, in place only when it is whole.
 *
 * Layout under LONGSIGHT_HOME/models: `<id>/` the files and manifest.json, `.downloads/<id>/` parts and temporary folders,
 * `.downloads/<id>.lock` the lock.
 */
import { type Words, joined } from '../base/sentences.ts';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { CancelledError, isCancelled, throwIfCancelled } from '../base/cancellation.ts';
import type { Disposable } from '../base/disposable.ts';
import { LongsightError, fault, messageOf } from '../base/errors.ts';
import type { DownloadProgress } from '../protocol/models.ts';
import { type CatalogueEntry, type CatalogueSource, filesOf } from './catalogue.ts';
import { modelsFolder } from './home.ts';
import { fetchFromHub } from './sources/huggingface.ts';
import { fetchLocalFiles } from './sources/local-file.ts';
import { fetchByMaven } from './sources/maven.ts';
import { fetchByPip } from './sources/pip.ts';
import { type DeliveredFile, type SourceContext, SourceError } from './sources/source.ts';
import { acquireLock } from './store/lock.ts';
import { type Manifest, readManifest, writeManifest } from './store/manifest.ts';
import { hasCode, storageFault } from './store/storage-faults.ts';
import { sweepScratch } from './store/sweep.ts';

const progressMs = 50;

export interface DownloadOptions {
  /** LONGSIGHT_HOME. */
  readonly home: string;
  readonly offline?: boolean;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Downloads unless the model is whole already; a second process waits for the first and then finds it there.
 * @throws LS2003 with every source's reason, LS2004, LS2005, LS2006, LS2007, CancelledError
 */
export async function downloadModel(entry: CatalogueEntry, options: DownloadOptions): Promise<Manifest> {
  const { signal } = options;
  const folder = path.join(modelsFolder(options.home), entry.id);
  const present = await readManifest(folder);
  if (present.state === 'whole') return present.manifest;
  try {
    const lock = await lockModel(options.home, entry.id, Number.POSITIVE_INFINITY, signal);
    try {
      // Whoever held the lock may have done the work.
      const now = await readManifest(folder);
      return now.state === 'whole' ? now.manifest : await fetchInto(folder, entry, options);
    } finally {
      lock?.dispose();
    }
  } catch (error) {
    if (signal?.aborted && isCancelled(error)) throw new CancelledError();
    throw storageFault(error, modelsFolder(options.home)) ?? error;
  }
}

/** The lock over one model's files; undefined when another process holds it for longer than `patienceMs`. */
export async function lockModel(
  home: string,
  id: string,
  patienceMs: number,
  signal?: AbortSignal,
): Promise<Disposable | undefined> {
  const downloads = downloadsFolder(home);
  await mkdir(downloads, { recursive: true });
  return acquireLock(path.join(downloads, `${id}.lock`), patienceMs, signal);
}

export function downloadsFolder(home: string): string {
  return path.join(modelsFolder(home), '.downloads');
}

async function fetchInto(folder: string, entry: CatalogueEntry, options: DownloadOptions): Promise<Manifest> {
  const scratch = path.join(downloadsFolder(options.home), entry.id);
  await mkdir(scratch, { recursive: true });
  await sweepScratch(scratch, true);
  // What stands there without a valid manifest is no model; sources rename over it file by file.
  await mkdir(folder, { recursive: true });
  try {
    return await fetchFromFirst(folder, scratch, entry, options);
  } catch (error) {
    await removeIfEmpty(folder);
    throw error;
  }
}

async function fetchFromFirst(
  folder: string,
  scratch: string,
  entry: CatalogueEntry,
  options: DownloadOptions,
): Promise<Manifest> {
  const failures: { readonly source: string; readonly error: unknown }[] = [];
  for (const source of entry.sources) {
    throwIfCancelled(options.signal);
    try {
      const files = await fetchFrom(source, contextOf(source, entry, folder, scratch, options));
      const manifest: Manifest = {
        version: 1,
        id: entry.id,
        kind: entry.kind,
        origin: 'catalogue',
        source: source.kind,
        files: files.map(({ name, size, sha256 }) => ({ name, size, sha256 })),
      };
      await writeManifest(folder, manifest);
      await rm(scratch, { recursive: true, force: true });
      return manifest;
    } catch (error) {
      if (options.signal?.aborted) throw new CancelledError();
      // A full disk or a folder that cannot be written is the same for every source.
      const storage = storageFault(error, folder);
      if (storage) throw storage;
      failures.push({ source: source.kind, error });
    }
  }
  throw everySourceFailed(entry, failures);
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    // Files of a model that was there before, or nothing at all: both may stay as they are.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].some((code) => hasCode(error, code)))
      throw storageFault(error, folder) ?? error;
  }
}

function everySourceFailed(
  entry: CatalogueEntry,
  failures: readonly { readonly source: string; readonly error: unknown }[],
): LongsightError {
  const offline = failures.map(({ error }) => error).find((error) => isFault(error, 'LS2007'));
  // Offline is one reason for all of them, and the user's own wish.
  if (offline !== undefined && failures.every(({ error }) => isFault(error, 'LS2007') || error instanceof SourceError))
    return offline;
  const reasons = failures.map(({ source, error }) => joined([source, wordsOf(error)], ': '));
  return fault('LS2003', joined([entry.displayName, joined(reasons, '; ')], ' – '), failures.at(-1)?.error);
}

function isFault(error: unknown, code: string): error is LongsightError {
  return error instanceof LongsightError && error.userError.code === code;
}

function wordsOf(error: unknown): Words {
  if (error instanceof LongsightError) return messageOf(error.userError);
  if (error instanceof SourceError) return error.words;
  return error instanceof Error ? error.message : String(error);
}

function contextOf(
  source: CatalogueSource,
  entry: CatalogueEntry,
  target: string,
  scratch: string,
  options: DownloadOptions,
): SourceContext {
  let told = { phase: '', at: 0 };
  return {
    entry,
    files: filesOf(entry, source),
    target,
    scratch,
    offline: options.offline ?? false,
    signal: options.signal,
    onProgress: (phase, done, total) => {
      const now = performance.now();
      // Many small pieces arrive in a moment; a door is told of a phase's beginning, its end, and now and then between.
      if (phase === told.phase && done !== total && now - told.at < progressMs) return;
      told = { phase, at: now };
      options.onProgress?.({ id: entry.id, source: source.kind, phase, done, total });
    },
  };
}

function fetchFrom(source: CatalogueSource, context: SourceContext): Promise<DeliveredFile[]> {
  switch (source.kind) {
    case 'huggingface':
      return fetchFromHub(source, context);
    case 'pip':
      return fetchByPip(source, context);
    case 'maven':
      return fetchByMaven(source, context);
    case 'file':
      return fetchLocalFiles(source, context);
  }
}
