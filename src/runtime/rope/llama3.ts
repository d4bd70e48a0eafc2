/**
 * Llama 3.1's scaling (Meta 2024, `rope_type: llama3`): pairs with less than `low` turns within the original context are
 * divided by the factor, those with more than `high` stay, those between are blended by (turns - low) / (high - low).
 */
import { type RopeFrequencies, type RopeShape, defaultFrequencies } from './frequencies.ts';

export interface Llama3Options {
  /** `low_freq_factor`. */
  readonly low?: number;
  /** `high_freq_factor`. */
  readonly high?: number;
}

export function llama3(shape: RopeShape, factor: number, { low = 1, high = 4 }: Llama3Options = {}): RopeFrequencies {
  const frequencies = defaultFrequencies(shape).map((f) => {
    const turns = (shape.contextLength * f) / (2 * Math.PI);
    const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return (1 - kept) * (f / factor) + kept * f;
  });
  return { frequencies, attentionFactor: 1 };
}
