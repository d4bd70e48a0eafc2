/** How many tokens are computed at once, by what a step takes of memory. */
import type { Hyperparameters } from '../../models/description/hyperparameters.ts';

/** Most tokens a slice: larger ones gain little speed and make a cancellation wait. */
export const longestSlice = 256;
/** Most bytes of attention scores (a layer's) and logits a slice may need. */
const sliceBytes = 64 * 1024 * 1024;

/** @param cached tokens that are held already @param want logits of the last token or of every one */
export function sliceLengthAt(
  { heads, vocabulary }: Pick<Hyperparameters, 'heads' | 'vocabulary'>,
  cached: number,
  want: 'last' | 'all',
): number {
  const numbers = heads * (cached + longestSlice) + (want === 'all' ? vocabulary : 0);
  return Math.max(1, Math.min(longestSlice, Math.floor(sliceBytes / (numbers * Float32Array.BYTES_PER_ELEMENT))));
}
