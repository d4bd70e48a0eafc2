/** Sampling: what each option leaves to choose from, and that a seed decides. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Sampling } from '../../../src/runtime/decoder.ts';
import { seededRandom } from '../../../src/runtime/sampling/random.ts';
import { Sampler } from '../../../src/runtime/sampling/sampler.ts';
import { bestId, topLogits } from '../../../src/runtime/sampling/top-logits.ts';

const plain: Sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 7 };
const logits = (): Float32Array => Float32Array.of(1, 3, 2, 3, -5);

function draws(options: Partial<Sampling>, allowed: Uint32Array | null = null, count = 400): Map<number, number> {
  const sampler = new Sampler({ ...plain, ...options }, []);
  const counts = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const id = sampler.next(logits(), allowed);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

describe('sampling', () => {
  it('takes the best when greedy, the lowest id of equals, and never NaN', () => {
    assert.deepEqual([...draws({ temperature: 0 }).keys()], [1]);
    assert.equal(bestId(Float32Array.of(Number.NaN, 1, Number.NaN), null), 1);
    assert.equal(bestId(logits(), Uint32Array.of(4, 0)), 0);
  });

  it('draws in proportion to the softmax', () => {
    const counts = draws({}, null, 20_000);
    const weights = [...logits()].map(Math.exp);
    const total = weights.reduce((a, b) => a + b);
    for (const [id, weight] of weights.entries())
      assert.ok(Math.abs((counts.get(id) ?? 0) / 20_000 - weight / total) < 0.01, String(id));
  });

  it('keeps to top-k, top-p and min-p', () => {
    assert.deepEqual([...draws({ topK: 2 }).keys()].sort(), [1, 3]);
    // The best two hold 0.79 of the weight: with 0.7 the second is still needed, with 0.3 it is not.
    assert.deepEqual([...draws({ topP: 0.7 }).keys()].sort(), [1, 3]);
    assert.deepEqual([...draws({ topP: 0.3 }).keys()], [1]);
    assert.deepEqual([...draws({ minP: 0.3 }).keys()].sort(), [1, 2, 3]);
  });

  it('chooses among what is allowed only', () => {
    assert.deepEqual(
      [...draws({}, Uint32Array.of(0, 4)).keys()].every((id) => id === 0 || id === 4),
      true,
    );
    assert.deepEqual([...draws({}, Uint32Array.of(4)).keys()], [4]);
  });

  it('makes what was said less likely', () => {
    const sampler = new Sampler({ ...plain, temperature: 0, repetitionPenalty: 2 }, [1]);
    assert.deepEqual([sampler.next(logits(), null), sampler.next(logits(), null)], [3, 2]);
  });

  it('repeats itself with the same seed, and not with another', () => {
    const run = (seed: number): number[] => {
      const sampler = new Sampler({ ...plain, seed }, []);
      return Array.from({ length: 50 }, () => sampler.next(logits(), null));
    };
    assert.deepEqual(run(1), run(1));
    assert.notDeepEqual(run(1), run(2));
    const random = seededRandom(3);
    for (let i = 0; i < 1000; i++) {
      const value = random();
      assert.ok(value >= 0 && value < 1);
    }
  });

  it('ranks the best logits, ties by id', () => {
    assert.deepEqual(
      topLogits(logits(), 3).map(({ id }) => id),
      [1, 3, 2],
    );
    assert.equal(topLogits(logits(), 9).length, 5);
    assert.deepEqual(topLogits(logits(), 0), []);
  });
});
