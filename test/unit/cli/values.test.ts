/** Option values: what is accepted, and LS1002 for everything else. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LongsightError } from '../../../src/base/errors.ts';
import { nonNegativeNumber, parsePlace, tokenIds, wholeNumber } from '../../../src/cli/values.ts';

const refused = (error: unknown): boolean => error instanceof LongsightError && error.userError.code === 'LS1002';

describe('option values', () => {
  it('reads whole numbers from a least value on', () => {
    const limit = wholeNumber('--limit', 1);
    assert.equal(limit('12'), 12);
    for (const bad of ['0', '-1', '1.5', 'x', '', ' 3', '1e3', '99999999999999999999'])
      assert.throws(() => limit(bad), refused, bad);
  });

  it('reads numbers of at least zero', () => {
    const temperature = nonNegativeNumber('--temperature');
    assert.equal(temperature('0.7'), 0.7);
    assert.equal(temperature('0'), 0);
    for (const bad of ['-0.1', 'warm', '', ' ', 'Infinity', 'NaN']) assert.throws(() => temperature(bad), refused, bad);
  });

  it('reads token ids', () => {
    assert.deepEqual(tokenIds('1,2, 3'), [1, 2, 3]);
    for (const bad of ['1,-2', '1;2', 'a']) assert.throws(() => tokenIds(bad), refused, bad);
  });

  it('reads places', () => {
    assert.deepEqual(parsePlace('a/b.ts'), { path: 'a/b.ts' });
    assert.deepEqual(parsePlace('a/b.ts:7'), { path: 'a/b.ts', startLine: 7, endLine: 7 });
    assert.deepEqual(parsePlace('a/b.ts:7-9'), { path: 'a/b.ts', startLine: 7, endLine: 9 });
    assert.deepEqual(parsePlace('C:\\x.ts:7'), { path: 'C:\\x.ts', startLine: 7, endLine: 7 });
    for (const bad of ['a.ts:0', 'a.ts:9-7']) assert.throws(() => parsePlace(bad), refused, bad);
  });
});
