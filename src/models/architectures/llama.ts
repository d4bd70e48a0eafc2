/**
 * Llama (Touvron et al. 2023): RMS norm, grouped-query attention with RoPE, SwiGLU. SmolLM2, TinyLlama and DeepSeek Coder are of this
 * architecture, and in GGUF files mistral too.
 */
import { say } from '../../base/sentences.ts';
import { type Architecture, usualNames } from './architecture.ts';
import { readActivation } from '../graphs/activations.ts';
import { plainDesign } from './design.ts';
import { readWindow, rotatedDecoder } from '../description/decoder-settings.ts';
import { pairedRows } from '../description/row-order.ts';
import { unsupported } from '../description/settings.ts';

export const llama: Architecture = {
  name: 'llama',
  modelTypes: ['llama'],
  tensorNames: usualNames,
  rowOrders: (format, { headSize }) => {
    const paired = pairedRows(headSize);
    return format === 'gguf' ? { attn_q: paired, attn_k: paired } : {};
  },
  describe: (facts) => {
    const { settings } = facts;
    if (settings.has('experts')) unsupported(say('it is a mixture of experts, of which Longsight runs qwen3moe'));
    const design = { ...plainDesign, activation: readActivation(settings, 'silu') };
    return rotatedDecoder(facts, design, settings.format === 'gguf' ? readWindow(settings) : null);
  },
};
