/**
 * NTK-mixed (Su 2023, kexue.fm 9706): frequency i becomes f exp(-a (i + 1)^b) with a = ln k / (d/2)^b, so that the last pair is
 * slowed by exactly k and the first barely. Goes with the log-n query scale.
 */
import { type RopeFrequencies, type RopeShape, defaultFrequencies } from './frequencies.ts';

/** The author's exponent; 1 would be NTK-aware with all the slowing in the base. */
const defaultExponent = 0.75;

/** @param factor k @param exponent b */
export function ntkMixed(shape: RopeShape, factor: number, exponent = defaultExponent): RopeFrequencies {
  const a = Math.log(factor) / (shape.dimensions / 2) ** exponent;
  return {
    frequencies: defaultFrequencies(shape).map((f, i) => f * Math.exp(-a * (i + 1) ** exponent)),
    attentionFactor: 1,
  };
}
