/**
 * Gemma 3 (Gemma Team 2025): layers with a sliding window and layers that see everything take turns, each kind with its own RoPE base;
 * norms before and after attention and feed-forward, whose weights are stored as w - 1; the embedding is scaled by the root of its width.
 * What Gemma 2 did to attention scores (`attn_logit_softcapping`) is gone: library and llama.cpp ignore the setting.
 */
import { say } from '../../base/sentences.ts';
import { type Architecture, usualNames } from './architecture.ts';
import { readActivation } from '../graphs/activations.ts';
import { plainDesign } from './design.ts';
import { type ModelFacts, readSizes, readWindow, slidingLayers, twoGroups } from '../description/decoder-settings.ts';
import { readRope } from '../description/rope-settings.ts';
import { type Settings, unsupported } from '../description/settings.ts';

/** Every sixth layer sees everything, unless the file says otherwise. */
const usualPattern = 6;
const globalBase = 1e6;
const localBase = 1e4;
/** The one size whose scores are scaled by the width of the stream (llama.cpp goes by the number of layers too). */
const layersOf27B = 62;

export const gemma3: Architecture = {
  name: 'gemma3',
  modelTypes: ['gemma3_text', 'gemma3'],
  tensorNames: {
    ...usualNames,
    'blk.{i}.attn_q_norm': 'layers.{i}.self_attn.q_norm',
    'blk.{i}.attn_k_norm': 'layers.{i}.self_attn.k_norm',
    'blk.{i}.post_attention_norm': 'layers.{i}.post_attention_layernorm',
    'blk.{i}.ffn_norm': 'layers.{i}.pre_feedforward_layernorm',
    'blk.{i}.post_ffw_norm': 'layers.{i}.post_feedforward_layernorm',
  },
  normShift: 1,
  describe: (facts) => {
    const { settings } = facts;
    if (settings.config('use_bidirectional_attention') === true)
      unsupported(say('it uses bidirectional attention, which is for embedding and not for generating text'));
    const sizes = readSizes(facts, { headSize: 256 });
    const context = { ...sizes, tensors: facts.rope };
    const full = {
      window: null,
      rope: readRope(settings, context, { layers: 'full_attention', base: globalBase }),
    };
    const window = readWindow(settings);
    const local = { window, rope: readRope(settings, context, { layers: 'sliding_attention', base: localBase }) };
    const sliding = window === null ? new Array<boolean>(sizes.layers).fill(false) : whichSlide(settings, sizes.layers);
    return {
      architecture: 'gemma3',
      ...sizes,
      epsilon: settings.positive('rmsEpsilon', 1e-6),
      attentionScale: attentionScale(facts, sizes),
      alibi: false,
      alibiMaxBias: 0,
      ...twoGroups(full, local, sliding),
      design: {
        ...plainDesign,
        activation: readActivation(settings, 'gelu-tanh'),
        embeddingScale: Math.sqrt(sizes.hidden),
        logitSoftcap: settings.positive('logitSoftcap', null),
      },
    };
  },
};

function whichSlide(settings: Settings, layers: number): readonly boolean[] {
  const stated = settings.gguf('attention.sliding_window_pattern') ?? settings.config('sliding_window_pattern');
  if (Array.isArray(stated) && stated.length === layers) return stated.map((one) => one === true || one === 1);
  const pattern = settings.positiveOf(stated, usualPattern, 'sliding_window_pattern');
  return slidingLayers(settings, layers) ?? Array.from({ length: layers }, (_, i) => (i + 1) % pattern !== 0);
}

function attentionScale(
  { settings }: ModelFacts,
  { hidden, heads, headSize, layers }: { hidden: number; heads: number; headSize: number; layers: number },
): number {
  if (settings.format === 'gguf') {
    const own = layers === layersOf27B ? hidden / heads : headSize;
    return settings.positive('attentionScale', own ** -0.5);
  }
  return settings.positiveOf(settings.config('query_pre_attn_scalar'), 256, 'query_pre_attn_scalar') ** -0.5;
}
