/**
 * Keys or values of some tokens as they go to the disk, in one of two precisions.
 *
 * From both the mean of each channel is taken off first, because un-rotated keys have channels that are large in every token. What is
 * left is rounded to multiples of a step:
 *
 * - `coarse`: the step is a fixed part of the spread, of a channel for keys and of a head of a token for values (KIVI, Liu et al. 2024:
 *   keys differ by channel, values by token). Rounding to even steps and coding each number in as many bits as it is rare is within a
 *   quarter of a bit of the best there can be (Gish and Pierce 1968), and unlike four bits a number it has no largest number to clip.
 * - `bytes`: the largest number of a head of a token becomes 127.
 *
 * The first tokens of a text are attention sinks whose rows are far from all others (KVQuant, Hooper et al. 2024): they are kept in
 * float16. The whole numbers are written in Huffman's code, as deflate has it.
 */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { RowShape } from '../cache/cache-rows.ts';
import { fromFloat16, toFloat16 } from '../cache/float16.ts';

export type RowPrecision = 'coarse' | 'bytes';

export interface CompactLayout {
  readonly shape: RowShape;
  readonly side: 'keys' | 'values';
  readonly precision: RowPrecision;
  /** Tokens. */
  readonly count: number;
  /** How many tokens at the beginning are kept in float16. */
  readonly exact: number;
}

export interface CompactRows {
  /** [exact, kvHeads * headSize] */
  readonly first: Float32Array;
  /** [kvHeads * headSize] */
  readonly means: Float32Array;
  /** [kvHeads * headSize] for coarse keys, else [count - exact, kvHeads] */
  readonly steps: Float32Array;
  /** [count - exact, kvHeads * headSize] */
  readonly multiples: Int8Array;
}

const most = 127;
/**
 * In spreads. What keys are off costs eight times as much as what values are (divergence of the next token, Qwen2.5-Coder 0.5B), so that
 * for the same size both cost least where the steps of values are nearly three times those of keys.
 */
const coarseStep = { keys: 0.22, values: 0.56 } as const;
const largestHalf = 65504;

interface Sizes {
  readonly width: number;
  readonly first: number;
  readonly steps: number;
  readonly multiples: number;
}

function sizesOf({ shape: { kvHeads, headSize }, side, precision, count, exact }: CompactLayout): Sizes {
  const width = kvHeads * headSize;
  const rounded = count - exact;
  return {
    width,
    first: exact * width,
    steps: precision === 'coarse' && side === 'keys' ? width : rounded * kvHeads,
    multiples: rounded * width,
  };
}

/** Bytes that {@link packRows} gives at most. */
export function mostPacked(layout: CompactLayout): number {
  const { width, first, steps, multiples } = sizesOf(layout);
  // Deflate adds five bytes to a block that does not become smaller.
  return 2 * (first + width + steps) + multiples + (multiples >> 8) + 64;
}

/** @param rows float32 [count, kvHeads * headSize] */
export function packRows(rows: Float32Array, layout: CompactLayout): Uint8Array {
  const { width, first, steps, multiples } = sizesOf(layout);
  const halves = new Uint16Array(first + width + steps);
  toFloat16(rows.map(representable), 0, halves, 0, first);
  const rest = rows.subarray(first, first + multiples);
  const means = rounded(meansOf(rest, width), halves.subarray(first, first + width));
  const spreads = spreadsOf(rest, means, layout);
  const stepOf = rounded(spreads, halves.subarray(first + width));
  const whole = new Int8Array(multiples);
  const indexOf = stepIndex(layout);
  for (let at = 0; at < multiples; at++) {
    const step = stepOf[indexOf(at)] ?? 0;
    const off = (rest[at] ?? 0) - (means[at % width] ?? 0);
    whole[at] = step === 0 ? 0 : Math.max(-most, Math.min(most, Math.round(off / step)));
  }
  const coded = deflateRawSync(whole, { strategy: constants.Z_HUFFMAN_ONLY, memLevel: 9 });
  return Buffer.concat([new Uint8Array(halves.buffer), coded]);
}

