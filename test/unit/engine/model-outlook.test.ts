/** What is expected of a model by its size: by its name where that says it, else by the size of its file. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expectation } from '../../../src/engine/decoders/model-outlook.ts';
import { readCatalogue } from '../../../src/models/catalogue.ts';

describe('the outlook of a model', () => {
  it('follows what was measured at its size', async () => {
    const catalogue = await readCatalogue();
    const expected = catalogue
      .filter(({ kind }) => kind === 'decoder')
      .map(({ id, displayName, files }) => [
        id,
        expectation({ id, displayName, size: files.reduce((sum, { size }) => sum + size, 0) }),
      ]);
    assert.deepEqual(Object.fromEntries(expected), {
      'smollm2-135m-instruct-q4_1': 'quotes',
      'gemma-3-1b-it-q4_k_m': 'unknown',
      'gemma-3-4b-it-q4_k_m': 'prose',
      'llama-3.2-1b-instruct-q4_k_m': 'unknown',
      'llama-3.2-3b-instruct-q4_k_m': 'prose',
      'qwen2.5-coder-0.5b-instruct-q4_k_m': 'quotes',
      'qwen2.5-coder-1.5b-instruct-q4_k_m': 'prose',
      'qwen2.5-coder-3b-instruct-q4_k_m': 'prose',
      'qwen2.5-coder-7b-instruct-q4_k_m': 'prose',
      'qwen3-1.7b-q4_k_m': 'prose',
      'qwen3-4b-q4_k_m': 'prose',
    });
  });

  it('takes the size of the file where no name says it, and no part of a name for it', () => {
    const of = (displayName: string, size: number): string => expectation({ id: 'x', displayName, size });
    assert.equal(of('My Coder', 9e8), 'prose');
    assert.equal(of('My Coder', 1e8), 'quotes');
    assert.equal(of('Phi-3.5 (Q4_K_M)', 2.4e9), 'prose');
    assert.equal(of('ollama:smollm2:135m', 9e9), 'quotes');
    assert.equal(of('Mixed 4bit', 1e8), 'quotes');
  });
});
