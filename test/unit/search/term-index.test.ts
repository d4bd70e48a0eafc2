import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeTerms } from '../../../src/index/terms/terms.ts';
import { TermIndex } from '../../../src/search/term-index.ts';

const terms = (...texts: readonly string[]): Uint8Array =>
  encodeTerms(texts.map((text) => ({ text, comments: [], symbols: [], scope: [] })));

/** Files and counts of a term, whatever the chunks' numbers are. */
function holders(index: TermIndex, term: string): string[] {
  const number = index.numberOf(term);
  const found: string[] = [];
  if (number !== undefined) {
    index.scan(number, (chunk, counts) => {
      const file = index.fileOf(chunk);
      found.push(`${file}/${chunk - index.chunksOf(file).first}:${counts.join('')}`);
    });
  }
  return found.sort();
}

describe('the inverted index', () => {
  it('finds the chunks of a term with their counts', () => {
    const index = new TermIndex();
    index.put(0, terms('alpha beta', 'beta beta'));
    index.put(1, terms('gamma beta'));
    assert.deepEqual(holders(index, 'beta'), ['0/0:1000', '0/1:2000', '1/0:1000']);
    assert.deepEqual(holders(index, 'nowhere'), []);
    assert.equal(index.liveChunkCount, 3);
    assert.equal(index.lengthOf(1, 0), 2);
  });

  it('forgets a removed file and replaces a changed one', () => {
    const index = new TermIndex();
    index.put(0, terms('alpha'));
    index.put(1, terms('alpha beta'));
    index.put(0, terms('beta', 'alpha'));
    assert.deepEqual(holders(index, 'alpha'), ['0/1:1000', '1/0:1000']);
    index.remove(1);
    assert.deepEqual(holders(index, 'alpha'), ['0/1:1000']);
    assert.deepEqual(holders(index, 'beta'), ['0/0:1000']);
    assert.equal(index.liveChunkCount, 2);
  });

  it('says the same after compaction as before, and takes changes after it', () => {
    const index = new TermIndex();
    for (let file = 0; file < 60; file++)
      index.put(file, terms(`common word${file} ${'often '.repeat(file)}`, `common tail${file % 7}`));
    for (let file = 0; file < 60; file += 3) index.remove(file);
    for (let file = 1; file < 60; file += 9) index.put(file, terms(`changed${file} common`));
    const asked = ['common', 'often', 'tail3', 'word4', 'word5', 'changed10'];
    const before = asked.map((term) => holders(index, term));
    index.compact();
    assert.deepEqual(
      asked.map((term) => holders(index, term)),
      before,
    );
    assert.equal(index.chunkCount, index.liveChunkCount);
    index.put(0, terms('common again'));
    index.remove(2);
    assert.ok(holders(index, 'common').includes('0/0:1000'));
    assert.ok(!holders(index, 'common').some((found) => found.startsWith('2/')));
    const again = asked.map((term) => holders(index, term));
    index.compact();
    assert.deepEqual(
      asked.map((term) => holders(index, term)),
      again,
    );
  });

  it('asks for compaction when enough is dead', () => {
    const index = new TermIndex();
    for (let file = 0; file < 3000; file++) index.put(file, terms('one'));
    index.compact();
    assert.ok(!index.wantsCompaction);
    for (let file = 0; file < 2000; file++) index.remove(file);
    assert.ok(index.wantsCompaction);
  });
});
