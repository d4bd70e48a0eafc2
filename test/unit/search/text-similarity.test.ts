/** Similarities of a question and texts: embedded once, the first ones first, and null for what there is no time for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CancelledError } from '../../../src/base/cancellation.ts';
import type { Embedder } from '../../../src/runtime/embedding/embedder.ts';
import { TextSimilarity } from '../../../src/search/text-similarity.ts';
import { MemoryIndex } from '../../support/memory-index.ts';

const never = new AbortController().signal;

/** A unit vector in the direction of a text's first letter; counts what it embeds. */
function letterEmbedder(maxLetters = 1000): Embedder & { readonly embedded: string[] } {
  const embedded: string[] = [];
  return {
    id: 'letters',
    dimensions: 26,
    maxTokens: maxLetters,
    embedded,
    fits: (text) => text.length <= maxLetters,
    embed: (texts, _, signal) => {
      if (signal?.aborted) return Promise.reject(new CancelledError());
      embedded.push(...texts);
      return Promise.resolve(
        texts.map((text) => Float32Array.from({ length: 26 }, (_value, d) => (text.charCodeAt(0) - 97 === d ? 1 : 0))),
      );
    },
    dispose: () => Promise.resolve(),
  };
}

void describe('similarities of texts', () => {
  void it('embeds each text once, also over two readers of one index', async () => {
    const index = new MemoryIndex([]);
    const embedder = letterEmbedder();
    const options = { kind: 'unit 1', patience: 1000 };
    const first = new TextSimilarity(index, embedder);
    assert.deepEqual(await first.cosines('ask', ['alpha', 'beta', 'alpha'], options, never), [1, 0, 1]);
    assert.deepEqual(embedder.embedded.toSorted(), ['alpha', 'ask', 'beta']);
    const second = new TextSimilarity(index, embedder);
    assert.deepEqual(await second.cosines('beg', ['alpha', 'beta'], options, never), [0, 1]);
    assert.deepEqual(embedder.embedded.toSorted(), ['alpha', 'ask', 'beg', 'beta']);
  });

  void it('says of what is kept how near it is when there is no time, and null of the rest', async () => {
    const index = new MemoryIndex([]);
    const similarity = new TextSimilarity(index, letterEmbedder());
    await similarity.cosines('ask', ['alpha'], { kind: 'unit 1', patience: 1000 }, never);
    const none = { kind: 'unit 1', patience: 0 };
    assert.deepEqual(await similarity.cosines('ask', ['beta', 'alpha'], none, never), [null, 1]);
  });

  void it('cuts what the embedder does not take', async () => {
    const embedder = letterEmbedder(20);
    const similarity = new TextSimilarity(new MemoryIndex([]), embedder);
    const long = 'a word '.repeat(40);
    await similarity.cosines(long, [long], { kind: 'unit 1', patience: 1000 }, never);
    assert.ok(embedder.embedded.length > 0 && embedder.embedded.every((text) => text.length <= 20));
  });

  void it('stops with its signal', async () => {
    const stopped = new AbortController();
    stopped.abort();
    const similarity = new TextSimilarity(new MemoryIndex([]), letterEmbedder());
    await assert.rejects(
      similarity.cosines('ask', ['alpha'], { kind: 'unit 1', patience: 1000 }, stopped.signal),
      CancelledError,
    );
  });
});
