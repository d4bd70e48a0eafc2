/**
 * ALiBi (Press et al. 2022, arXiv 2108.12409): the score of a key that is delta behind loses m delta, with a slope m a head:
 * 2^(-8h/H), h = 1..H. Where H is no power of two: the slopes of the power below, then every second one of the power above.
 */

/** Slopes of all heads, in order. */
export function alibiSlopes(heads: number): Float64Array {
  const power = 2 ** Math.floor(Math.log2(heads));
  return Float64Array.from({ length: heads }, (_, h) =>
    h < power ? slope(h + 1, power) : slope(2 * (h - power) + 1, 2 * power),
  );
}

/** @param h of the head, from 1 @param heads a power of two */
function slope(h: number, heads: number): number {
  return 2 ** ((-8 * h) / heads);
}
