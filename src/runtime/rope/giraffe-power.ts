/**
 * Giraffe's power scaling (Pal et al. 2023, arXiv 2308.10882): frequency i becomes f (1 - i / (d/2))^p, so slow pairs are
 * slowed most; p = 0 is the unscaled rule. The authors first divide by a linear factor when there is one. Made for fine-tuning:
 * without it, it distorts.
 */
import type { RopeFrequencies, RopeShape } from './frequencies.ts';
import { linear } from './linear.ts';

/** @param exponent p, e.g. 0.1 or 0.5 @param factor of the linear scaling beforehand */
export function giraffePower(shape: RopeShape, exponent: number, factor = 1): RopeFrequencies {
  const pairs = shape.dimensions / 2;
  return {
    frequencies: linear(shape, factor).frequencies.map((f, i) => f * (1 - i / pairs) ** exponent),
    attentionFactor: 1,
  };
}
