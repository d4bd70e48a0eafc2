/** Position interpolation (Chen et al. 2023): positions are divided by the factor, which is to say every frequency is. */
import { type RopeFrequencies, type RopeShape, defaultFrequencies } from './frequencies.ts';

export function linear(shape: RopeShape, factor: number): RopeFrequencies {
  return { frequencies: defaultFrequencies(shape).map((f) => f / factor), attentionFactor: 1 };
}
