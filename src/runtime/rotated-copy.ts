/**
 * A working copy of one sequence's keys and values for the `rotated` graph: keys rotated to where their tokens stand, both sides int8
 * with a scale a channel, a run a key head. The cache itself stays as it is, un-rotated; this copy can be made again from it at any time.
 *
 * Order does not matter to attention, and rotation only by differences: the copy keeps its tokens in slots of any order and at positions
 * of its own, a shift away from the sequence's. So a window that slides moves nothing: the slot of the token that leaves is filled with
 * the last one, the shift grows by one, and only the sinks, which alone come nearer, are rotated anew.
 *
 * Scales are taken from what is held when the copy is made, with room to spare, and again whenever that has grown by a quarter: what a
 * token's numbers are rounded to thus depends on the tokens and on nothing else, be they computed one by one or several at once.
 */
import { Tensor } from 'onnxruntime-node';
import type { Hyperparameters } from '../models/architectures/hyperparameters.ts';
import type { KvCache } from './kv-cache.ts';
import type { RopeTables } from './rope/tables.ts';
import type { Sequence } from './sequence.ts';

/** Scales are taken anew when so many times more tokens are held. */
const growth = 1.25;
/**
 * Tokens from which the copy pays: measured calmly, single tokens over the rows themselves are as fast at 1,024 and a tenth slower at
 * 4,096, and making the copy takes 0.3 to 0.4 s once (docs/decoder-speed.md).
 */
export const copyPaysFrom = 3072;

const most = 127;
/** Rows that are read from the cache at a time. */
const mostRows = 64;
/** Slots that are made at a time. */
const slotStep = 256;
/** Positions in the copy start again when they get this far beyond what is held; tables reach up to them. */
const furthestPosition = 32_768;

type Side = 'k' | 'v';

/** One side of one layer. */
interface CopiedSide {
  /** [kvHeads, capacity, headSize]. */
  data: Int8Array<ArrayBuffer>;
  /** [kvHeads * headSize]. */
  readonly scales: Float32Array<ArrayBuffer>;
}

/** What a run over the copy takes and where its outputs go; valid until the next change. */
export interface PreparedCopy {
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly fetches: Readonly<Record<string, Tensor | null>>;
}

export class RotatedCopy {
  readonly #cache: KvCache;
  readonly #h: Hyperparameters;
  readonly #layers: readonly Readonly<Record<Side, CopiedSide>>[];
  /** Some rows as numbers. */
  readonly #rows: Float32Array;
  #capacity = 0;
  #feeds: Record<string, Tensor> = {};
  #fetches: Record<string, Tensor | null> = {};
  /** Serial of the token in each slot, and the position its key is rotated to. */
  #slots: number[] = [];
  #positions: number[] = [];
  readonly #slotOf = new Map<number, number>();
  #shift = 0;
  #sequence: Sequence | null = null;
  #version = -1;
  #tables: RopeTables | null = null;
  /** Tokens that the scales were taken from, the last of them, and how many are held that came since. */
  #measured = 0;
  #lastMeasured = -1;
  #since = 0;

  constructor(cache: KvCache, h: Hyperparameters) {
    this.#cache = cache;
    this.#h = h;
    const width = h.kvHeads * h.headSize;
    const side = (): CopiedSide => ({ data: new Int8Array(0), scales: new Float32Array(width) });
    this.#layers = Array.from({ length: h.layers }, () => ({ k: side(), v: side() }));
    this.#rows = new Float32Array(mostRows * width);
  }

  /** Bytes that a token takes. */
  get bytesPerToken(): number {
    return 2 * this.#h.layers * this.#h.kvHeads * this.#h.headSize;
  }

  /** For how many tokens more the scales are good. */
  get #lasting(): number {
    return Math.ceil((growth - 1) * this.#measured);
  }

  /** Forgets what it holds, so that the next copy depends on nothing before. */
  clear(): void {
    this.#slots = [];
    this.#positions = [];
    this.#slotOf.clear();
    this.#sequence = null;
    this.#measured = 0;
    this.#since = 0;
    this.#shift = 0;
  }

  /** Whether so many tokens can be computed at once as they would be one by one: no new scales become due between them. */
  canTake(sequence: Sequence, count: number): boolean {
    return sequence === this.#sequence && this.#since + count - 1 < this.#lasting;
  }

