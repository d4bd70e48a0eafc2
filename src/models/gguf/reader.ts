/**
 * Reads what a GGUF file says about itself (versions 2 and 3, little-endian): the metadata and where each tensor lies.
 *
 * Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. The file may come from anywhere, so every count,
 * length and offset is held against the size of the file before anything is allocated or read by it.
 */
import { open } from 'node:fs/promises';
import { LongsightError, fault } from '../../base/errors.ts';
import { type Words, say } from '../../base/sentences.ts';
import { shownName } from '../shown-name.ts';
import { ByteCursor, OutOfBytes } from './byte-cursor.ts';
import { type TensorType, tensorTypes } from './tensor-types.ts';

/** Whole numbers of 64 bits that a double cannot hold stay bigint. */
export type GgufValue = number | bigint | boolean | string | readonly GgufValue[];

export interface GgufTensor {
  /** Which of the model's files it lies in, from 0. */
  readonly part: number;
  readonly name: string;
  readonly type: TensorType;
  /** Row-major, outermost first (the reverse of the file's order). */
  readonly shape: readonly number[];
  /** Bytes from the beginning of the file. */
  readonly offset: number;
  readonly length: number;
}

export interface GgufFile {
  readonly path: string;
  readonly version: number;
  readonly size: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

const magic = 0x46554747; // "GGUF"
const firstRead = 4 * 1024 * 1024;
const maxDimensions = 4;
const maxNesting = 4;
/** Smallest encodings: a key (8 + 1), a type (4) and one byte of value; a name (8), a dimension count, a type and an offset. */
const minMetadataBytes = 14;
const minTensorBytes = 24;
/**
 * No vocabulary, no template and no model comes near these. What a file says is held in memory at several times its size there,
 * so a file may not make all of itself its header.
 */
const most = {
  header: 256 * 1024 * 1024,
  text: 64 * 1024 * 1024,
  /** Of a key or a tensor's name. */
  name: 65_535,
  entries: 1 << 16,
  tensors: 1 << 17,
  /** Of all arrays together. */
  elements: 1 << 22,
};

/** @throws LS2301 when the file is cut off or not well formed, LS2302 when it cannot be read, LS2303 for a tensor type it does not know */
export async function readGguf(path: string): Promise<GgufFile> {
  try {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      // The header's length is not written down: read a beginning of the file, and a longer one while it does not suffice.
      for (let length = Math.min(firstRead, size); ; length = Math.min(length * 4, size, most.header)) {
        const bytes = new Uint8Array(length);
        const { bytesRead } = await handle.read(bytes, 0, length, 0);
        try {
          return parseGguf(path, bytes.subarray(0, bytesRead), size);
        } catch (error) {
          if (!(error instanceof OutOfBytes)) throw error;
          if (length >= size || bytesRead < length) throw broken(path, say('it ends in the middle of its header'));
          if (length >= most.header) throw broken(path, say('its header is longer than that of any model'));
        }
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof LongsightError) throw error;
    throw fault('LS2302', `${path} (${error instanceof Error ? error.message : String(error)})`, error);
  }
}

/** @param bytes a beginning of the file @param size of the whole file @throws OutOfBytes when `bytes` is too short */
function parseGguf(path: string, bytes: Uint8Array, size: number): GgufFile {
  const cursor = new ByteCursor(bytes);
  const fail = (why: string): never => {
    throw broken(path, why);
  };
  if (size < 24 || cursor.u32() !== magic) throw broken(path, say('it does not begin with "GGUF"'));
  const version = cursor.u32();
  if (version === 0x03000000) throw broken(path, say('its numbers are big-endian'));
  if (version !== 2 && version !== 3) throw broken(path, say('version {0} is neither 2 nor 3', String(version)));
  const count = (what: string, each: number, limit: number): number => {
    const value = cursor.u64();
    if (typeof value === 'bigint' || value * each > size - cursor.position)
      throw broken(path, say('it claims {0} {1}, more than fit in {2} bytes', String(value), what, String(size)));
    return value <= limit ? value : fail(`it claims ${String(value)} ${what}, more than any model has`);
  };
  const string = (limit = most.text): string => cursor.text(count('bytes of text', 1, limit));
  let elements = 0;

  const value = (type: number, depth: number): GgufValue => {
    if (type === 8) return string();
    if (type !== 9) return scalar(cursor, type) ?? fail(`metadata type ${String(type)} is unknown`);
    if (depth >= maxNesting) return fail('its metadata is nested too deep');
    const elementType = cursor.u32();
    const length = count('elements of an array', elementBytes(elementType), most.elements - elements);
    elements += length;
    const items: GgufValue[] = [];
    for (let i = 0; i < length; i++) items.push(value(elementType, depth + 1));
    return items;
  };
  const tensorCount = count('tensors', minTensorBytes, most.tensors);
  const metadataCount = count('metadata entries', minMetadataBytes, most.entries);
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < metadataCount; i++) {
    const key = string(most.name);
    if (metadata.has(key)) fail(`the key ${shownName(key)} stands twice`);
    metadata.set(key, value(cursor.u32(), 0));
  }

