/** Qwen2 (Yang et al. 2024): llama with biases on queries, keys and values; its upper layers may slide. */
import { type Architecture, usualNames } from './architecture.ts';
import { readActivation } from './activations.ts';
import { plainDesign } from './design.ts';
import { type ModelFacts, readWindow, rotatedDecoder, slidingLayers, twoGroups } from './decoder-settings.ts';
import type { Hyperparameters } from './hyperparameters.ts';
import type { Settings } from './settings.ts';

export const qwen2: Architecture = {
  name: 'qwen2',
  modelTypes: ['qwen2'],
  tensorNames: usualNames,
  describe: describeQwen,
};

/** Qwen2 and those after it. */
export function describeQwen(facts: ModelFacts): Hyperparameters {
  const { settings } = facts;
  const h = rotatedDecoder(facts, { ...plainDesign, activation: readActivation(settings, 'silu') });
  const window = settings.config('use_sliding_window') === true ? readWindow(settings) : null;
  const [full] = h.attentionGroups;
  if (window === null || !full) return h;
  const sliding = slidingLayers(settings, h.layers) ?? fromLayer(settings, h.layers);
  return { ...h, ...twoGroups(full, { ...full, window }, sliding) };
}

/** `max_window_layers`: layers below it see everything. */
function fromLayer(settings: Settings, layers: number): readonly boolean[] {
  const first = settings.config('max_window_layers');
  return Array.from({ length: layers }, (_, i) => i >= (typeof first === 'number' ? first : 28));
}
