/**
 * The bytes of a working copy (rotated-copy.ts) as the `rotated` graph takes them: in each layer the keys a channel after the other, the
 * values a token after the other, 128 meaning 0, and a scale a channel. A slot is one token's place in all of them.
 */
import { Tensor } from 'onnxruntime-node';
import { zero } from '../models/architectures/digit-products.ts';
import type { Hyperparameters } from '../models/architectures/hyperparameters.ts';
import type { KvCache } from './kv-cache.ts';
import type { RopeTables } from './rope/tables.ts';

const most = 127;
/** Rows that are read from the cache at a time. */
const mostRows = 64;

/** A token to be copied: its row in the cache, its slot, and the position its key is rotated to. */
export interface Placement {
  readonly row: number;
  readonly slot: number;
  readonly position: number;
}

/** What a step gave for one layer's new tokens: bytes [tokens, kvHeads * headSize]. */
export type NewBytes = (layer: number) => { readonly k: Uint8Array; readonly v: Uint8Array };

interface CopiedLayer {
  /** [kvHeads, headSize, capacity]. */
  k: Uint8Array<ArrayBuffer>;
  /** [kvHeads, capacity, headSize]. */
  v: Uint8Array<ArrayBuffer>;
  /** [kvHeads * headSize]: what a byte of a key, and of a value, stands for. */
  readonly keyUnits: Float32Array;
  readonly valueUnits: Float32Array<ArrayBuffer>;
  /** [(heads + 2 * kvHeads) * headSize]: by what the graph multiplies queries, keys and values. */
  readonly scales: Float32Array<ArrayBuffer>;
}

export class CopiedBytes {
  readonly #cache: KvCache;
  readonly #h: Hyperparameters;
  readonly #layers: readonly CopiedLayer[];
  /** Some rows as numbers. */
  readonly #rows: Float32Array;
  #capacity = 0;
  #feeds: Readonly<Record<string, Tensor>> = {};

