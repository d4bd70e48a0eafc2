/**
 * A segment on disk: the un-rotated keys and values of a run of tokens, and what they were read behind.
 *
 * The file, little-endian: `LSKV`, uint32 format, uint32 length of the header, the header as JSON with spaces up to a multiple of 4, for
 * every layer its keys and its values, packed, of the sizes that the header tells; SHA-256 over all before. Nothing of it is believed
 * before its sizes and its hash are.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { RowShape } from '../cache/cache-rows.ts';
import {
  type CompactLayout,
  type CompactRows,
  type RowPrecision,
  mostPacked,
  packRows,
  rowsFrom,
  unpackRows,
} from './compact-rows.ts';

const magic = 'LSKV';
/** A folder's name begins with it: files of an older one are removed, see segment-folder.ts. */
export const segmentFormat = 3;
const prefixBytes = 12;
const hashBytes = 32;
/** Tokens of the longest segment there may be. */
export const longestSegment = 256;
const longestHeader = 64 * 1024;
/** Tokens at the beginning of a text whose rows are kept in float16. */
const sinks = 4;

/** What rows depend on beside the tokens: rows that differ in any of it never mix. */
export interface RowIdentity {
  /** Tells one model's graphs from another's. */
  readonly model: string;
  /** SHA-256 of how keys are rotated when they are used. */
  readonly rotation: string;
  readonly layers: number;
  readonly shape: RowShape;
}

/** What segments that stand behind one another have in common. */
export interface StoredIdentity extends RowIdentity {
  readonly precision: RowPrecision;
  /** Whether rows are among them that were computed behind other tokens than they stand behind. */
  readonly moved: boolean;
}

/** Rows of one layer: float32 [tokens, kvHeads * headSize] each. */
export interface LayerRows {
  readonly k: Float32Array;
  readonly v: Float32Array;
}

export interface Segment {
  /** Key of what it was read behind. */
  readonly parent: string;
  readonly ids: readonly number[];
  /** Rows of some of its tokens, one a layer. */
  readonly rows: (from: number, to: number) => readonly LayerRows[];
}

const headerSchema = z.object({
  model: z.string(),
  rotation: z.string(),
  layers: z.int(),
  kvHeads: z.int(),
  headSize: z.int(),
  precision: z.enum(['coarse', 'bytes']),
  moved: z.boolean(),
  parent: z.string(),
  ids: z.array(z.int().min(0)).min(1).max(longestSegment),
  /** Bytes of the keys and the values of every layer. */
  sizes: z.array(z.int().min(0)),
});

/** The key of what comes before any token. */
export function rootKey({ model, rotation, layers, shape, precision, moved }: StoredIdentity): string {
  const { kvHeads, headSize } = shape;
  return keyOf(JSON.stringify([segmentFormat, model, rotation, layers, kvHeads, headSize, precision, moved]), []);
}

/** The key of tokens behind what has the key `parent`: the same key is the same tokens from the beginning on. */
export function keyOf(parent: string, ids: readonly number[]): string {
  return createHash('sha256').update(parent).update(Int32Array.from(ids)).digest('hex').slice(0, 32);
}

/** @param layers rows of all of the ids, one a layer */
export function encodeSegment(
  parent: string,
  ids: readonly number[],
  layers: readonly LayerRows[],
  identity: StoredIdentity,
): Buffer {
  const { model, rotation, shape, precision, moved } = identity;
  const packed = layers.flatMap(({ k, v }) => [
    packRows(k, layoutOf('keys', parent, ids.length, identity)),
    packRows(v, layoutOf('values', parent, ids.length, identity)),
  ]);
  const sizes = packed.map(({ byteLength }) => byteLength);
  const text = Buffer.from(
    JSON.stringify({ model, rotation, layers: layers.length, ...shape, precision, moved, parent, ids, sizes }),
  );
  const header = Buffer.alloc(Math.ceil(text.byteLength / 4) * 4, ' ');
  header.set(text);
  const prefix = Buffer.alloc(prefixBytes);
  prefix.write(magic, 'latin1');
  prefix.writeUInt32LE(segmentFormat, 4);
  prefix.writeUInt32LE(header.byteLength, 8);
  const bytes = Buffer.concat([prefix, header, ...packed]);
  return Buffer.concat([bytes, createHash('sha256').update(bytes).digest()]);
}

