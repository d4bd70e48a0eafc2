/** Added tokens with every flag (`normalized`, `lstrip`, `rstrip`, `single_word`, `special`): the ids of the tokenizers library. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { tokenizerFromJson } from '../../src/models/tokenizer/from-json.ts';
import { type Tokenizer, createTokenizer } from '../../src/models/tokenizer/tokenizer.ts';

interface Vectors {
  readonly letters: string;
  readonly texts: readonly string[];
  readonly cases: readonly {
    readonly name: string;
    readonly normalizer: object | null;
    readonly added: readonly { readonly id: number; readonly content: string; readonly normalized?: boolean }[];
    readonly ids: readonly (readonly number[])[];
  }[];
}
const file = path.join(import.meta.dirname, '../fixtures/tokenizers/added-tokens.json');
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;

function tokenizerOf({ normalizer, added }: Pick<Vectors['cases'][number], 'normalizer' | 'added'>): Tokenizer {
  const vocab = Object.fromEntries(['<unk>', ...Array.from(vectors.letters), ' '].map((content, id) => [content, id]));
  const json = {
    added_tokens: added.map((token) => ({ ...token, normalized: token.normalized ?? false })),
    normalizer,
    model: { type: 'BPE', unk_token: '<unk>', vocab, merges: [] },
  };
  return createTokenizer(tokenizerFromJson(JSON.stringify(json)));
}

describe('added tokens', () => {
  for (const one of vectors.cases)
    it(one.name === '' ? 'none' : one.name, () => {
      const tokenizer = tokenizerOf(one);
      for (const [i, text] of vectors.texts.entries())
        assert.deepEqual(tokenizer.encode(text, { parseSpecial: true }), one.ids[i], JSON.stringify(text));
    });

  it('that are control tokens are not recognised in a text of someone else', () => {
    for (const one of vectors.cases) {
      const tokenizer = tokenizerOf(one);
      const control = one.added.find(({ content }) => content === '<S>')?.id ?? -1;
      for (const text of vectors.texts) assert.ok(!tokenizer.encode(text).includes(control), JSON.stringify(text));
    }
  });
});