  constructor(cache: KvCache, h: Hyperparameters) {
    this.#cache = cache;
    this.#h = h;
    const width = h.kvHeads * h.headSize;
    this.#layers = Array.from({ length: h.layers }, () => ({
      k: new Uint8Array(0),
      v: new Uint8Array(0),
      keyUnits: new Float32Array(width),
      valueUnits: new Float32Array(width),
      scales: new Float32Array(h.heads * h.headSize + 2 * width),
    }));
    this.#rows = new Float32Array(mostRows * width);
  }

  /** Slots there is room for. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Per layer the graph's `copy_k_i`, `copy_v_i`, `scale_i` and `value_scale_i`; valid until {@link reserve}. */
  get feeds(): Readonly<Record<string, Tensor>> {
    return this.#feeds;
  }

  /** Makes room for so many slots; what is there stays. */
  reserve(capacity: number): void {
    if (capacity <= this.#capacity) return;
    const { headSize, kvHeads } = this.#h;
    const width = kvHeads * headSize;
    const feeds: Record<string, Tensor> = {};
    for (const [layer, copied] of this.#layers.entries()) {
      copied.k = widened(copied.k, width, this.#capacity, capacity);
      copied.v = widened(copied.v, kvHeads, this.#capacity * headSize, capacity * headSize);
      const n = String(layer);
      feeds[`copy_k_${n}`] = new Tensor('uint8', copied.k, [kvHeads, headSize, capacity]);
      feeds[`copy_v_${n}`] = new Tensor('uint8', copied.v, [kvHeads, capacity, headSize]);
      feeds[`scale_${n}`] = new Tensor('float32', copied.scales, [copied.scales.length]);
      feeds[`value_scale_${n}`] = new Tensor('float32', copied.valueUnits, [kvHeads, 1, headSize]);
    }
    this.#capacity = capacity;
    this.#feeds = feeds;
  }

  /** Puts one token's bytes into another slot. */
  move(from: number, to: number): void {
    const { headSize, kvHeads } = this.#h;
    const channels = kvHeads * headSize * this.#capacity;
    for (const { k, v } of this.#layers) {
      for (let channel = 0; channel < channels; channel += this.#capacity) k[channel + to] = k[channel + from] ?? zero;
      for (let head = 0; head < channels; head += this.#capacity * headSize)
        v.copyWithin(head + to * headSize, head + from * headSize, head + (from + 1) * headSize);
    }
  }

  /** Puts the bytes of new tokens into the slots from `first` on. */
  append(first: number, count: number, bytes: NewBytes): void {
    const { headSize, kvHeads } = this.#h;
    const width = kvHeads * headSize;
    for (const [layer, { k, v }] of this.#layers.entries()) {
      const added = bytes(layer);
      for (let t = 0; t < count; t++) {
        for (let channel = 0, at = first + t; channel < width; channel++, at += this.#capacity)
          k[at] = added.k[t * width + channel] ?? zero;
        for (let head = 0; head < kvHeads; head++)
          for (let i = 0, to = (head * this.#capacity + first + t) * headSize; i < headSize; i++)
            v[to + i] = added.v[t * width + head * headSize + i] ?? zero;
      }
    }
  }

  /**
   * Takes scales from rows, with room to spare: what a key's pair of numbers can become under any rotation, and a value's number.
   * @param length by which the rotation lengthens what it rotates
   */
  measure(rows: readonly number[], length: number): void {
    // How much larger than any number so far a later one may be before it is cut off: the fewer have been seen, the more.
    const headroom = (1 + 4 / Math.sqrt(rows.length)) / most;
    for (const layer of this.#layers.keys()) this.#measureLayer(layer, rows, headroom, length);
  }

  #measureLayer(layer: number, rows: readonly number[], headroom: number, length: number): void {
    const { headSize, kvHeads, heads, attentionScale } = this.#h;
    const half = headSize / 2;
    const width = kvHeads * headSize;
    const copied = this.#layers[layer];
    if (!copied) return;
    const { keyUnits, valueUnits, scales } = copied;
    const x = this.#rows;
    const squares = new Float64Array(width);
    const largest = new Float64Array(width);
    for (const { row, count } of runsOf(rows)) {
      this.#cache.read(layer, 'k', row, count, x);
      for (let head = 0; head < count * width; head += headSize) {
        const channel = head % width;
        for (let i = 0; i < half; i++) {
          const a = x[head + i] ?? 0;
          const b = x[head + half + i] ?? 0;
          const square = a * a + b * b;
          if (square > (squares[channel + i] ?? 0)) squares[channel + i] = square;
        }
      }
      this.#cache.read(layer, 'v', row, count, x);
      for (let from = 0; from < count * width; from += width)
        for (let i = 0; i < width; i++) {
          const size = Math.abs(x[from + i] ?? 0);
          if (size > (largest[i] ?? 0)) largest[i] = size;
        }
    }
    const queries = heads * headSize;
    for (let i = 0; i < width; i++) {
      // Both numbers of a pair have the scale of the pair, so that it does not matter whether rotation comes before or after.
      const pair = i - (i % headSize) + (i % half);
      keyUnits[i] = Math.sqrt(squares[pair] ?? 0) * length * headroom || 1;
      valueUnits[i] = (largest[i] ?? 0) * headroom || 1;
      scales[queries + i] = 1 / (keyUnits[i] ?? 1);
      scales[queries + width + i] = 1 / (valueUnits[i] ?? 1);
    }
    for (let head = 0; head < heads; head++) {
      const from = Math.floor((head * kvHeads) / heads) * headSize;
      for (let i = 0; i < headSize; i++) scales[head * headSize + i] = (keyUnits[from + i] ?? 1) * attentionScale;
    }
  }

  /** Rotates and rounds rows of the cache into slots. */
  fill(placements: readonly Placement[], tables: RopeTables): void {
    if (placements.length === 0) return;
    const furthest = placements.reduce((far, { position }) => Math.max(far, position), 0);
    const { cos, sin } = tables.upTo(furthest + 1);
    if (!(cos.data instanceof Float32Array) || !(sin.data instanceof Float32Array)) throw new Error('no tables');
    const runs = runsOf(placements.map(({ row }) => row));
    for (const layer of this.#layers.keys())
      for (const { at, row, count } of runs) {
        const some = placements.slice(at, at + count);
        this.#cache.read(layer, 'k', row, count, this.#rows);
        this.#fillKeys(layer, some, cos.data, sin.data);
        this.#cache.read(layer, 'v', row, count, this.#rows);
        this.#fillValues(layer, some);
      }
  }

  #fillKeys(layer: number, placements: readonly Placement[], cos: Float32Array, sin: Float32Array): void {
    const { headSize, kvHeads } = this.#h;
    const half = headSize / 2;
    const width = kvHeads * headSize;
    const copied = this.#layers[layer];
    if (!copied) return;
    const { k, keyUnits } = copied;
    const x = this.#rows;
    const slots = Int32Array.from(placements, ({ slot }) => slot);
    const angles = Int32Array.from(placements, ({ position }) => position * half);
    const other = half * this.#capacity;
    for (let head = 0; head < width; head += headSize)
      for (let i = 0; i < half; i++) {
        const per = 1 / (keyUnits[head + i] ?? 1);
        const channel = (head + i) * this.#capacity;
        for (let n = 0, from = head + i; n < slots.length; n++, from += width) {
          const a = x[from] ?? 0;
          const b = x[from + half] ?? 0;
          const c = cos[(angles[n] ?? 0) + i] ?? 1;
          const s = sin[(angles[n] ?? 0) + i] ?? 0;
          const to = channel + (slots[n] ?? 0);
          k[to] = toByte((a * c - b * s) * per);
          k[to + other] = toByte((b * c + a * s) * per);
        }
      }
  }

  #fillValues(layer: number, placements: readonly Placement[]): void {
    const { headSize, kvHeads } = this.#h;
    const copied = this.#layers[layer];
    if (!copied) return;
    const { v, valueUnits } = copied;
    const perValue = valueUnits.map((unit) => 1 / unit);
    let from = 0;
    for (const { slot } of placements)
      for (let head = 0; head < kvHeads; head++) {
        const to = (head * this.#capacity + slot) * headSize;
        for (let i = 0; i < headSize; i++, from++)
          v[to + i] = toByte((this.#rows[from] ?? 0) * (perValue[head * headSize + i] ?? 1));
      }
  }
}

/** So many runs of bytes, each made longer at its end. */
function widened(bytes: Uint8Array, runs: number, before: number, after: number): Uint8Array<ArrayBuffer> {
  const wide = new Uint8Array(runs * after).fill(zero);
  for (let run = 0; run < runs; run++) wide.set(bytes.subarray(run * before, (run + 1) * before), run * after);
  return wide;
}

/** To the nearest whole number that fits, from 1 to 255; the sum is positive, so that cutting it off rounds down. */
function toByte(value: number): number {
  const whole = (value + zero + 0.5) | 0;
  return whole > zero + most ? zero + most : whole < zero - most ? zero - most : whole;
}

/** Stretches of rows that follow each other, and where in the list they begin. */
function runsOf(
  rows: readonly number[],
): readonly { readonly at: number; readonly row: number; readonly count: number }[] {
  const runs: { at: number; row: number; count: number }[] = [];
  for (const [at, row] of rows.entries()) {
    const last = runs.at(-1);
    if (last && last.count < mostRows && last.row + last.count === row) last.count++;
    else runs.push({ at, row, count: 1 });
  }
  return runs;
}
