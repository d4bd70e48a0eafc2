/** Attention masks as data: what is added to the score of query i and key j, 0 where it may look and minus infinity elsewhere. */
import type { CacheWindow } from './decoder.ts';

const hidden = Number.NEGATIVE_INFINITY;

/** Every new token sees all cached ones, those before it and itself. @returns float32 [count, past + count] */
export function causalMask(count: number, past: number): Float32Array {
  const keys = past + count;
  const mask = new Float32Array(count * keys);
  for (let t = 0; t < count; t++) mask.fill(hidden, t * keys + past + t + 1, (t + 1) * keys);
  return mask;
}

/**
 * Sinks + window: key j is seen from i when j <= i and (j < sinks or i - j <= recent), i and j counted in the text.
 * @param first position in the text of the first new token; the cache holds the sinks and the last of what came before
 * @returns float32 [count, past + count]
 */
export function windowMask(count: number, past: number, first: number, { sinks, recent }: CacheWindow): Float32Array {
  const keys = past + count;
  const mask = new Float32Array(count * keys).fill(hidden);
  // Column c stands for text position c + gone once it is past the sinks.
  const gone = first - past;
  for (let t = 0; t < count; t++) {
    const i = first + t;
    const row = t * keys;
    mask.fill(0, row, row + Math.min(sinks, i + 1));
    const oldest = Math.max(sinks, i - recent - gone);
    mask.fill(0, row + oldest, row + Math.max(oldest, past + t + 1));
  }
  return mask;
}
