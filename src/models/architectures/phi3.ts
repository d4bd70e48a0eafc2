/** Phi-3 and Phi-4 mini (Abdin et al. 2024): llama with one tensor for q, k, v and one for gate and up, LongRoPE, partly rotated heads. */
import { type Architecture, usualNames } from './architecture.ts';
import { readActivation } from '../graphs/activations.ts';
import { plainDesign } from './design.ts';
import { readWindow, rotatedDecoder } from '../description/decoder-settings.ts';

export const phi3: Architecture = {
  name: 'phi3',
  modelTypes: ['phi3'],
  tensorNames: {
    ...usualNames,
    'blk.{i}.attn_qkv': 'layers.{i}.self_attn.qkv_proj',
    'blk.{i}.ffn_up': 'layers.{i}.mlp.gate_up_proj',
  },
  describe: (facts) => {
    const { settings } = facts;
    const design = { ...plainDesign, activation: readActivation(settings, 'silu') };
    return rotatedDecoder(facts, design, readWindow(settings));
  },
};
