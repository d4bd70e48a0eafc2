/**
 * A segment on disk: the un-rotated keys and values of a run of tokens, and what they were read behind.
 *
 * The file, little-endian: `LSKV`, uint32 format, uint32 length of the header, the header as JSON with spaces up to a multiple of 4, for
 * every layer the means and scales of its keys, then of its values, then for every layer the bytes of both; SHA-256 over all before.
 * Nothing of it is believed before its sizes and its hash are.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { RowShape } from '../cache/cache-rows.ts';
import { type CompactRows, compactSizes } from './compact-rows.ts';

const magic = 'LSKV';
const format = 2;
const prefixBytes = 12;
const hashBytes = 32;
/** Tokens of the longest segment there may be. */
export const longestSegment = 256;
const longestHeader = 64 * 1024;

/** What rows depend on beside the tokens: rows that differ in any of it never mix. */
export interface RowIdentity {
  /** Tells one model's graphs from another's. */
  readonly model: string;
  /** SHA-256 of how keys are rotated when they are used. */
  readonly rotation: string;
  readonly layers: number;
  readonly shape: RowShape;
}

export interface Segment {
  /** Key of what it was read behind. */
  readonly parent: string;
  readonly ids: readonly number[];
  /** One a layer. */
  readonly layers: readonly { readonly k: CompactRows; readonly v: CompactRows }[];
}

const headerSchema = z.object({
  model: z.string(),
  rotation: z.string(),
  layers: z.int(),
  kvHeads: z.int(),
  headSize: z.int(),
  parent: z.string(),
  ids: z.array(z.int().min(0)).min(1).max(longestSegment),
});

/** The key of what comes before any token. */
export function rootKey({ model, rotation, layers, shape }: RowIdentity): string {
  return keyOf(JSON.stringify([format, model, rotation, layers, shape.kvHeads, shape.headSize]), []);
}

/** The key of tokens behind what has the key `parent`: the same key is the same tokens from the beginning on. */
export function keyOf(parent: string, ids: readonly number[]): string {
  return createHash('sha256').update(parent).update(Int32Array.from(ids)).digest('hex').slice(0, 32);
}

export function encodeSegment({ parent, ids, layers }: Segment, identity: RowIdentity): Buffer {
  const { model, rotation, shape } = identity;
  const text = Buffer.from(JSON.stringify({ model, rotation, layers: layers.length, ...shape, parent, ids }));
  const header = Buffer.alloc(Math.ceil(text.byteLength / 4) * 4, ' ');
  header.set(text);
  const prefix = Buffer.alloc(prefixBytes);
  prefix.write(magic, 'latin1');
  prefix.writeUInt32LE(format, 4);
  prefix.writeUInt32LE(header.byteLength, 8);
  const sides = layers.flatMap(({ k, v }) => [k, v]);
  const parts = [...sides.flatMap(({ means, scales }) => [means, scales]), ...sides.map(({ bytes }) => bytes)];
  const bytes = Buffer.concat([
    prefix,
    header,
    ...parts.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)),
  ]);
  return Buffer.concat([bytes, createHash('sha256').update(bytes).digest()]);
}

/** Bytes of the longest file there may be. */
export function mostBytes({ layers, shape }: RowIdentity): number {
  return prefixBytes + longestHeader + rowsBytes(layers, shape, longestSegment) + hashBytes;
}

/**
 * @param start at least the header of a file
 * @returns null where this is not the header of a segment of these rows
 */
export function decodeHeader(
  start: Buffer,
  identity: RowIdentity,
): { readonly parent: string; readonly ids: readonly number[]; readonly end: number } | null {
  if (start.byteLength < prefixBytes || start.toString('latin1', 0, 4) !== magic || start.readUInt32LE(4) !== format)
    return null;
  const end = prefixBytes + start.readUInt32LE(8);
  if (end % 4 !== 0 || end > prefixBytes + longestHeader || end > start.byteLength) return null;
  const parsed = headerSchema.safeParse(jsonOf(start.toString('utf8', prefixBytes, end)));
  if (!parsed.success) return null;
  const { model, rotation, layers, kvHeads, headSize, parent, ids } = parsed.data;
  const { shape } = identity;
  const fits =
    model === identity.model &&
    rotation === identity.rotation &&
    layers === identity.layers &&
    kvHeads === shape.kvHeads &&
    headSize === shape.headSize;
  return fits ? { parent, ids, end } : null;
}

/** @returns null for a file that is damaged, of another model or another format */
export function decodeSegment(file: Buffer, identity: RowIdentity): Segment | null {
  const header = decodeHeader(file, identity);
  if (!header) return null;
  const { layers, shape } = identity;
  const count = header.ids.length;
  const end = file.byteLength - hashBytes;
  if (end !== header.end + rowsBytes(layers, shape, count)) return null;
  if (!createHash('sha256').update(file.subarray(0, end)).digest().equals(file.subarray(end))) return null;
  const sizes = compactSizes(shape, count);
  let at = header.end;
  const take = (length: number): ArrayBuffer => {
    // A copy of its own: the file's bytes may begin anywhere.
    const taken = new Uint8Array(file.subarray(at, at + length)).buffer;
    at += length;
    return taken;
  };
  const floats = Array.from({ length: 2 * layers }, () => ({
    means: new Float32Array(take(4 * sizes.means)),
    scales: new Float32Array(take(4 * sizes.scales)),
  }));
  if (!floats.every(({ means, scales }) => means.every(Number.isFinite) && scales.every(Number.isFinite))) return null;
  const sides = floats.map((side): CompactRows => ({ ...side, bytes: new Int8Array(take(sizes.bytes)) }));
  return {
    parent: header.parent,
    ids: header.ids,
    layers: Array.from({ length: layers }, (_, i) => ({ k: present(sides[2 * i]), v: present(sides[2 * i + 1]) })),
  };
}

function rowsBytes(layers: number, shape: RowShape, count: number): number {
  const { means, scales, bytes } = compactSizes(shape, count);
  return 2 * layers * (4 * (means + scales) + bytes);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function present(side: CompactRows | undefined): CompactRows {
  if (!side) throw new RangeError('a layer has two sides');
  return side;
}
