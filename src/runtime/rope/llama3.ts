/** Llama 3.1's scaling: long wavelengths are divided by the factor, short ones stay, those between are blended. */
import { type RopeFrequencies, type RopeShape, defaultFrequencies } from './frequencies.ts';

/** How many wavelengths fit into the trained length: below the first a pair is slowed, above the second it stays. */
const lowTurns = 1;
const highTurns = 4;

export function llama3(shape: RopeShape, factor: number): RopeFrequencies {
  const frequencies = defaultFrequencies(shape).map((f) => {
    const turns = (shape.contextLength * f) / (2 * Math.PI);
    const kept = Math.min(1, Math.max(0, (turns - lowTurns) / (highTurns - lowTurns)));
    return (1 - kept) * (f / factor) + kept * f;
  });
  return { frequencies, attentionFactor: 1 };
}
