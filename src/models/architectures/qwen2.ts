/** Qwen2 (Yang et al. 2024): llama with biases on queries, keys and values; its upper layers may slide. */
import { type Architecture, usualNames } from './architecture.ts';
import { readActivation } from '../graphs/activations.ts';
import { plainDesign } from './design.ts';
import {
  type ModelFacts,
  readWindow,
  rotatedDecoder,
  slidingLayers,
  twoGroups,
} from '../description/decoder-settings.ts';
import type { Hyperparameters } from '../description/hyperparameters.ts';
import type { Settings } from '../description/settings.ts';

export const qwen2: Architecture = {
  name: 'qwen2',
  modelTypes: ['qwen2'],
  tensorNames: usualNames,
  describe: (facts) => describeQwen(facts, maxWindowLayers(facts.settings)),
};

/** Qwen2 and those after it. @param firstSliding the layers below it see everything */
export function describeQwen(facts: ModelFacts, firstSliding: number): Hyperparameters {
  const { settings } = facts;
  const h = rotatedDecoder(facts, { ...plainDesign, activation: readActivation(settings, 'silu') });
  const window = settings.config('use_sliding_window') === true ? readWindow(settings) : null;
  const [full] = h.attentionGroups;
  if (window === null || !full) return h;
  const sliding = slidingLayers(settings, h.layers) ?? h.groupOfLayer.map((_, i) => i >= firstSliding);
  return { ...h, ...twoGroups(full, { ...full, window }, sliding) };
}

export function maxWindowLayers(settings: Settings): number {
  const first = settings.config('max_window_layers');
  return typeof first === 'number' ? first : Number.POSITIVE_INFINITY;
}
