/**
 * The folder of all segments, one folder in it for each format, model, way of rotating and precision. A file's name tells what it was read behind, how many
 * tokens it has and its own key, so that a prompt is followed from segment to segment without opening one.
 *
 * Several processes may use it at once: files are written aside and renamed, and one that is gone is one that never was.
 */
import { mkdir, open, readFile, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { segmentFormat } from './segment-file.ts';

const nameForm = /^([0-9a-f]{32})-(\d{1,3})-([0-9a-f]{32})\.kv$/;
/** Before format 3 it was not in the name. */
const folderForm = /^(?:v(\d+)-)?[0-9a-f]{32}$/;
/** What a process that was ended left half-written is removed after so long, milliseconds. */
const abandonedMs = 10 * 60_000;

export interface SegmentName {
  readonly parent: string;
  readonly length: number;
  readonly key: string;
}

/** The folder of the segments that have this root. */
export function folderOf(folder: string, root: string): string {
  return path.join(folder, `v${String(segmentFormat)}-${root}`);
}

export function fileOf(folder: string, { parent, length, key }: SegmentName): string {
  return path.join(folder, `${parent}-${String(length)}-${key}.kv`);
}

/** The segments of one model, by what they were read behind. */
export async function listSegments(folder: string): Promise<Map<string, SegmentName[]>> {
  const children = new Map<string, SegmentName[]>();
  for (const name of await namesIn(folder)) {
    const [, parent, length, key] = nameForm.exec(name) ?? [];
    if (parent === undefined || key === undefined) continue;
    const known = children.get(parent);
    const segment = { parent, length: Number(length), key };
    if (known) known.push(segment);
    else children.set(parent, [segment]);
  }
  return children;
}

/** The latest used first; those that are gone are left out. */
export async function latestFirst(folder: string, names: readonly SegmentName[]): Promise<SegmentName[]> {
  const used = await Promise.all(
    names.map(async (name) => ({ name, at: (await statOf(fileOf(folder, name)))?.mtimeMs ?? null })),
  );
  return used
    .filter(({ at }) => at !== null)
    .sort((a, b) => (b.at ?? 0) - (a.at ?? 0))
    .map(({ name }) => name);
}

/** @param most bytes; a longer file is none of ours @returns null when there is no such file, or none that can be read */
export async function readSegment(file: string, most: number): Promise<Buffer | null> {
  try {
    const { size } = await stat(file);
    return size > most ? null : await readFile(file);
  } catch {
    return null;
  }
}

/** The first bytes of a file, as many as there are; null when it cannot be read. */
export async function readStart(file: string, most: number): Promise<Buffer | null> {
  try {
    const handle = await open(file, 'r');
    try {
      const start = Buffer.alloc(most);
      const { bytesRead } = await handle.read(start, 0, most, 0);
      return start.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return null;
  }
}

/** @throws what the file system throws; nothing is then left of it */
export async function writeSegment(file: string, bytes: Buffer): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const partial = `${file}.partial-${randomUUID()}`;
  try {
    // The hash tells a file that a loss of power left half-written: it need not be waited for until it is on the disk.
    const handle = await open(partial, 'wx');
    try {
      await handle.writeFile(bytes);
    } finally {
      await handle.close();
    }
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw error;
  }
}

export async function removeSegment(file: string): Promise<void> {
  // Where it cannot be removed it is found damaged again.
  await rm(file, { force: true }).catch(() => undefined);
}

/** Marks the files as used, the first ones as used last: what stands behind a segment is of no use without it. */
export async function markUsed(files: readonly string[]): Promise<void> {
  const now = Date.now();
  await Promise.all(
    files.map(async (file, i) => {
      const at = new Date(now + files.length - i);
      await utimes(file, at, at).catch(() => undefined);
    }),
  );
}

/** Bytes of all segments of all models. @param folder of all of them */
export async function sizeOfSegments(folder: string): Promise<number> {
  return (await filesOf(folder)).reduce((sum, { size }) => sum + size, 0);
}

/**
 * Removes what an older version kept, which nothing reads, and the longest unused files until the rest has at most so many bytes.
 * @param folder of all segments
 */
export async function trimSegments(folder: string, limit: number): Promise<void> {
  for (const name of await namesIn(folder)) {
    const format = folderForm.exec(name)?.[1];
    if (folderForm.test(name) && Number(format ?? 0) < segmentFormat)
      await rm(path.join(folder, name), { recursive: true, force: true }).catch(() => undefined);
  }
  const files = await filesOf(folder);
  let bytes = 0;
  for (const { file, size, mtimeMs } of files.sort((a, b) => b.mtimeMs - a.mtimeMs)) {
    const isPartial = !file.endsWith('.kv');
    bytes += size;
    if (bytes > limit || (isPartial && mtimeMs < Date.now() - abandonedMs)) {
      // One that is being written by another process stays.
      if (isPartial && mtimeMs >= Date.now() - abandonedMs) continue;
      await removeSegment(file);
      bytes -= size;
    }
  }
}

/** @param folder of all segments @throws what the file system throws */
export async function clearSegments(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

async function filesOf(
  folder: string,
): Promise<{ readonly file: string; readonly size: number; readonly mtimeMs: number }[]> {
  const files: { readonly file: string; readonly size: number; readonly mtimeMs: number }[] = [];
  for (const model of (await namesIn(folder)).filter((name) => folderForm.test(name)))
    for (const name of await namesIn(path.join(folder, model))) {
      const file = path.join(folder, model, name);
      const found = await statOf(file);
      if (found) files.push({ file, ...found });
    }
  return files;
}

async function statOf(file: string): Promise<{ readonly size: number; readonly mtimeMs: number } | null> {
  try {
    const { size, mtimeMs } = await stat(file);
    return { size, mtimeMs };
  } catch {
    return null;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}
