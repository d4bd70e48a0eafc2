/** Qwen3's mixture of experts (Yang et al. 2025): qwen3 whose feed-forwards are chosen, some for every token, by a router. */
import { say } from '../../base/sentences.ts';
import type { Architecture } from './architecture.ts';
import type { Experts } from './design.ts';
import type { Hyperparameters } from '../description/hyperparameters.ts';
import { describeQwen } from './qwen2.ts';
import { qwen3Names } from './qwen3.ts';
import { type Settings, limits, unsupported } from '../description/settings.ts';

export const qwen3moe: Architecture = {
  name: 'qwen3moe',
  modelTypes: ['qwen3_moe'],
  tensorNames: {
    ...qwen3Names,
    'blk.{i}.ffn_gate_inp': 'layers.{i}.mlp.gate',
    'blk.{i}.ffn_gate.{e}': 'layers.{i}.mlp.experts.{e}.gate_proj',
    'blk.{i}.ffn_up.{e}': 'layers.{i}.mlp.experts.{e}.up_proj',
    'blk.{i}.ffn_down.{e}': 'layers.{i}.mlp.experts.{e}.down_proj',
    // The library's own state, which some files hold as it is: gate and up of all experts in one, without a suffix.
    'blk.{i}.ffn_gate_up_exps': 'layers.{i}.mlp.experts.gate_up_proj',
    'blk.{i}.ffn_down_exps': 'layers.{i}.mlp.experts.down_proj',
  },
  describe: (facts) => {
    // The library lets all of its layers slide, whatever `max_window_layers` says.
    const h = describeQwen(facts, 0);
    return { ...h, design: { ...h.design, experts: readExperts(facts.settings, h) } };
  },
};

function readExperts(settings: Settings, { layers, feedForward }: Hyperparameters): Experts {
  const count = settings.size('experts', limits.experts);
  const used = settings.size('expertsUsed', limits.experts);
  if (used > count) unsupported(say('{0} of {1} experts are used', String(used), String(count)));
  return {
    count,
    used,
    feedForward: settings.size('expertFeedForward', limits.feedForward, feedForward),
    // llama.cpp has no setting for it: its files are of models that do.
    normalised: settings.format === 'gguf' || settings.config('norm_topk_prob') === true,
    layers: Array.from({ length: layers }, (_, i) => hasExperts(settings, i)),
  };
}

function hasExperts(settings: Settings, layer: number): boolean {
  const dense = settings.config('mlp_only_layers');
  if (Array.isArray(dense) && dense.includes(layer)) return false;
  return (layer + 1) % settings.positiveOf(settings.config('decoder_sparse_step'), 1, 'decoder_sparse_step') === 0;
}