  const alignment = metadata.get('general.alignment') ?? 32;
  if (typeof alignment !== 'number' || alignment < 1 || alignment > 1 << 20 || alignment % 8 !== 0)
    fail(`an alignment of ${String(alignment)} is not possible`);

  const listed: { name: string; type: TensorType; shape: number[]; relative: number; length: number }[] = [];
  for (let i = 0; i < tensorCount; i++) {
    const name = string(most.name);
    const dimensions = cursor.u32();
    if (dimensions > maxDimensions) fail(`tensor ${shownName(name)} has ${String(dimensions)} dimensions`);
    const stated = Array.from({ length: dimensions }, () => cursor.u64());
    const sizes = stated.map(whole);
    const typeId = cursor.u32();
    const type = tensorTypes.get(typeId) ?? unknownType(path, name, typeId);
    const length = (sizes.reduce((a, b) => a * b, 1) / type.block) * type.bytes;
    if (!sizes.every((n) => n >= 1) || !(length <= size))
      fail(`tensor ${shownName(name)} of ${stated.join(' x ')} elements does not fit in the file`);
    if ((sizes[0] ?? 1) % type.block !== 0)
      fail(`the rows of tensor ${shownName(name)} are not whole blocks of ${type.name}`);
    listed.push({ name, type, shape: sizes.reverse(), relative: whole(cursor.u64()), length });
  }

  const base = Math.ceil(cursor.position / Number(alignment)) * Number(alignment);
  const tensors = new Map<string, GgufTensor>();
  let end = 0;
  for (const { name, type, shape, relative, length } of listed.toSorted((a, b) => a.relative - b.relative)) {
    if (!(relative >= end) || relative % Number(alignment) !== 0)
      fail(`tensor ${shownName(name)} lies over another or is not aligned`);
    end = relative + length;
    if (base + end > size)
      fail(`tensor ${shownName(name)} ends ${String(base + end - size)} bytes after the file does`);
    if (tensors.has(name)) fail(`the tensor ${shownName(name)} stands twice`);
    tensors.set(name, { part: 0, name, type, shape, offset: base + relative, length });
  }
  return { path, version, size, metadata, tensors };
}

function scalar(cursor: ByteCursor, type: number): GgufValue | undefined {
  switch (type) {
    case 0:
      return cursor.u8();
    case 1:
      return cursor.i8();
    case 2:
      return cursor.u16();
    case 3:
      return cursor.i16();
    case 4:
      return cursor.u32();
    case 5:
      return cursor.i32();
    case 6:
      return cursor.f32();
    case 7:
      return cursor.u8() !== 0;
    case 10:
      return cursor.u64();
    case 11:
      return cursor.i64();
    case 12:
      return cursor.f64();
    default:
      return undefined;
  }
}

/** Least bytes an element of a metadata array takes; unknown types are refused when the first element is read. */
function elementBytes(type: number): number {
  return [1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8][type] ?? 1;
}

/** NaN for what a double cannot hold: no comparison with NaN holds, so the checks that follow refuse it. */
function whole(value: number | bigint): number {
  return typeof value === 'number' ? value : Number.NaN;
}

/** A number that a later version of the format may have given out is no damage. @throws LS2303, LS2301 */
function unknownType(path: string, name: string, id: number): never {
  if (id < 256)
    throw fault('LS2303', say('number {0}, which the tensor {1} of {2} has', String(id), shownName(name), path));
  throw broken(path, say('tensor {0} has the unknown type {1}', shownName(name), String(id)));
}

function broken(path: string, why: Words): LongsightError {
  return fault('LS2301', say('{0} ({1})', path, why));
}
