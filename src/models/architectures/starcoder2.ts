/** StarCoder2 (Lozhkov et al. 2024): layer norms and linear layers with biases, one product into a GELU, a sliding window. */
import { type Architecture, usualNames } from './architecture.ts';
import { readActivation } from '../graphs/activations.ts';
import { plainDesign } from './design.ts';
import { readWindow, rotatedDecoder } from '../description/decoder-settings.ts';

export const starcoder2: Architecture = {
  name: 'starcoder2',
  modelTypes: ['starcoder2'],
  tensorNames: {
    ...usualNames,
    'blk.{i}.ffn_up': 'layers.{i}.mlp.c_fc',
    'blk.{i}.ffn_down': 'layers.{i}.mlp.c_proj',
  },
  describe: (facts) => {
    const { settings } = facts;
    const activation = readActivation(settings, 'gelu-tanh');
    return rotatedDecoder(facts, { ...plainDesign, norm: 'layer', gated: false, activation }, readWindow(settings));
  },
};
