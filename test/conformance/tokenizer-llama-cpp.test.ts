/** Ids of llama.cpp's own test texts, for each of its vocabularies that can be had. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tokenizerFixture, vocabulary } from '../support/vocabularies.ts';

interface Vector {
  readonly text: string;
  readonly ids: readonly number[];
}

const vectors = tokenizerFixture('llama-cpp-vectors') as Record<string, readonly Vector[]>;

/** The same pieces under other names; `renumbered` where only the numbers differ. */
const stands: Readonly<Record<string, { readonly name: string; readonly renumbered?: boolean }>> = {
  'deepseek-r1-qwen': { name: 'qwen2' },
  'roberta-bpe': { name: 'gpt-2', renumbered: true },
};
/** llama.cpp hands out the vectors but not the vocabulary. */
const lacking = new Set(['chameleon']);

describe("llama.cpp's tokenizer vectors", () => {
  it('are 46 texts for each of 16 vocabularies', () => {
    assert.equal(Object.keys(vectors).length, 16);
    assert.ok(Object.values(vectors).every((cases) => cases.length === 46));
  });

  for (const [name, cases] of Object.entries(vectors))
    it(name, async (t) => {
      if (lacking.has(name)) {
        t.skip('lacks a vocabulary: llama.cpp hands none out');
        return;
      }
      const { name: file, renumbered } = stands[name] ?? { name };
      const tokenizer = await vocabulary(`gguf:${file}`);
      if (!tokenizer) {
        t.skip(`needs the vocabulary ${file}: node test/support/vocabularies.ts`);
        return;
      }
      const numbers = new Map<number, number>();
      for (const { text, ids } of cases) {
        const actual = tokenizer.encode(text);
        if (!renumbered) assert.deepEqual(actual, ids, JSON.stringify(text));
        else {
          assert.equal(actual.length, ids.length, JSON.stringify(text));
          actual.forEach((id, i) => {
            assert.equal(numbers.get(id) ?? ids[i], ids[i], `one number for each piece, in ${JSON.stringify(text)}`);
            numbers.set(id, ids[i] ?? -1);
          });
        }
      }
      assert.equal(new Set(numbers.values()).size, numbers.size);
    });
});
