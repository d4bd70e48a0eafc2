/**
 * The ramp over pair indices of YaRN's code and of the first NTK-by-parts: 0 up to the pair that turns `fast` times within the
 * trained length, 1 from the one that turns `slow` times, linear between.
 */
import type { RopeShape } from './frequencies.ts';

/** What an empty range is widened by so as not to divide by zero; the reference's own number. */
const widened = 0.001;

/** @param truncate rounds the ends outwards to whole pairs @returns how far pair i is along the ramp, 0 to 1 */
export function indexRamp(shape: RopeShape, fast: number, slow: number, truncate: boolean): (pair: number) => number {
  const [from, to] = [pairOfTurns(shape, fast), pairOfTurns(shape, slow)];
  const low = Math.max(0, truncate ? Math.floor(from) : from);
  const high = Math.min(shape.dimensions - 1, truncate ? Math.ceil(to) : to);
  const width = high === low ? widened : high - low;
  return (pair) => Math.min(1, Math.max(0, (pair - low) / width));
}

/** The (fractional) pair that turns so many times within the trained length. */
function pairOfTurns({ dimensions, base, contextLength }: RopeShape, turns: number): number {
  return (dimensions * Math.log(contextLength / (turns * 2 * Math.PI))) / (2 * Math.log(base));
}
