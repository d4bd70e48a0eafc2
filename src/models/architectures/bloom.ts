/** BLOOM (BigScience 2022): ALiBi, a layer norm of the embedding, q, k, v in one tensor that its checkpoints store head by head. */
import type { Architecture } from './architecture.ts';
import { plainDesign } from './design.ts';
import { readSizes } from '../description/decoder-settings.ts';
import { interleavedHeads } from '../description/row-order.ts';
import { limits } from '../description/settings.ts';

/** The steepest slope is fixed in its code. */
const maxBias = 8;
/** Its configurations seldom name the length they were trained with. */
const trainedLength = 2048;

export const bloom: Architecture = {
  name: 'bloom',
  modelTypes: ['bloom'],
  tensorNames: {
    token_embd: 'word_embeddings',
    token_embd_norm: 'word_embeddings_layernorm',
    output_norm: 'ln_f',
    'blk.{i}.attn_norm': 'h.{i}.input_layernorm',
    'blk.{i}.attn_qkv': 'h.{i}.self_attention.query_key_value',
    'blk.{i}.attn_output': 'h.{i}.self_attention.dense',
    'blk.{i}.ffn_norm': 'h.{i}.post_attention_layernorm',
    'blk.{i}.ffn_up': 'h.{i}.mlp.dense_h_to_4h',
    'blk.{i}.ffn_down': 'h.{i}.mlp.dense_4h_to_h',
  },
  rowOrders: (format, { heads, headSize }): Readonly<Record<string, ReturnType<typeof interleavedHeads>>> =>
    format === 'safetensors' ? { attn_qkv: interleavedHeads(heads, headSize) } : {},
  describe: (facts) => {
    const { settings } = facts;
    const sizes = readSizes(facts, {
      feedForward: 4 * settings.size('hidden', limits.hidden),
      contextLength: trainedLength,
    });
    return {
      architecture: 'bloom',
      ...sizes,
      epsilon: settings.positive('normEpsilon', 1e-5),
      attentionScale: sizes.headSize ** -0.5,
      alibi: true,
      alibiMaxBias: maxBias,
      attentionGroups: [{ window: null, rope: null }],
      groupOfLayer: new Array<number>(sizes.layers).fill(0),
      design: {
        ...plainDesign,
        norm: 'layer',
        activation: 'gelu-tanh',
        gated: false,
        residualIsNormed: settings.config('apply_residual_connection_post_layernorm') === true,
      },
    };
  },
};