  /**
   * Makes the copy hold the sequence's tokens.
   * @param sequence that holds something
   * @param count of tokens that are to be computed
   * @returns the graph's inputs, but for `ids` and `rows`, and where its outputs go
   */
  prepare(sequence: Sequence, tables: RopeTables, count: number): PreparedCopy {
    if (tables !== this.#tables) this.clear();
    this.#tables = tables;
    this.#reserve(sequence.length + count);
    if (sequence !== this.#sequence || sequence.version !== this.#version) this.#follow(sequence);
    if (this.#since >= this.#lasting) this.#remake(sequence);
    const held = sequence.length + count;
    const first = sequence.nextPosition + this.#shift;
    const { cos, sin } = tables.upTo(Math.max(first + count, held));
    const positions = BigInt64Array.from({ length: count }, (_, t) => BigInt(first + t));
    return {
      feeds: {
        ...this.#feeds,
        cos,
        sin,
        query_positions: new Tensor('int64', positions, [1, count]),
        held: new Tensor('int32', Int32Array.of(held - 1), [1]),
        all: new Tensor('int32', Int32Array.of(held), []),
      },
      fetches: this.#fetches,
    };
  }

  /** Told that the graph has appended the sequence's last `count` tokens. @param first position of the first of them in the sequence */
  accept(sequence: Sequence, count: number, first: number): void {
    const { length, serials } = sequence;
    for (let t = 0; t < count; t++) this.#hold(serials[length - count + t] ?? 0, first + t + this.#shift);
    this.#since += count;
    // Where a window slid past something at the same time, the next step sees to it.
    if (this.#slots.length === length) this.#version = sequence.version;
  }

  /** Takes over what changed in the sequence: tokens that left, came or stand elsewhere. */
  #follow(sequence: Sequence): void {
    const { serials, positions, rows, length } = sequence;
    const wanted = new Set(serials);
    for (let slot = this.#slots.length - 1; slot >= 0; slot--)
      if (!wanted.has(this.#slots[slot] ?? -1)) this.#drop(slot);
    // The latest token that is held already stays where it is, and nearly all others with it.
    const anchor = serials.findLastIndex((serial) => this.#slotOf.has(serial));
    this.#shift =
      anchor < 0 ? 0 : (this.#positions[this.#slotOf.get(serials[anchor] ?? 0) ?? 0] ?? 0) - (positions[anchor] ?? 0);
    const lowest = positions.reduce((least, position) => Math.min(least, position), 0);
    const isFar = sequence.nextPosition + this.#shift > furthestPosition + 4 * length;
    if (this.#slots.length === 0 || lowest + this.#shift < 0 || isFar) {
      this.#remake(sequence);
    } else {
      const changed: { row: number; slot: number; position: number }[] = [];
      for (let i = 0; i < length; i++) {
        const serial = serials[i] ?? 0;
        const position = (positions[i] ?? 0) + this.#shift;
        const slot = this.#slotOf.get(serial);
        if (slot !== undefined && this.#positions[slot] === position) continue;
        if (slot === undefined) this.#since++;
        if (slot !== undefined) this.#positions[slot] = position;
        changed.push({ row: rows[i] ?? 0, slot: slot ?? this.#hold(serial, position), position });
      }
      for (let layer = 0; changed.length > 0 && layer < this.#h.layers; layer++)
        this.#fill(
          layer,
          changed.map(({ row }) => row),
          changed.map(({ slot }) => slot),
          changed.map(({ position }) => position),
        );
    }
    this.#sequence = sequence;
    this.#version = sequence.version;
  }

  /** All of it anew, with scales of what is there now. */
  #remake(sequence: Sequence): void {
    this.clear();
    const { serials, positions, rows } = sequence;
    this.#sequence = sequence;
    this.#version = sequence.version;
    this.#measured = sequence.length;
    this.#lastMeasured = serials.reduce((latest, serial) => Math.max(latest, serial), -1);
    for (const [i, serial] of serials.entries()) this.#hold(serial, positions[i] ?? 0);
    const slots = rows.map((_, i) => i);
    for (let layer = 0; layer < this.#h.layers; layer++) {
      this.#measure(layer, rows);
      this.#fill(layer, rows, slots, positions);
    }
  }

  #hold(serial: number, position: number): number {
    const slot = this.#slots.length;
    this.#slots.push(serial);
    this.#positions.push(position);
    this.#slotOf.set(serial, slot);
    return slot;
  }

  /** Empties a slot; the last one's token moves into it. */
  #drop(slot: number): void {
    const last = this.#slots.length - 1;
    const { headSize, kvHeads } = this.#h;
    const dropped = this.#slots[slot] ?? -1;
    if (dropped > this.#lastMeasured) this.#since--;
    this.#slotOf.delete(dropped);
    if (slot < last) {
      for (const layer of this.#layers)
        for (const { data } of [layer.k, layer.v])
          for (let head = 0; head < kvHeads; head++) {
            const from = (head * this.#capacity + last) * headSize;
            data.copyWithin((head * this.#capacity + slot) * headSize, from, from + headSize);
          }
      const moved = this.#slots[last] ?? 0;
      this.#slots[slot] = moved;
      this.#positions[slot] = this.#positions[last] ?? 0;
      this.#slotOf.set(moved, slot);
    }
    this.#slots.pop();
    this.#positions.pop();
  }

  /** Scales of a layer: what a key's pair of numbers can become under any rotation, and a value's number. */
  #measure(layer: number, rows: readonly number[]): void {
    const { headSize, kvHeads } = this.#h;
    const half = headSize / 2;
    const width = kvHeads * headSize;
    const target = this.#layers[layer];
    if (!target) return;
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
    // How much larger than any number so far a later one may be before it is cut off: the fewer have been seen, the more.
    const headroom = 1 + 4 / Math.sqrt(rows.length);
    // The tables lengthen what they rotate where the scaling has an attention factor.
    const length = Number(this.#tables?.upTo(1).cos.data[0] ?? 1);
    for (let head = 0; head < width; head += headSize)
      for (let i = head; i < head + half; i++) {
        const scale = (Math.sqrt(squares[i] ?? 0) * length * headroom) / most || 1;
        target.k.scales[i] = scale;
        target.k.scales[i + half] = scale;
      }
    for (let i = 0; i < width; i++) target.v.scales[i] = ((largest[i] ?? 0) * headroom) / most || 1;
  }

  /** Rotates and rounds rows into slots. @param slots, positions one a row */
  #fill(layer: number, rows: readonly number[], slots: readonly number[], positions: readonly number[]): void {
    const { headSize, kvHeads } = this.#h;
    const half = headSize / 2;
    const width = kvHeads * headSize;
    const target = this.#layers[layer];
    const furthest = positions.reduce((far, position) => Math.max(far, position), 0);
    const rotation = this.#tables?.upTo(furthest + 1);
    const cos = rotation?.cos.data;
    const sin = rotation?.sin.data;
    if (!target || !(cos instanceof Float32Array) || !(sin instanceof Float32Array)) throw new Error('nothing to fill');
    const x = this.#rows;
    const { data: keys } = target.k;
    const { data: values } = target.v;
    const perKey = target.k.scales.map((scale) => 1 / scale);
    const perValue = target.v.scales.map((scale) => 1 / scale);
    const perHead = this.#capacity * headSize;
    for (const { at, row, count } of runsOf(rows)) {
      this.#cache.read(layer, 'k', row, count, x);
      for (let n = 0; n < count; n++) {
        const angles = (positions[at + n] ?? 0) * half;
        let to = (slots[at + n] ?? 0) * headSize;
        for (let head = 0; head < width; head += headSize, to += perHead)
          for (let i = 0; i < half; i++) {
            const a = x[n * width + head + i] ?? 0;
            const b = x[n * width + head + half + i] ?? 0;
            const c = cos[angles + i] ?? 1;
            const s = sin[angles + i] ?? 0;
            const per = perKey[head + i] ?? 1;
            keys[to + i] = rounded((a * c - b * s) * per);
            keys[to + half + i] = rounded((b * c + a * s) * per);
          }
      }
      this.#cache.read(layer, 'v', row, count, x);
      for (let n = 0; n < count; n++) {
        let to = (slots[at + n] ?? 0) * headSize;
        for (let head = 0; head < width; head += headSize, to += perHead)
          for (let i = 0; i < headSize; i++)
            values[to + i] = rounded((x[n * width + head + i] ?? 0) * (perValue[head + i] ?? 1));
      }
    }
  }

  /** Makes room; what is there stays. */
  #reserve(slots: number): void {
    if (slots <= this.#capacity) return;
    const { headSize, kvHeads } = this.#h;
    const capacity = Math.ceil(Math.max(slots, 1.25 * this.#capacity) / slotStep) * slotStep;
    const held = this.#slots.length * headSize;
    const shape = [1, kvHeads, capacity, headSize];
    this.#feeds = {};
    this.#fetches = { logits: null };
    for (const [layer, sides] of this.#layers.entries()) {
      const n = String(layer);
      for (const side of ['k', 'v'] as const) {
        const copied = sides[side];
        const data = new Int8Array(kvHeads * capacity * headSize);
        for (let head = 0; head < kvHeads; head++) {
          const from = head * this.#capacity * headSize;
          data.set(copied.data.subarray(from, from + held), head * capacity * headSize);
        }
        copied.data = data;
        const tensor = new Tensor('int8', data, shape);
        this.#feeds[`copy_${side}_${n}`] = tensor;
        this.#feeds[`copy_${side}_scale_${n}`] = new Tensor('float32', copied.scales, [kvHeads * headSize]);
        this.#fetches[`held_${side}_${n}`] = tensor;
      }
      this.#fetches[`qkv_${n}`] = null;
    }
    this.#capacity = capacity;
  }
}

/** To the nearest whole number that fits; the sum is positive, so that cutting it off rounds down. */
function rounded(value: number): number {
  const whole = ((value + most + 1.5) | 0) - most - 1;
  return whole > most ? most : whole < -most ? -most : whole;
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
