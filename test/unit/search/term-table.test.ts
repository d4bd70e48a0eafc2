import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TermTable } from '../../../src/search/term-table.ts';

const intern = (table: TermTable, term: string): number => {
  // Behind other bytes, as terms lie in a stored file.
  const bytes = Buffer.from(`xx${term}yy`);
  return table.intern(bytes, 2, bytes.length - 4);
};
const offer = (table: TermTable, number: number, word: string): void => {
  table.offerSurface(number, Buffer.from(word), 0, Buffer.byteLength(word));
};

describe('the table of terms', () => {
  it('numbers terms in the order they come, each once', () => {
    const table = new TermTable();
    assert.deepEqual(
      ['alpha', 'beta', 'alpha', 'größe', '検索', 'beta'].map((term) => intern(table, term)),
      [0, 1, 0, 2, 3, 1],
    );
    assert.equal(table.numberOf('検索'), 3);
    assert.equal(table.numberOf('gamma'), undefined);
    assert.equal(table.termOf(2), 'größe');
  });

  it('keeps apart what begins alike, and grows', () => {
    const table = new TermTable();
    const terms = Array.from({ length: 30_000 }, (_, i) => `term${i}`);
    terms.forEach((term, i) => assert.equal(intern(table, term), i));
    assert.equal(table.size, 30_000);
    for (const i of [0, 1, 10, 4095, 29_999]) {
      assert.equal(table.numberOf(`term${i}`), i);
      assert.equal(table.termOf(i), `term${i}`);
    }
    assert.equal(table.numberOf('term'), undefined);
  });

  it('keeps the shortest word, then the first in the alphabet, whatever the order', () => {
    for (const words of [
      ['connections', 'connected', 'connects'],
      ['connects', 'connections', 'connected'],
    ]) {
      const table = new TermTable();
      const number = intern(table, 'connect');
      assert.equal(table.surfaceOf(number), null);
      for (const word of words) offer(table, number, word);
      assert.equal(table.surfaceOf(number), 'connects');
      offer(table, number, 'connectz');
      assert.equal(table.surfaceOf(number), 'connects');
      offer(table, number, 'connect');
      assert.equal(table.surfaceOf(number), 'connect');
    }
  });
});
