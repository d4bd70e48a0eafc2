/** The cache's rows through appending, forgetting, sharing and moving, in every storage type; and masks against their definition. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor } from '../../../src/runtime/onnxruntime.ts';
import type { CacheType } from '../../../src/models/graphs/graph-spec.ts';
import type { NewRows } from '../../../src/runtime/cache/cache-store.ts';
import { KvCache } from '../../../src/runtime/cache/kv-cache.ts';
import { causalMask, memberMask, positionMask } from '../../../src/runtime/masks/mask-values.ts';
import { Sequence } from '../../../src/runtime/cache/sequence.ts';

const shape = { kvHeads: 2, headSize: 2 };
const width = 4;
/** Keys of token n are n, values -n; layer 1 adds 1000. */
const rowsOf =
  (from: number): NewRows =>
  (layer) => {
    const make = (sign: number): Float32Array =>
      Float32Array.from({ length: 4096 * width }, (_, i) => sign * (from + layer * 1000 + Math.floor(i / width)));
    return { k: make(1), v: make(-1) };
  };
const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

function add(sequence: Sequence, from: number, count: number): void {
  sequence.append(range(0, count), range(sequence.nextPosition, count), rowsOf(from));
}

/** Tokens of the sequence as the graph would read them, in the order of the text. */
function tokens(sequence: Sequence, layer = 0): number[] {
  const { cache } = sequence;
  const feeds: Record<string, Tensor> = {};
  cache.feed(layer, 0, cache.end, feeds);
  const k = feeds[`past_k_${String(layer)}`];
  const v = feeds[`past_v_${String(layer)}`];
  assert.ok(k && v);
  assert.deepEqual(k.dims, [cache.end, width]);
  const keys = k.data as Float32Array;
  const values = v.data as Float32Array;
  return sequence.rows.map((row) => {
    assert.equal(values[row * width], -(keys[row * width] ?? 0));
    return keys[row * width] ?? Number.NaN;
  });
}

