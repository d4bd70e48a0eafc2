/**
 * YaRN (Peng et al. 2023, arXiv 2309.00071): pairs that turn many times within the trained length stay, pairs that do not
 * finish a turn are interpolated, those between are blended along a ramp over the pair's index; cosine and sine grow by
 * 0.1 ln(factor) + 1, the logits by its square. As in the authors' code and the transformers library.
 */
import { type RopeFrequencies, type RopeShape, defaultFrequencies } from './frequencies.ts';
import { indexRamp } from './index-ramp.ts';

export interface YarnOptions {
  /** Turns within the trained length from which a pair stays. */
  readonly betaFast?: number;
  /** Turns within the trained length below which a pair is interpolated. */
  readonly betaSlow?: number;
  /** Whether the ends of the ramp are rounded to whole pairs, outwards. */
  readonly truncate?: boolean;
  /** Factor on cosine and sine in place of the formula. */
  readonly attentionFactor?: number;
  /** Both given (DeepSeek): the attention factor is (0.1 mscale ln s + 1) / (0.1 mscaleAllDim ln s + 1). */
  readonly mscale?: number;
  readonly mscaleAllDim?: number;
}

const defaultBetaFast = 32;
const defaultBetaSlow = 1;

export function yarn(shape: RopeShape, factor: number, options: YarnOptions = {}): RopeFrequencies {
  const { betaFast = defaultBetaFast, betaSlow = defaultBetaSlow, truncate = true } = options;
  const ramp = indexRamp(shape, betaFast, betaSlow, truncate);
  const frequencies = defaultFrequencies(shape).map((f, i) => {
    const interpolated = ramp(i);
    return (f / factor) * interpolated + f * (1 - interpolated);
  });
  return { frequencies, attentionFactor: options.attentionFactor ?? temperature(factor, options) };
}

/** @param length tokens in all that the tables are for; up to the trained length nothing changes (Dynamic-YaRN, section 3.3) */
export function dynamicYarn(shape: RopeShape, length: number, options: YarnOptions = {}): RopeFrequencies {
  return yarn(shape, Math.max(1, length / shape.contextLength), options);
}

function temperature(factor: number, { mscale, mscaleAllDim }: YarnOptions): number {
  if (factor <= 1) return 1;
  const grown = (share: number): number => 0.1 * share * Math.log(factor) + 1;
  return mscale && mscaleAllDim ? grown(mscale) / grown(mscaleAllDim) : grown(1);
}
