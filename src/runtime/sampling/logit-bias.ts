/** Logit bias: nats added to the logits of chosen tokens, before anything else. */
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { Tokenizer } from '../../models/tokenizer/tokenizer.ts';
import type { LogitBias } from '../decoder.ts';

/** The nats to add, by token id. */
export type BiasTable = ReadonlyMap<number, number>;

/**
 * A text stands for every token it is encoded as; what is said later of the same token replaces what was said before.
 * @throws LS3005 for an id outside the vocabulary and a text without tokens
 */
export function biasTable(biases: readonly LogitBias[], tokenizer: Tokenizer): BiasTable {
  const table = new Map<number, number>();
  for (const { token, bias } of biases) {
    const ids = typeof token === 'number' ? [token] : tokenizer.encode(token, { parseSpecial: true });
    if (ids.length === 0) throw fault('LS3005', say('a bias for an empty text'));
    for (const id of ids) {
      if (!Number.isInteger(id) || id < 0 || id >= tokenizer.vocabularySize)
        throw fault('LS3005', say('a bias for token id {0}, which is not in the vocabulary', String(id)));
      table.set(id, bias === 'never' ? Number.NEGATIVE_INFINITY : bias);
    }
  }
  return table;
}

/** @param logits [vocabulary], written to */
export function applyBias(logits: Float32Array, table: BiasTable): void {
  for (const [id, bias] of table) logits[id] = (logits[id] ?? 0) + bias;
}
