/**
 * Ways to join chunks whose keys and values were computed apart, each behind the same prefix: which of their tokens are computed again
 * where they stand now.
 */

export type Repair =
  | { readonly kind: 'none' }
  /**
   * None, and all chunks stand at the same positions, with their scores divided by a temperature (APE, Yang et al. 2025; its scale of
   * the chunks' share cannot be a mask).
   */
  | { readonly kind: 'stacked'; readonly temperature: number }
  /** The first `tokens` of each chunk but the first one (EPIC's LegoLink, Hu et al. 2024). */
  | { readonly kind: 'first'; readonly tokens: number }
  /** The share of all tokens whose values are furthest off in the second layer (CacheBlend, Yao et al. 2024). */
  | { readonly kind: 'furthest'; readonly share: number };

/** How the chunks of an answer are joined. */
export const answerRepair: Repair = { kind: 'first', tokens: 8 };

/**
 * Which tokens are computed again.
 * @param lengths of the chunks
 * @param deviation of each token, over all chunks; needed for `furthest` alone
 * @returns their indexes over all chunks, ascending
 */
export function repaired(
  repair: Repair,
  lengths: readonly number[],
  deviation: Float64Array | null,
): readonly number[] {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (repair.kind === 'none' || repair.kind === 'stacked') return [];
  if (repair.kind === 'first') {
    const chosen: number[] = [];
    let first = 0;
    for (const [i, length] of lengths.entries()) {
      for (let t = 0; i > 0 && t < Math.min(repair.tokens, length); t++) chosen.push(first + t);
      first += length;
    }
    return chosen;
  }
  if (deviation?.length !== total) throw new RangeError('a deviation of every token is needed');
  const order = Array.from({ length: total }, (_, i) => i).sort((a, b) => (deviation[b] ?? 0) - (deviation[a] ?? 0));
  return order.slice(0, Math.round(repair.share * total)).sort((a, b) => a - b);
}

/** How far values are off, squared and summed over the channels. @param a, b float32 [count, width] */
export function deviationOf(a: Float32Array, b: Float32Array, count: number): Float64Array {
  const width = a.length / Math.max(count, 1);
  return Float64Array.from({ length: count }, (_, t) => {
    let sum = 0;
    for (let i = t * width; i < (t + 1) * width; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
    return sum;
  });
}
