/** Sampling: what each option leaves to choose from, and that a seed decides. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Sampling } from '../../../src/runtime/decoder.ts';
import { biasTable } from '../../../src/runtime/sampling/logit-bias.ts';
import { seededRandom } from '../../../src/runtime/sampling/random.ts';
import { Sampler } from '../../../src/runtime/sampling/sampler.ts';
import { bestId, topLogits } from '../../../src/runtime/sampling/top-logits.ts';
import { byteId, tinyTokenizer } from '../../support/tiny-tokenizer.ts';

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

  it('looks back as far as the window of the penalty says', () => {
    const penalised = (repetitionWindow: number): number => {
      const sampler = new Sampler({ ...plain, temperature: 0, repetitionPenalty: 4, repetitionWindow }, [1, 3, 0, 0]);
      return sampler.next(logits(), null);
    };
    assert.equal(penalised(2), 1);
    assert.equal(penalised(3), 1);
    assert.equal(penalised(4), 2);
    assert.equal(penalised(-1), 2);
    assert.equal(penalised(0), 1);
  });

  it('counts a token in the window once, however often it came, until it has left', () => {
    const sampler = new Sampler({ ...plain, temperature: 0, repetitionPenalty: 2, repetitionWindow: 2 }, [1, 1]);
    const row = logits();
    assert.equal(sampler.next(row, null), 3);
    assert.equal(row[1], 1.5);
    assert.equal(sampler.next(logits(), null), 2);
    assert.equal(sampler.next(logits(), null), 1);
  });

  it('adds a bias before the penalty, by id and by text', () => {
    const tokenizer = tinyTokenizer([]);
    const [a, b] = [byteId(tokenizer, 0x61), byteId(tokenizer, 0x62)];
    const table = biasTable(
      [
        { token: 5, bias: 1.5 },
        { token: 6, bias: 'never' },
        { token: 'ab', bias: 2 },
      ],
      tokenizer,
    );
    assert.deepEqual(
      [...table],
      [
        [5, 1.5],
        [6, Number.NEGATIVE_INFINITY],
        [a, 2],
        [b, 2],
      ],
    );
    assert.throws(() => biasTable([{ token: 99_999, bias: 1 }], tokenizer), /LS3005/);
    assert.throws(() => biasTable([{ token: '', bias: 1 }], tokenizer), /LS3005/);
    const sampler = new Sampler({ ...plain, temperature: 0, repetitionPenalty: 2 }, [4], new Map([[4, 9]]));
    const row = logits();
    sampler.next(row, null);
    assert.equal(row[4], 2);
  });

  it('follows the chain on any logits, as a plain reading of it does', () => {
    const random = seededRandom(11);
    for (let round = 0; round < 300; round++) {
      const size = 2 + Math.floor(random() * 40);
      const row = Float32Array.from({ length: size }, () => random() * 12 - 6);
      const options = {
        ...plain,
        temperature: 0.1 + 2 * random(),
        topK: Math.floor(random() * size),
        topP: random() < 0.3 ? 1 : random(),
        minP: random() < 0.3 ? 0 : random() / 2,
        seed: round,
      };
      const allowed = random() < 0.5 ? null : Uint32Array.from(row.keys()).filter((id) => id % 2 === round % 2);
      if (allowed?.length === 0) continue;
      const expected = referenceChoices(row, options, allowed);
      const seen = new Set<number>();
      const sampler = new Sampler(options, []);
      for (let draw = 0; draw < 60; draw++) seen.add(sampler.next(row.slice(), allowed));
      for (const id of seen) assert.ok(expected.has(id), `${id} of ${JSON.stringify(options)}`);
      // What has a fair share turns up in 60 draws.
      for (const [id, share] of expected) if (share > 0.2) assert.ok(seen.has(id), `${id} has ${share}`);
    }
  });

  it('allocates nothing as large as the vocabulary when greedy', () => {
    const large = new Float32Array(200_000).fill(-1);
    large[123_456] = 2;
    const sampler = new Sampler({ ...plain, temperature: 0, repetitionPenalty: 1.1 }, [5]);
    sampler.next(large, null);
    const before = process.memoryUsage();
    for (let i = 0; i < 50; i++) sampler.next(large, null);
    const after = process.memoryUsage();
    const grown = after.arrayBuffers - before.arrayBuffers + after.heapUsed - before.heapUsed;
    assert.ok(grown < 50 * large.byteLength * 0.25, `${grown} bytes`);
  });
});

/** Transformers' chain word by word: temperature, top-k, top-p, min-p, each over a whole softmax; id to probability. */
function referenceChoices(row: Float32Array, options: Sampling, allowed: Uint32Array | null): Map<number, number> {
  let kept = [...(allowed ?? row.keys())].map((id) => ({ id, logit: (row[id] ?? 0) / options.temperature }));
  const shares = (): number[] => {
    const best = Math.max(...kept.map(({ logit }) => logit));
    const weights = kept.map(({ logit }) => Math.exp(logit - best));
    const total = weights.reduce((a, b) => a + b);
    return weights.map((weight) => weight / total);
  };
  kept.sort((a, b) => b.logit - a.logit);
  if (options.topK > 0) kept = kept.slice(0, options.topK);
  let before = 0;
  const nucleus = shares();
  kept = kept.filter((_, i) => {
    const stays = i === 0 || before < options.topP;
    before += nucleus[i] ?? 0;
    return stays;
  });
  const left = shares();
  kept = kept.filter((_, i) => (left[i] ?? 0) >= options.minP * (left[0] ?? 0));
  const chances = shares();
  return new Map(kept.map(({ id }, i) => [id, chances[i] ?? 0]));
}
