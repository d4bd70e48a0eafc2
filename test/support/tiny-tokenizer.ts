/** A vocabulary of the given tokens and every byte, so that token boundaries are the test's own; id 0 ends an answer. */
import { tokenizerFromJson } from '../../src/models/tokenizer/from-json.ts';
import { type Tokenizer, createTokenizer } from '../../src/models/tokenizer/tokenizer.ts';

export const endId = 0;

export function tinyTokenizer(tokens: readonly string[]): Tokenizer {
  const vocabulary: Record<string, number> = { '<|end|>': endId };
  const add = (token: string): void => {
    vocabulary[token] ??= Object.keys(vocabulary).length;
  };
  for (let byte = 0; byte < 256; byte += 1) add(byteToken(byte));
  tokens.forEach(add);
  const json = {
    added_tokens: [{ id: endId, content: '<|end|>', special: true }],
    model: { type: 'BPE', vocab: vocabulary, merges: [], byte_fallback: true },
  };
  return createTokenizer(tokenizerFromJson(JSON.stringify(json), { ends: ['<|end|>'] }));
}

export function byteId(tokenizer: Tokenizer, byte: number): number {
  const id = tokenizer.tokenId(byteToken(byte));
  if (id === undefined) throw new RangeError(`no token for the byte ${byte}`);
  return id;
}

function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}
