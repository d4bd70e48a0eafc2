/** Granite 3 (IBM 2024): llama whose embedding, residuals, attention scores and logits are scaled by numbers of its own. */
import { type Architecture, usualNames } from './architecture.ts';
import { readActivation } from '../graphs/activations.ts';
import { plainDesign } from './design.ts';
import { rotatedDecoder } from '../description/decoder-settings.ts';
import { pairedRows } from '../description/row-order.ts';

export const granite: Architecture = {
  name: 'granite',
  modelTypes: ['granite'],
  tensorNames: usualNames,
  rowOrders: (format, { headSize }) => {
    const paired = pairedRows(headSize);
    return format === 'gguf' ? { attn_q: paired, attn_k: paired } : {};
  },
  describe: (facts) => {
    const { settings } = facts;
    const h = rotatedDecoder(facts, {
      ...plainDesign,
      activation: readActivation(settings, 'silu'),
      embeddingScale: settings.positive('embeddingScale', 1),
      residualScale: settings.positive('residualScale', 1),
      logitScale: 1 / settings.positive('logitDivisor', 1),
    });
    // The library takes 1 where a configuration does not say; llama.cpp the usual root.
    const usual = settings.format === 'gguf' ? h.attentionScale : 1;
    return { ...h, attentionScale: settings.positive('attentionScale', usual) };
  },
};
