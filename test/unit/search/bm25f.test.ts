import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeTerms } from '../../../src/index/terms/terms.ts';
import { type Bm25fParameters, scopeOf, scoreChunks } from '../../../src/search/bm25f.ts';
import { FileTable } from '../../../src/search/file-table.ts';
import { TermIndex } from '../../../src/search/term-index.ts';

function corpusOf(texts: Readonly<Record<string, string>>): { index: TermIndex; files: FileTable } {
  const index = new TermIndex();
  const files = new FileTable();
  for (const [path, text] of Object.entries(texts))
    index.put(files.add(path), encodeTerms([{ text, comments: [], symbols: [], scope: [] }]));
  return { index, files };
}

const plain: Bm25fParameters = { k1: 1.2, weights: [1, 0, 0, 0], b: [0.75, 0, 0, 0], pathWeight: 0 };
const close = (actual: number | undefined, expected: number): void =>
  assert.ok(Math.abs((actual ?? NaN) - expected) < 1e-9, `${actual} is not ${expected}`);

describe('BM25F', () => {
  it('with one field is BM25 by its formula', () => {
    const { index, files } = corpusOf({
      'a.py': 'apple apple pear',
      'b.py': 'apple plum plum plum plum',
      'c.py': 'plum',
    });
    const scope = scopeOf(index, new Uint8Array(3).fill(1));
    const { scores } = scoreChunks(index, files, new Map([['appl', 1]]), scope, plain);
    const idf = Math.log(1 + (3 - 2 + 0.5) / (2 + 0.5));
    const count = 2 / (1 - 0.75 + (0.75 * 3) / 3);
    close(scores[0], (idf * count) / (1.2 + count));
    assert.equal(scores[2], 0);
  });

  it('takes its statistics from the searched files alone', () => {
    const texts = {
      'in/a.py': 'apple pear',
      'in/b.py': 'pear plum',
      'out/c.py': 'apple apple apple',
      'out/d.py': 'apple',
    };
    const whole = corpusOf(texts);
    const alone = corpusOf({ 'in/a.py': texts['in/a.py'], 'in/b.py': texts['in/b.py'] });
    const terms = new Map([
      ['appl', 1],
      ['pear', 2],
    ]);
    const masked = scoreChunks(whole.index, whole.files, terms, scopeOf(whole.index, Uint8Array.of(1, 1, 0, 0)));
    const small = scoreChunks(alone.index, alone.files, terms, scopeOf(alone.index, Uint8Array.of(1, 1)));
    assert.deepEqual([...masked.scores.subarray(0, 2)], [...small.scores]);
    assert.deepEqual(masked.touched, [0, 1]);
  });

  it('counts the path for every chunk of the file, even where the text lacks the term', () => {
    const { index, files } = corpusOf({ 'net/socket.py': 'nothing here', 'b.py': 'socket' });
    const { scores } = scoreChunks(index, files, new Map([['socket', 1]]), scopeOf(index, Uint8Array.of(1, 1)));
    assert.ok((scores[0] ?? 0) > (scores[1] ?? 0));
  });

  it('of nothing is nothing', () => {
    const { index, files } = corpusOf({});
    assert.deepEqual(scoreChunks(index, files, new Map([['x', 1]]), scopeOf(index, new Uint8Array(0))).touched, []);
  });
});
