/** One side (keys or values) of one layer's cache in memory: rows of float32, float16, or int8 with a scale a row and head. */
import { Tensor } from '../onnxruntime.ts';
import type { CacheType } from '../../models/graphs/graph-spec.ts';
import { fromFloat16, toFloat16 } from './float16.ts';

/** Sizes that all rows of a cache share. */
export interface RowShape {
  readonly kvHeads: number;
  readonly headSize: number;
}

/** The parts a row is stored in: the numbers themselves, and for int8 its scales. */
export type Part = Float32Array | Uint16Array | Int8Array;

export interface CacheRows {
  /** Makes room for so many rows; what is there stays. */
  reserve(capacity: number): void;
  /** Stores float32 rows. @param source [any, kvHeads * headSize] @param from first row of `source` @param to first row here */
  write(source: Float32Array, from: number, to: number, count: number): void;
  /** Moves rows within. */
  move(from: number, to: number, count: number): void;
  /** Inputs of the graph for rows `from` to `to`, without a copy. @param name as `past_k_0` @param scaleName as `past_k_scale_0` */
  feed(from: number, to: number, name: string, scaleName: string, feeds: Record<string, Tensor>): void;
  /** Rows as float32 [count, kvHeads * headSize], without a copy where they are stored so. */
  read(from: number, count: number): Float32Array;
  /** The stored form of rows, in a buffer of their own; what {@link put} takes. */
  take(rows: readonly number[]): readonly Part[];
  put(parts: readonly Part[], to: number): void;
}

/** The buffers that `count` stored rows consist of, empty, and how many numbers of each are one row's. */
function rowParts(
  type: CacheType,
  { kvHeads, headSize }: RowShape,
  count: number,
): readonly { readonly data: Part; readonly perRow: number; readonly BYTES_PER_ELEMENT: number }[] {
  const width = kvHeads * headSize;
  const part = (data: Part, perRow: number): { data: Part; perRow: number; BYTES_PER_ELEMENT: number } => ({
    data,
    perRow,
    BYTES_PER_ELEMENT: data.BYTES_PER_ELEMENT,
  });
  if (type === 'f32') return [part(new Float32Array(count * width), width)];
  if (type === 'f16') return [part(new Uint16Array(count * width), width)];
  return [part(new Int8Array(count * width), width), part(new Float32Array(count * kvHeads), kvHeads)];
}

/** Bytes a row takes. */
export function rowBytes(type: CacheType, shape: RowShape): number {
  return rowParts(type, shape, 0).reduce((sum, part) => sum + part.perRow * part.BYTES_PER_ELEMENT, 0);
}

/** Stored rows as float32 [count, kvHeads * headSize]. */
export function floatsOfParts(type: CacheType, shape: RowShape, parts: readonly Part[], count: number): Float32Array {
  const rows = createRows(type, shape);
  rows.reserve(count);
  rows.put(parts, 0);
  return rows.read(0, count);
}

/** float32 [count, kvHeads * headSize] as it is stored. */
export function partsOfFloats(type: CacheType, shape: RowShape, floats: Float32Array, count: number): readonly Part[] {
  if (type === 'f32') return [floats];
  const rows = createRows(type, shape);
  rows.reserve(count);
  rows.write(floats, 0, 0, count);
  return rows.take(Array.from({ length: count }, (_, i) => i));
}

export function createRows(type: CacheType, shape: RowShape): CacheRows {
  if (type === 'f32') return new PlainRows(shape, (length) => new Float32Array(length), copyFloats);
  if (type === 'f16') return new PlainRows(shape, (length) => new Uint16Array(length), toFloat16);
  return new Int8Rows(shape);
}

function copyFloats(source: Float32Array, from: number, target: Float32Array, to: number, count: number): void {
  target.set(source.subarray(from, from + count), to);
}

/**
 * A float16 tensor over bits. Where there is a Float16Array (Node 24) the library makes one, and its binding then finds no data; the
 * binding itself takes uint16 in all versions of Node.
 */
export function float16Tensor(bits: Uint16Array, dims: readonly number[]): Tensor {
  return Object.assign(new Tensor('uint16', bits, dims), { type: 'float16' as const });
}

/** Rows of one number format. */
class PlainRows<T extends Float32Array | Uint16Array> implements CacheRows {
  readonly #width: number;
  readonly #make: (length: number) => T;
  readonly #convert: (source: Float32Array, from: number, target: T, to: number, count: number) => void;
  #data: T;

  constructor(
    { kvHeads, headSize }: RowShape,
    make: (length: number) => T,
    convert: (source: Float32Array, from: number, target: T, to: number, count: number) => void,
  ) {
    this.#width = kvHeads * headSize;
    this.#make = make;
    this.#convert = convert;
    this.#data = make(0);
  }

