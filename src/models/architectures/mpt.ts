/** MPT (MosaicML 2023): ALiBi, layer norms without biases, queries, keys and values clipped where the file says so. */
import { say } from '../../base/sentences.ts';
import type { Architecture } from './architecture.ts';
import { plainDesign } from './design.ts';
import { readSizes } from '../description/decoder-settings.ts';
import { asRecord, limits, unsupported } from '../description/settings.ts';

export const mpt: Architecture = {
  name: 'mpt',
  modelTypes: ['mpt'],
  tensorNames: {
    token_embd: 'wte',
    output_norm: 'norm_f',
    'blk.{i}.attn_norm': 'blocks.{i}.norm_1',
    'blk.{i}.attn_qkv': 'blocks.{i}.attn.Wqkv',
    'blk.{i}.attn_output': 'blocks.{i}.attn.out_proj',
    'blk.{i}.ffn_norm': 'blocks.{i}.norm_2',
    'blk.{i}.ffn_up': 'blocks.{i}.ffn.up_proj',
    'blk.{i}.ffn_down': 'blocks.{i}.ffn.down_proj',
  },
  describe: (facts) => {
    const { settings } = facts;
    const attention = asRecord(settings.config('attn_config')) ?? {};
    const optional = (key: string, value: unknown): number | null =>
      settings.positiveOf(value === null || value === 0 ? undefined : value, null, key);
    // The library builds its slopes with 8 whatever `alibi_bias_max` says; llama.cpp goes by what its files say.
    const stated = settings.gguf('attention.max_alibi_bias');
    if (stated === 0 || attention['alibi'] === false || attention['prefix_lm'] === true || attention['qk_ln'] === true)
      unsupported(say('this MPT model has learned positions, a prefix or norms of its heads'));
    const sizes = readSizes(facts, { feedForward: 4 * settings.size('hidden', limits.hidden) });
    return {
      architecture: 'mpt',
      ...sizes,
      epsilon: settings.positive('normEpsilon', 1e-5),
      attentionScale: optional('softmax_scale', attention['softmax_scale']) ?? sizes.headSize ** -0.5,
      alibi: true,
      alibiMaxBias: optional('max_alibi_bias', stated) ?? 8,
      attentionGroups: [{ window: null, rope: null }],
      groupOfLayer: new Array<number>(sizes.layers).fill(0),
      design: {
        ...plainDesign,
        norm: 'layer',
        activation: 'gelu',
        gated: false,
        clip: optional('clip_qkv', settings.gguf('attention.clamp_kqv') ?? attention['clip_qkv']),
      },
    };
  },
};
