/**
 * LongRoPE (Ding et al. 2024, arXiv 2402.13753) as phi3 carries it: every pair has a divisor of its own, found by search, one
 * list for texts within the original context and one for longer ones; cosine and sine grow by sqrt(1 + ln s / ln L).
 */
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import { type RopeFrequencies, type RopeShape, defaultFrequencies } from './frequencies.ts';

export interface LongRopeOptions {
  /** Divisors up to the original context, one a pair. */
  readonly shortFactors: readonly number[];
  /** Divisors beyond it, one a pair. */
  readonly longFactors: readonly number[];
  /** How many times the original context the model reaches (s above). */
  readonly factor: number;
  /** Factor on cosine and sine in place of the formula. */
  readonly attentionFactor?: number;
}

/**
 * @param length tokens in all that the tables are for
 * @throws LS3003 when there is not one divisor a pair
 */
export function longRope(shape: RopeShape, length: number, options: LongRopeOptions): RopeFrequencies {
  const divisors = length > shape.contextLength ? options.longFactors : options.shortFactors;
  const plain = defaultFrequencies(shape);
  if (divisors.length !== plain.length)
    throw fault('LS3003', say('longrope has {0} factors for {1} pairs', String(divisors.length), String(plain.length)));
  const { factor } = options;
  const temperature = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(shape.contextLength));
  return {
    frequencies: plain.map((f, i) => f / (divisors[i] ?? 1)),
    attentionFactor: options.attentionFactor ?? temperature,
  };
}
