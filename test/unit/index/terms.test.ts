import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ChunkToAnalyse, encodeTerms, termFields } from '../../../src/index/terms/terms.ts';
import { ByteReader, readCounts, readTerms, UnreadableTerms } from '../../../src/index/terms/terms-reader.ts';

interface Decoded {
  readonly vocabulary: readonly { readonly term: string; readonly surface: string | null }[];
  /** By chunk: lengths of fields, and counts of fields by term. */
  readonly chunks: { lengths: number[]; counts: Record<string, number[]> }[];
}

function decode(bytes: Uint8Array): Decoded {
  let vocabulary: Decoded['vocabulary'] = [];
  const chunks: Decoded['chunks'] = [];
  readTerms(bytes, (terms) => {
    vocabulary = Array.from({ length: terms.size }, (_, i) => ({ term: terms.term(i), surface: terms.surface(i) }));
    return {
      chunk: (_, lengths) => chunks.push({ lengths: [...lengths], counts: {} }),
      posting: (term, held, start, end) => {
        const reader = new ByteReader(held, start);
        const counts = new Uint16Array(termFields.length);
        readCounts(reader, counts);
        assert.equal(reader.position, end, 'a posting is as long as it says');
        const entry = vocabulary[term];
        const chunk = chunks.at(-1);
        assert.ok(entry && chunk);
        chunk.counts[entry.term] = [...counts];
      },
    };
  });
  return { vocabulary, chunks };
}

const chunk = (text: string, more: Partial<ChunkToAnalyse> = {}): ChunkToAnalyse => ({
  text,
  comments: [],
  symbols: [],
  scope: [],
  ...more,
});

describe('stored terms', () => {
  it('count words by field: code, comment, definition, scope', () => {
    const text = 'retry(request) // retries a request';
    const { chunks } = decode(
      encodeTerms([
        chunk(text, {
          comments: [{ start: 15, end: text.length }],
          symbols: [{ name: 'retry' }],
          scope: ['HttpClient'],
        }),
      ]),
    );
    assert.deepEqual(chunks[0]?.counts['retri'], [1, 1, 1, 0]);
    assert.deepEqual(chunks[0].counts['request'], [1, 1, 0, 0]);
    assert.deepEqual(chunks[0].counts['httpclient'], [0, 0, 0, 1]);
    // Single letters are no terms; the scope gives http, client and httpclient.
    assert.deepEqual(chunks[0].lengths, [2, 2, 1, 3]);
  });

  it('keep the shortest word of each stem, and none for what is only a whole identifier', () => {
    const { vocabulary } = decode(encodeTerms([chunk('connections connecting connect parseUrl')]));
    const surface = (term: string): string | null | undefined =>
      vocabulary.find((entry) => entry.term === term)?.surface;
    assert.equal(surface('connect'), 'connect');
    assert.equal(surface('parseurl'), null);
  });

  it('hold counts that need more than four bits, and cut absurd ones', () => {
    const { chunks } = decode(
      encodeTerms([chunk('word '.repeat(15)), chunk('word '.repeat(16)), chunk('word '.repeat(5000))]),
    );
    assert.deepEqual(
      chunks.map((entry) => entry.counts['word']?.[0]),
      [15, 16, 4095],
    );
  });

  it('start every chunk from nothing', () => {
    const { chunks } = decode(encodeTerms([chunk('alpha beta'), chunk('beta gamma')]));
    assert.deepEqual(Object.keys(chunks[1]?.counts ?? {}).sort(), ['beta', 'gamma']);
  });

  it('come through for many terms, other scripts and empty chunks', () => {
    const words = Array.from({ length: 3000 }, (_, i) => `word${i}x`);
    const { vocabulary, chunks } = decode(encodeTerms([chunk(''), chunk(words.join(' ')), chunk('größe 検索')]));
    assert.equal(chunks.length, 3);
    assert.equal(Object.keys(chunks[0]?.counts ?? {}).length, 0);
    assert.ok(vocabulary.some((entry) => entry.term === '検索'));
    assert.deepEqual(chunks[2]?.counts['größe'], [1, 0, 0, 0]);
    assert.ok(Object.keys(chunks[1]?.counts ?? {}).length >= 3000);
  });

  it('refuse another version and damage', () => {
    const bytes = encodeTerms([chunk('one two three')]);
    const other = Uint8Array.from(bytes);
    other[0] = 99;
    assert.throws(() => decode(other), UnreadableTerms);
    assert.throws(() => decode(bytes.subarray(0, bytes.length - 2)), UnreadableTerms);
    assert.throws(() => decode(new Uint8Array([1, 0xff, 0xff, 0xff, 0xff, 0xff])), UnreadableTerms);
  });
});