/** Bytes of the longest file there may be. */
export function mostBytes(identity: StoredIdentity): number {
  const sides = (['keys', 'values'] as const).map((side) =>
    mostPacked(layoutOf(side, rootKey(identity), longestSegment, identity)),
  );
  return prefixBytes + longestHeader + identity.layers * sides.reduce((a, b) => a + b, 0) + hashBytes;
}

/**
 * @param start at least the header of a file
 * @returns null where this is not the header of a segment of these rows
 */
export function decodeHeader(
  start: Buffer,
  identity: StoredIdentity,
): {
  readonly parent: string;
  readonly ids: readonly number[];
  readonly sizes: readonly number[];
  readonly end: number;
} | null {
  if (
    start.byteLength < prefixBytes ||
    start.toString('latin1', 0, 4) !== magic ||
    start.readUInt32LE(4) !== segmentFormat
  )
    return null;
  const end = prefixBytes + start.readUInt32LE(8);
  if (end % 4 !== 0 || end > prefixBytes + longestHeader || end > start.byteLength) return null;
  const parsed = headerSchema.safeParse(jsonOf(start.toString('utf8', prefixBytes, end)));
  if (!parsed.success) return null;
  const { model, rotation, layers, kvHeads, headSize, precision, moved, parent, ids, sizes } = parsed.data;
  const { shape } = identity;
  const fits =
    model === identity.model &&
    rotation === identity.rotation &&
    layers === identity.layers &&
    kvHeads === shape.kvHeads &&
    headSize === shape.headSize &&
    precision === identity.precision &&
    moved === identity.moved &&
    sizes.length === 2 * layers;
  return fits ? { parent, ids, sizes, end } : null;
}

/** @returns null for a file that is damaged, of another model or another format */
export function decodeSegment(file: Buffer, identity: StoredIdentity): Segment | null {
  const header = decodeHeader(file, identity);
  if (!header) return null;
  const { parent, ids, sizes } = header;
  const end = file.byteLength - hashBytes;
  if (end !== header.end + sizes.reduce((sum, size) => sum + size, 0)) return null;
  if (!createHash('sha256').update(file.subarray(0, end)).digest().equals(file.subarray(end))) return null;
  let at = header.end;
  const sides = sizes.map((size, i) => {
    const layout = layoutOf(i % 2 === 0 ? 'keys' : 'values', parent, ids.length, identity);
    const rows = unpackRows(file.subarray(at, at + size), layout);
    at += size;
    return rows && { rows, layout };
  });
  const whole = sides.filter((side) => side !== null);
  if (whole.length < sides.length) return null;
  return {
    parent,
    ids,
    rows: (from, to) =>
      Array.from({ length: identity.layers }, (_, i) => ({
        k: rowsOf(whole[2 * i], from, to),
        v: rowsOf(whole[2 * i + 1], from, to),
      })),
  };
}

function layoutOf(side: CompactLayout['side'], parent: string, count: number, identity: StoredIdentity): CompactLayout {
  const exact = parent === rootKey(identity) ? Math.min(sinks, count) : 0;
  return { shape: identity.shape, side, precision: identity.precision, count, exact };
}

function rowsOf(
  side: { readonly rows: CompactRows; readonly layout: CompactLayout } | undefined,
  from: number,
  to: number,
): Float32Array {
  if (!side) throw new RangeError('a layer has two sides');
  return rowsFrom(side.rows, side.layout, from, to);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
