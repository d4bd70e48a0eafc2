/**
 * Keys or values of some tokens as they go to the disk: a byte a number. The mean of each channel is taken off first, because un-rotated
 * keys have channels that are large in every token (KIVI, Liu et al. 2024); what is left of a head of a token is scaled so that its
 * largest number becomes 127.
 */
import type { RowShape } from '../cache/cache-rows.ts';

const most = 127;

export interface CompactRows {
  /** [kvHeads * headSize] */
  readonly means: Float32Array;
  /** [count, kvHeads] */
  readonly scales: Float32Array;
  /** [count, kvHeads * headSize] */
  readonly bytes: Int8Array;
}

/** How many numbers of each part `count` tokens have. */
export function compactSizes(
  { kvHeads, headSize }: RowShape,
  count: number,
): { readonly means: number; readonly scales: number; readonly bytes: number } {
  return { means: kvHeads * headSize, scales: count * kvHeads, bytes: count * kvHeads * headSize };
}

/** @param rows float32 [count, kvHeads * headSize] */
export function toCompact(rows: Float32Array, count: number, shape: RowShape): CompactRows {
  const { headSize } = shape;
  const sizes = compactSizes(shape, count);
  const width = sizes.means;
  const sums = new Float64Array(width);
  for (let at = 0; at < sizes.bytes; at += width)
    for (let i = 0; i < width; i++) sums[i] = (sums[i] ?? 0) + (rows[at + i] ?? 0);
  const means = Float32Array.from(sums, (sum) => sum / Math.max(count, 1));
  const scales = new Float32Array(sizes.scales);
  const bytes = new Int8Array(sizes.bytes);
  for (let head = 0; head < sizes.scales; head++) {
    const start = head * headSize;
    const channel = start % width;
    let largest = 0;
    for (let i = 0; i < headSize; i++)
      largest = Math.max(largest, Math.abs((rows[start + i] ?? 0) - (means[channel + i] ?? 0)));
    const inverse = largest === 0 ? 0 : most / largest;
    for (let i = 0; i < headSize; i++)
      bytes[start + i] = Math.round(((rows[start + i] ?? 0) - (means[channel + i] ?? 0)) * inverse);
    scales[head] = largest / most;
  }
  return { means, scales, bytes };
}

/** @returns float32 [to - from, kvHeads * headSize] */
export function fromCompact(
  { means, scales, bytes }: CompactRows,
  { headSize }: RowShape,
  from: number,
  to: number,
): Float32Array {
  const width = means.length;
  const rows = new Float32Array((to - from) * width);
  const first = from * width;
  for (let start = 0; start < rows.length; start += headSize) {
    const scale = scales[(first + start) / headSize] ?? 0;
    const channel = start % width;
    for (let i = 0; i < headSize; i++)
      rows[start + i] = (bytes[first + start + i] ?? 0) * scale + (means[channel + i] ?? 0);
  }
  return rows;
}
