/**
 * Giraffe's basis truncation (Pal et al. 2023, arXiv 2308.10882): with t = 2 pi / T, pairs at least that fast stay, those down
 * to t / 8 all turn at 2 pi / 16 T, slower ones not at all. Made for fine-tuning; the authors first divide by a linear factor
 * when there is one.
 */
import type { RopeFrequencies, RopeShape } from './frequencies.ts';
import { linear } from './linear.ts';

/** Pairs slower than the cut-off by more than this stand still. */
const lowestShare = 8;
const lowWavelengths = 16;

/** @param length T, the trained length unless given @param factor of the linear scaling beforehand */
export function giraffeTruncate(shape: RopeShape, length = shape.contextLength, factor = 1): RopeFrequencies {
  const cutoff = (2 * Math.PI) / length;
  const frequencies = linear(shape, factor).frequencies.map((f) => {
    if (f >= cutoff) return f;
    return f >= cutoff / lowestShare ? cutoff / lowWavelengths : 0;
  });
  return { frequencies, attentionFactor: 1 };
}