  reserve(capacity: number): void {
    const grown = this.#make(capacity * this.#width);
    grown.set(this.#data.subarray(0, grown.length));
    this.#data = grown;
  }

  write(source: Float32Array, from: number, to: number, count: number): void {
    this.#convert(source, from * this.#width, this.#data, to * this.#width, count * this.#width);
  }

  move(from: number, to: number, count: number): void {
    this.#data.copyWithin(to * this.#width, from * this.#width, (from + count) * this.#width);
  }

  feed(from: number, to: number, name: string, _scaleName: string, feeds: Record<string, Tensor>): void {
    const rows = this.#data.subarray(from * this.#width, to * this.#width);
    const dims = [to - from, this.#width];
    feeds[name] = rows instanceof Float32Array ? new Tensor('float32', rows, dims) : float16Tensor(rows, dims);
  }

  read(from: number, count: number): Float32Array {
    const stored = this.#data.subarray(from * this.#width, (from + count) * this.#width);
    if (stored instanceof Float32Array) return stored;
    const rows = new Float32Array(stored.length);
    fromFloat16(stored, rows);
    return rows;
  }

  take(rows: readonly number[]): readonly Part[] {
    const taken = this.#make(rows.length * this.#width);
    for (const [i, row] of rows.entries())
      taken.set(this.#data.subarray(row * this.#width, (row + 1) * this.#width), i * this.#width);
    return [taken];
  }

  put([part]: readonly Part[], to: number): void {
    if (part) this.#data.set(part, to * this.#width);
  }
}

/** Rows of int8; a head of a row is scaled so that its largest number becomes 127. */
class Int8Rows implements CacheRows {
  readonly #shape: RowShape;
  readonly #width: number;
  #data = new Int8Array(0);
  #scales = new Float32Array(0);

  constructor(shape: RowShape) {
    this.#shape = shape;
    this.#width = shape.kvHeads * shape.headSize;
  }

  reserve(capacity: number): void {
    const data = new Int8Array(capacity * this.#width);
    data.set(this.#data.subarray(0, data.length));
    this.#data = data;
    const scales = new Float32Array(capacity * this.#shape.kvHeads);
    scales.set(this.#scales.subarray(0, scales.length));
    this.#scales = scales;
  }

  write(source: Float32Array, from: number, to: number, count: number): void {
    const { kvHeads, headSize } = this.#shape;
    for (let head = 0; head < count * kvHeads; head++) {
      const start = from * this.#width + head * headSize;
      let most = 0;
      for (let i = start; i < start + headSize; i++) most = Math.max(most, Math.abs(source[i] ?? 0));
      const inverse = most === 0 ? 0 : 127 / most;
      const target = to * this.#width + head * headSize - start;
      for (let i = start; i < start + headSize; i++) this.#data[target + i] = Math.round((source[i] ?? 0) * inverse);
      this.#scales[to * kvHeads + head] = most / 127;
    }
  }

  move(from: number, to: number, count: number): void {
    const { kvHeads } = this.#shape;
    this.#data.copyWithin(to * this.#width, from * this.#width, (from + count) * this.#width);
    this.#scales.copyWithin(to * kvHeads, from * kvHeads, (from + count) * kvHeads);
  }

  feed(from: number, to: number, name: string, scaleName: string, feeds: Record<string, Tensor>): void {
    const { kvHeads } = this.#shape;
    feeds[name] = new Tensor('int8', this.#data.subarray(from * this.#width, to * this.#width), [
      to - from,
      this.#width,
    ]);
    feeds[scaleName] = new Tensor('float32', this.#scales.subarray(from * kvHeads, to * kvHeads), [to - from, kvHeads]);
  }

  read(from: number, count: number): Float32Array {
    const { kvHeads, headSize } = this.#shape;
    const rows = new Float32Array(count * this.#width);
    const start = from * this.#width;
    for (let head = 0; head < count * kvHeads; head++) {
      const scale = this.#scales[from * kvHeads + head] ?? 0;
      for (let i = head * headSize; i < (head + 1) * headSize; i++) rows[i] = (this.#data[start + i] ?? 0) * scale;
    }
    return rows;
  }

  take(rows: readonly number[]): readonly Part[] {
    const { kvHeads } = this.#shape;
    const data = new Int8Array(rows.length * this.#width);
    const scales = new Float32Array(rows.length * kvHeads);
    for (const [i, row] of rows.entries()) {
      data.set(this.#data.subarray(row * this.#width, (row + 1) * this.#width), i * this.#width);
      scales.set(this.#scales.subarray(row * kvHeads, (row + 1) * kvHeads), i * kvHeads);
    }
    return [data, scales];
  }

  put([data, scales]: readonly Part[], to: number): void {
    if (data) this.#data.set(data, to * this.#width);
    if (scales) this.#scales.set(scales, to * this.#shape.kvHeads);
  }
}
