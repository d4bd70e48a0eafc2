/** Mistral (Jiang et al. 2023): llama with a sliding window in its first release. llama.cpp calls it llama. */
import { type Architecture, usualNames } from './architecture.ts';
import { readActivation } from '../graphs/activations.ts';
import { plainDesign } from './design.ts';
import { readWindow, rotatedDecoder } from '../description/decoder-settings.ts';

export const mistral: Architecture = {
  name: 'mistral',
  modelTypes: ['mistral'],
  tensorNames: usualNames,
  describe: (facts) => {
    const { settings } = facts;
    const design = { ...plainDesign, activation: readActivation(settings, 'silu') };
    return rotatedDecoder(facts, design, readWindow(settings));
  },
};