describe('KV cache', () => {
  it('appends over its capacity, forgets the middle and the end', () => {
    const sequence = new Sequence(new KvCache(2, shape));
    add(sequence, 1, 6);
    add(sequence, 7, 600);
    assert.equal(sequence.length, 606);
    assert.ok(sequence.isOrdered && sequence.fillsCache);
    sequence.evict(2, 600, true);
    assert.deepEqual(tokens(sequence), [1, 2, 603, 604, 605, 606]);
    assert.deepEqual(sequence.positions, [0, 1, 2, 3, 4, 5]);
    sequence.cache.compact();
    assert.equal(sequence.cache.end, 6);
    assert.deepEqual(tokens(sequence), [1, 2, 603, 604, 605, 606]);
    assert.deepEqual(tokens(sequence, 1), [1001, 1002, 1603, 1604, 1605, 1606]);
    sequence.evict(3, 3, false);
    add(sequence, 9, 1);
    assert.deepEqual(tokens(sequence), [1, 2, 603, 9]);
    sequence.evict(0, 4, false);
    assert.equal(sequence.cache.end, 0);
    assert.ok(sequence.isOrdered);
  });

  it('gives the row of a forgotten token to the next one', () => {
    const sequence = new Sequence(new KvCache(1, shape));
    add(sequence, 1, 5);
    for (let i = 6; i < 40; i++) {
      sequence.evict(2, 1, true);
      add(sequence, i, 1);
      assert.equal(sequence.cache.end, 5);
    }
    assert.deepEqual(tokens(sequence), [1, 2, 37, 38, 39]);
    assert.deepEqual(sequence.positions, [0, 1, 2, 3, 4]);
    assert.ok(sequence.fillsCache);
  });

  it('keeps positions where what is behind does not move up', () => {
    const sequence = new Sequence(new KvCache(1, shape));
    add(sequence, 1, 6);
    sequence.evict(1, 2, false);
    assert.deepEqual(sequence.positions, [0, 3, 4, 5]);
    add(sequence, 7, 1);
    assert.deepEqual(sequence.positions, [0, 3, 4, 5, 6]);
  });

  it('a fork shares rows until both have let go', () => {
    const cache = new KvCache(1, shape);
    const first = new Sequence(cache);
    add(first, 1, 4);
    const second = first.fork();
    assert.equal(cache.end, 4);
    add(first, 5, 2);
    add(second, 50, 2);
    assert.deepEqual(tokens(first), [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(tokens(second), [1, 2, 3, 4, 50, 51]);
    assert.equal(cache.end, 8);
    first.dispose();
    cache.compact();
    assert.equal(cache.end, 6);
    assert.deepEqual(tokens(second), [1, 2, 3, 4, 50, 51]);
    second.dispose();
    assert.equal(cache.end, 0);
  });

  it('refuses to forget what it does not hold', () => {
    const sequence = new Sequence(new KvCache(1, shape));
    add(sequence, 1, 3);
    assert.throws(() => {
      sequence.evict(2, 2, false);
    }, RangeError);
    assert.throws(() => {
      sequence.cache.release([7]);
    }, RangeError);
  });

  for (const [type, bytes] of [
    ['f32', 2 * 2 * 16],
    ['f16', 2 * 2 * 8],
    ['int8', 2 * 2 * (4 + 8)],
  ] as const satisfies readonly (readonly [CacheType, number])[]) {
    it(`${type}: rows that are taken out and put back are the same`, () => {
      const cache = new KvCache(2, shape, type);
      assert.equal(cache.bytesPerToken, bytes);
      const sequence = new Sequence(cache);
      add(sequence, 1, 5);
      const stored = cache.take(sequence.rows.slice(1, 4));
      const other = new KvCache(2, shape, type);
      const rows = other.put(stored);
      assert.deepEqual(rows, [0, 1, 2]);
      const [a, b]: [Record<string, Tensor>, Record<string, Tensor>] = [{}, {}];
      cache.feed(1, 1, 4, a);
      other.feed(1, 0, 3, b);
      assert.deepEqual(Object.keys(a), Object.keys(b));
      for (const [name, tensor] of Object.entries(a))
        assert.deepEqual(new Uint8Array(bytesOf(tensor)), new Uint8Array(bytesOf(b[name])), name);
    });
  }

  it('int8: within half a step of the largest number of the head', () => {
    const cache = new KvCache(1, shape, 'int8');
    const given = Float32Array.from([0.1, -2, 30, 0, 0, 0, 5, 5]);
    cache.store([0, 1], () => ({ k: given, v: given }));
    const feeds: Record<string, Tensor> = {};
    cache.feed(0, 0, 2, feeds);
    const q = feeds['past_k_0']?.data as Int8Array;
    const scales = feeds['past_k_scale_0']?.data as Float32Array;
    for (const [i, value] of given.entries()) {
      const scale = scales[Math.floor(i / 2)] ?? 0;
      assert.ok(Math.abs((q[i] ?? 0) * scale - value) <= scale / 2 + 1e-7);
    }
  });
});

function bytesOf(tensor: Tensor | undefined): ArrayBufferLike {
  const data = tensor?.data as Float32Array;
  return data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
}

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

  it('by positions, whatever the order of the rows', () => {
    const mask = positionMask([6, 7], [0, 5, 3], (i, j) => j < 1 || i - j <= 2);
    assert.deepEqual(sees(mask, 5), [
      [true, true, false, true, false],
      [true, true, false, true, true],
    ]);
  });

  it('of several sequences: own rows and own new tokens', () => {
    const members = [
      { rows: [0, 1], first: 0, count: 2 },
      { rows: [0, 2], first: 2, count: 1 },
    ];
    assert.deepEqual(sees(memberMask(members, [2, 3, 2], [0, 1, 1], null), 6), [
      [true, true, false, true, false, false],
      [true, true, false, true, true, false],
      [true, false, true, false, false, true],
    ]);
  });
});
