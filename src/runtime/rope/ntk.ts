/**
 * NTK-aware scaling (bloc97 2023): a larger base, b * s^(d/(d-2)), slows the last pair by exactly the factor and leaves the
 * first as it is. Dynamic: the factor follows from the length, and up to the trained length nothing changes.
 */
import { type RopeFrequencies, type RopeShape, defaultFrequencies } from './frequencies.ts';

export function ntk(shape: RopeShape, factor: number): RopeFrequencies {
  const { dimensions, base } = shape;
  const scaled = base * factor ** (dimensions / (dimensions - 2));
  return { frequencies: defaultFrequencies({ dimensions, base: scaled }), attentionFactor: 1 };
}

/** @param factor alpha of the transformers library's `dynamic` @param length tokens in all that the tables are for */
export function dynamicNtk(shape: RopeShape, factor: number, length: number): RopeFrequencies {
  const stretch = Math.max(1, length / shape.contextLength);
  return ntk(shape, factor * stretch - (factor - 1));
}
