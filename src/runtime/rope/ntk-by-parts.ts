/**
 * NTK-by-parts as the YaRN paper writes it (Peng et al. 2023, section 3.2): with r = trained length / wavelength,
 * gamma(r) = 0 below alpha, 1 above beta, linear between, and frequency = (1 - gamma) f / s + gamma f. The ramp is over r, where
 * YaRN's code has one over the pair's index; and there is no attention factor.
 */
import { type RopeFrequencies, type RopeShape, defaultFrequencies } from './frequencies.ts';

export interface NtkByPartsOptions {
  /** Turns within the trained length below which a pair is interpolated. */
  readonly alpha?: number;
  /** Turns within the trained length above which a pair stays. */
  readonly beta?: number;
}

export function ntkByParts(
  shape: RopeShape,
  factor: number,
  { alpha = 1, beta = 32 }: NtkByPartsOptions = {},
): RopeFrequencies {
  const frequencies = defaultFrequencies(shape).map((f) => {
    const turns = (shape.contextLength * f) / (2 * Math.PI);
    const kept = Math.min(1, Math.max(0, (turns - alpha) / (beta - alpha)));
    return (1 - kept) * (f / factor) + kept * f;
  });
  return { frequencies, attentionFactor: 1 };
}
