/** Qwen3 (Yang et al. 2025): llama with an RMS norm of every query and key head. */
import { type Architecture, type TensorNames, usualNames } from './architecture.ts';
import { describeQwen, maxWindowLayers } from './qwen2.ts';

export const qwen3Names: TensorNames = {
  ...usualNames,
  'blk.{i}.attn_q_norm': 'layers.{i}.self_attn.q_norm',
  'blk.{i}.attn_k_norm': 'layers.{i}.self_attn.k_norm',
};

export const qwen3: Architecture = {
  name: 'qwen3',
  modelTypes: ['qwen3'],
  tensorNames: qwen3Names,
  describe: (facts) => describeQwen(facts, maxWindowLayers(facts.settings)),
};
