/** Masks: what each lets a query see, that the fast fill says the same as the rule, and that wide enough is everything. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillMask } from '../../../src/runtime/masks/mask.ts';
import { parseMask } from '../../../src/runtime/masks/specification.ts';

const length = 40;
const text = Array.from({ length }, (_, i) => i);

/** Keys the query sees by the filled mask. */
function seen(specification: string, query: number, keys: readonly number[] = text): number[] {
  const row = fillMask(parseMask(specification), [query], keys);
  return keys.filter((_, column) => row[column] === 0);
}

describe('masks', () => {
  it('let a query see what they say', () => {
    assert.deepEqual(seen('causal', 5), [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(seen('window:3', 9), [7, 8, 9]);
    assert.deepEqual(seen('window:3', 1), [0, 1]);
    assert.deepEqual(seen('dilated:3:4', 9), [1, 5, 9]);
    assert.deepEqual(seen('block:4', 9), [8, 9]);
    assert.deepEqual(seen('block:4:1', 9), [4, 5, 6, 7, 8, 9]);
    assert.deepEqual(seen('global-local:2:3', 9), [0, 1, 7, 8, 9]);
    assert.deepEqual(seen('global-local:2:3', 3), [0, 1, 2, 3]);
    assert.deepEqual(seen('strided:4', 11), [3, 7, 8, 9, 10, 11]);
    assert.deepEqual(seen('parallel-windows:4:2', 6), [4, 5, 6]);
    assert.deepEqual(seen('parallel-windows:4:2', 8), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  for (const specification of [
    'causal',
    'window:1',
    'window:7',
    'dilated:3:4',
    'dilated:5:1',
    'block:6',
    'block:6:2',
    'global-local:0:5',
    'global-local:3:5',
    'strided:1',
    'strided:5',
    'parallel-windows:6:3',
  ]) {
    it(`${specification}: the fast fill is the rule, with and without holes in the cache`, () => {
      const mask = parseMask(specification);
      for (const keys of [
        text,
        text.slice(7),
        text.filter((key) => key < 3 || key > 20),
        text.filter((key) => key % 3),
      ]) {
        const queries = text.slice(20);
        const filled = fillMask(mask, queries, keys);
        for (const [t, query] of queries.entries()) {
          for (const [column, key] of keys.entries()) {
            const expected = key <= query && mask.sees(query, key) ? 0 : Number.NEGATIVE_INFINITY;
            assert.equal(filled[t * keys.length + column], expected, `${String(query)} and ${String(key)}`);
          }
        }
      }
    });
  }

  it('wide enough is everything', () => {
    const full = fillMask(parseMask('causal'), text, text);
    for (const specification of [
      'window:40',
      'dilated:40:1',
      'block:40',
      'block:5:7',
      'global-local:40:1',
      'global-local:0:40',
      'strided:40',
      'strided:1',
      'parallel-windows:40:1',
    ])
      assert.deepEqual(fillMask(parseMask(specification), text, text), full, specification);
    assert.notDeepEqual(fillMask(parseMask('window:39'), text, text), full);
  });

  it('refuses what is no mask', () => {
    for (const wrong of ['', 'window', 'window:0', 'window:1.5', 'window:3:3', 'dilated:3', 'toString', 'causal:1'])
      assert.throws(() => parseMask(wrong), /LS3006/, wrong);
  });
});