/** @returns null for bytes that are none of {@link packRows} */
export function unpackRows(packed: Uint8Array, layout: CompactLayout): CompactRows | null {
  const { width, first, steps, multiples } = sizesOf(layout);
  const numbers = first + width + steps;
  if (packed.byteLength < 2 * numbers) return null;
  // A copy of its own: the bytes may begin anywhere.
  const halves = new Uint16Array(new Uint8Array(packed.subarray(0, 2 * numbers)).buffer);
  const floats = new Float32Array(numbers);
  fromFloat16(halves, floats);
  const whole = inflated(packed.subarray(2 * numbers), multiples);
  if (!whole || !floats.every(Number.isFinite)) return null;
  return {
    first: floats.subarray(0, first),
    means: floats.subarray(first, first + width),
    steps: floats.subarray(first + width),
    multiples: whole,
  };
}

/** @returns float32 [to - from, kvHeads * headSize] */
export function rowsFrom(
  { first, means, steps, multiples }: CompactRows,
  layout: CompactLayout,
  from: number,
  to: number,
): Float32Array {
  const width = means.length;
  const rows = new Float32Array((to - from) * width);
  rows.set(first.subarray(from * width, to * width));
  const indexOf = stepIndex(layout);
  for (let at = Math.max(from * width, first.length); at < to * width; at++) {
    const i = at - first.length;
    rows[at - from * width] = (multiples[i] ?? 0) * (steps[indexOf(i)] ?? 0) + (means[i % width] ?? 0);
  }
  return rows;
}

/** Which step a number of the rounded rows is a multiple of. */
function stepIndex({ shape: { kvHeads, headSize }, side, precision }: CompactLayout): (at: number) => number {
  const width = kvHeads * headSize;
  return precision === 'coarse' && side === 'keys' ? (at) => at % width : (at) => Math.trunc(at / headSize);
}

function meansOf(rows: Float32Array, width: number): Float32Array {
  const sums = new Float64Array(width);
  for (let at = 0; at < rows.length; at++) sums[at % width] = (sums[at % width] ?? 0) + (rows[at] ?? 0);
  return Float32Array.from(sums, (sum) => sum / Math.max(rows.length / width, 1));
}

function spreadsOf(rows: Float32Array, means: Float32Array, layout: CompactLayout): Float32Array {
  const { width, steps } = sizesOf(layout);
  const indexOf = stepIndex(layout);
  const sums = new Float64Array(steps);
  for (let at = 0; at < rows.length; at++) {
    const off = Math.abs((rows[at] ?? 0) - (means[at % width] ?? 0));
    const i = indexOf(at);
    sums[i] = layout.precision === 'coarse' ? (sums[i] ?? 0) + off ** 2 : Math.max(sums[i] ?? 0, off);
  }
  if (layout.precision === 'bytes') return Float32Array.from(sums, (largest) => largest / most);
  const each = rows.length / Math.max(steps, 1);
  return Float32Array.from(sums, (sum) => coarseStep[layout.side] * Math.sqrt(sum / Math.max(each, 1)));
}

/** The numbers as float16 has them, which are written to `halves`. */
function rounded(numbers: Float32Array, halves: Uint16Array): Float32Array {
  toFloat16(numbers.map(representable), 0, halves, 0, numbers.length);
  const widened = new Float32Array(numbers.length);
  fromFloat16(halves, widened);
  return widened;
}

function representable(value: number): number {
  return Math.max(-largestHalf, Math.min(largestHalf, value));
}

function inflated(coded: Uint8Array, length: number): Int8Array | null {
  try {
    const bytes = inflateRawSync(coded, { maxOutputLength: Math.max(length, 1) });
    return bytes.byteLength === length ? new Int8Array(bytes.buffer, bytes.byteOffset, length) : null;
  } catch {
    return null;
  }
}
