/** The cache's rows after appending, evicting the middle and truncating; masks against their definition. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KvCache } from '../../../src/runtime/kv-cache.ts';
import { causalMask, windowMask } from '../../../src/runtime/masks.ts';

const width = 2;
const rows = (from: number, count: number, sign: number): Float32Array =>
  Float32Array.from({ length: count * width }, (_, i) => sign * (from + Math.floor(i / width)));
const add = (cache: KvCache, from: number, count: number): void => {
  cache.append(count, (layer) => ({ k: rows(from + layer * 1000, count, 1), v: rows(from + layer * 1000, count, -1) }));
};
const positions = (cache: KvCache, layer = 0): number[] => {
  const { k, v } = cache.views(layer);
  assert.deepEqual(k.dims, [cache.length, width]);
  const keys = [...(k.data as Float32Array)];
  assert.deepEqual(
    [...(v.data as Float32Array)],
    keys.map((value) => -value),
  );
  return keys.filter((_, i) => i % width === 0);
};

describe('KV cache', () => {
  it('appends over its capacity, evicts the middle, truncates', () => {
    const cache = new KvCache(2, width);
    add(cache, 1, 6);
    add(cache, 7, 600);
    assert.equal(cache.length, 606);
    cache.evict(2, 600);
    assert.deepEqual(positions(cache), [1, 2, 603, 604, 605, 606]);
    assert.deepEqual(positions(cache, 1), [1001, 1002, 1603, 1604, 1605, 1606]);
    cache.truncate(3);
    add(cache, 9, 1);
    assert.deepEqual(positions(cache), [1, 2, 603, 9]);
    cache.truncate(0);
    assert.deepEqual(positions(cache), []);
  });

  it('refuses to forget what it does not hold', () => {
    const cache = new KvCache(1, width);
    add(cache, 1, 3);
    assert.throws(() => cache.evict(2, 2), RangeError);
    assert.throws(() => cache.truncate(4), RangeError);
  });
});

describe('masks', () => {
  const sees = (mask: Float32Array, keys: number): boolean[][] =>
    Array.from({ length: mask.length / keys }, (_, t) =>
      Array.from({ length: keys }, (_, c) => mask[t * keys + c] === 0),
    );

  it('causal: everything cached, what came before, itself', () => {
    assert.deepEqual(sees(causalMask(3, 2), 5), [
      [true, true, true, false, false],
      [true, true, true, true, false],
      [true, true, true, true, true],
    ]);
  });

  it('window: j < sinks or i - j <= recent, for any state of the cache', () => {
    for (const [sinks, recent] of [
      [2, 3],
      [0, 3],
      [3, 1],
    ] as const) {
      for (let first = 0; first < 12; first++) {
        for (const count of [1, 2, 5, 9]) {
          // What the cache holds of the text so far: all of it, or the sinks and the last.
          const past = Math.min(first, sinks + recent);
          const held = Array.from({ length: past }, (_, c) => (c < sinks || past === first ? c : first - past + c));
          const keys = [...held, ...Array.from({ length: count }, (_, t) => first + t)];
          const expected = Array.from({ length: count }, (_, t) =>
            keys.map((j) => j <= first + t && (j < sinks || first + t - j <= recent)),
          );
          assert.deepEqual(
            sees(windowMask(count, past, first, { sinks, recent }), keys.length),
            expected,
            `${String(first)} ${String(count)}`,
          );
        }
      }
    }
  });
});
