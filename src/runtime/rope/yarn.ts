/**
 * YaRN (Peng et al. 2023): pairs that turn many times within the trained length stay, pairs that do not finish a turn are
 * interpolated, those between are blended; cosine and sine grow by 0.1 ln(factor) + 1.
 */
import { type RopeFrequencies, type RopeShape, defaultFrequencies } from './frequencies.ts';

/** Turns within the trained length from which a pair stays, and below which it is interpolated. */
const betaFast = 32;
const betaSlow = 1;

export function yarn(shape: RopeShape, factor: number): RopeFrequencies {
  const { dimensions } = shape;
  const low = Math.max(0, Math.floor(pairOfTurns(shape, betaFast)));
  const high = Math.min(dimensions - 1, Math.ceil(pairOfTurns(shape, betaSlow)));
  // The reference widens an empty range a little so as not to divide by zero.
  const width = high === low ? 0.001 : high - low;
  const frequencies = defaultFrequencies(shape).map((f, i) => {
    const interpolated = Math.min(1, Math.max(0, (i - low) / width));
    return (f / factor) * interpolated + f * (1 - interpolated);
  });
  return { frequencies, attentionFactor: factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1 };
}

/** The (fractional) pair that turns so many times within the trained length. */
function pairOfTurns({ dimensions, base, contextLength }: RopeShape, turns: number): number {
  return (dimensions * Math.log(contextLength / (turns * 2 * Math.PI))) / (2 * Math.log(base));
}
