/**
 * Keys and values on disk: what tokens came to, un-rotated, so that they can be taken up again later, at the same place or another.
 *
 * The file, little-endian: `LSKV`, uint32 format, uint32 length of the header, the header as JSON, the rows (layer by layer, keys then
 * values, each as cache-rows.ts stores them), SHA-256 over all before. A file is written aside and renamed, and nothing of it is
 * believed before its sizes and its hash are.
 */
import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { z } from 'zod';
import { throwIfCancelled } from '../base/cancellation.ts';
import { LongsightError, fault } from '../base/errors.ts';
import type { CacheType } from '../models/architectures/graph-spec.ts';
import { storageFault } from '../models/store/storage-faults.ts';
import { type RowShape, rowBytes, rowParts } from './cache-rows.ts';
import type { StoredRows } from './cache-store.ts';

const magic = 'LSKV';
const format = 1;
const prefixBytes = 12;
const hashBytes = 32;
/** Above any header there is: ids and positions of a million tokens. */
const longestHeader = 32 * 1024 * 1024;

/** Which model's rows these are and how they are stored. */
export interface CacheLayout {
  /** Tells one model's graphs from another's: rows of different keys never mix. */
  readonly model: string;
  readonly type: CacheType;
  readonly layers: number;
  readonly shape: RowShape;
}

export interface SavedRows {
  /** Ids of the tokens the rows are of, and whatever else the owner needs to go on; plain JSON. */
  readonly state: unknown;
  readonly rows: StoredRows;
}

const headerSchema = z.object({
  model: z.string(),
  type: z.enum(['f32', 'f16', 'int8']),
  layers: z.int().min(1),
  kvHeads: z.int().min(1),
  headSize: z.int().min(1),
  count: z.int().min(0),
  state: z.unknown(),
});

/** @throws LS2005, LS2006 when the file cannot be written, CancelledError; in each case nothing is left of it */
export async function saveRows(
  file: string,
  layout: CacheLayout,
  saved: SavedRows,
  signal?: AbortSignal,
): Promise<void> {
  const { model, type, layers, shape } = layout;
  const header = Buffer.from(
    JSON.stringify({ model, type, layers, ...shape, count: saved.rows.count, state: saved.state }),
  );
  const prefix = Buffer.alloc(prefixBytes);
  prefix.write(magic, 'latin1');
  prefix.writeUInt32LE(format, 4);
  prefix.writeUInt32LE(header.byteLength, 8);
  const hash = createHash('sha256');
  const partial = `${file}.partial-${randomUUID()}`;
  try {
    const handle = await open(partial, 'w');
    try {
      const write = async (bytes: Uint8Array): Promise<void> => {
        hash.update(bytes);
        await handle.writeFile(bytes);
      };
      await write(prefix);
      await write(header);
      for (const { k, v } of saved.rows.layers) {
        throwIfCancelled(signal);
        for (const part of [...k, ...v]) await write(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
      }
      await handle.writeFile(hash.digest());
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw storageFault(error, file) ?? error;
  }
}

/**
 * @param layout of the cache the rows are for
 * @throws LS3008 for a file that is damaged, of another model or stored in another way; CancelledError
 */
export async function loadRows(file: string, layout: CacheLayout, signal?: AbortSignal): Promise<SavedRows> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    throw fault('LS3008', `${file} cannot be read`, error);
  }
  try {
    return await read(file, handle, layout, signal);
  } catch (error) {
    throw error instanceof LongsightError || !(error instanceof RangeError || error instanceof SyntaxError)
      ? error
      : fault('LS3008', `${file} is damaged`, error);
  } finally {
    await handle.close();
  }
}

async function read(file: string, handle: FileHandle, layout: CacheLayout, signal?: AbortSignal): Promise<SavedRows> {
  const refuse = (why: string): never => {
    throw fault('LS3008', `${file} ${why}`);
  };
  const { size } = await handle.stat();
  const hash = createHash('sha256');
  let at = 0;
  const take = async (bytes: Uint8Array): Promise<void> => {
    for (let done = 0; done < bytes.byteLength;) {
      const { bytesRead } = await handle.read(bytes, done, bytes.byteLength - done, at + done);
      if (bytesRead === 0) refuse('ends too early');
      done += bytesRead;
    }
    at += bytes.byteLength;
    hash.update(bytes);
  };
  const prefix = Buffer.alloc(prefixBytes);
  await take(prefix);
  if (prefix.toString('latin1', 0, 4) !== magic || prefix.readUInt32LE(4) !== format) refuse('is no saved reading');
  const headerLength = prefix.readUInt32LE(8);
  if (headerLength > longestHeader || headerLength > size) refuse('is damaged');
  const bytes = Buffer.alloc(headerLength);
  await take(bytes);
  const parsed = headerSchema.safeParse(JSON.parse(bytes.toString('utf8')));
  if (!parsed.success) return refuse('is damaged');
  const { model, type, layers, kvHeads, headSize, count, state } = parsed.data;
  const { shape } = layout;
  if (model !== layout.model || layers !== layout.layers || kvHeads !== shape.kvHeads || headSize !== shape.headSize)
    refuse('is of another model');
  if (type !== layout.type) refuse(`is stored as ${type}, and the cache is ${layout.type}`);
  if (size !== prefixBytes + headerLength + 2 * layers * count * rowBytes(type, shape) + hashBytes)
    refuse('has not the size it should have');
  const stored: StoredRows['layers'][number][] = [];
  for (let layer = 0; layer < layers; layer++) {
    throwIfCancelled(signal);
    const sides: (Float32Array | Uint16Array | Int8Array)[][] = [];
    for (let side = 0; side < 2; side++) {
      const parts = rowParts(type, shape, count).map(({ data }) => data);
      for (const part of parts) await take(new Uint8Array(part.buffer, 0, part.byteLength));
      sides.push(parts);
    }
    stored.push({ k: sides[0] ?? [], v: sides[1] ?? [] });
  }
  const expected = hash.digest();
  const found = Buffer.alloc(hashBytes);
  const { bytesRead } = await handle.read(found, 0, hashBytes, at);
  if (bytesRead !== hashBytes || !expected.equals(found)) refuse('is damaged');
  return { state, rows: { count, layers: stored } };
}
