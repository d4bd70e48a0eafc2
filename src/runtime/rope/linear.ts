/**
 * Position interpolation (Chen et al. 2023, arXiv 2306.15595): positions are divided by the factor, which is to say every
 * frequency is. Dynamic: the factor follows from the length, max(1, length / trained length).
 */
import { type RopeFrequencies, type RopeShape, defaultFrequencies } from './frequencies.ts';

export function linear(shape: RopeShape, factor: number): RopeFrequencies {
  return { frequencies: defaultFrequencies(shape).map((f) => f / factor), attentionFactor: 1 };
}

/** @param length tokens in all that the tables are for */
export function dynamicLinear(shape: RopeShape, length: number): RopeFrequencies {
  return linear(shape, Math.max(1, length / shape.contextLength));
}
