/** Single tokens over the rotated int8 copy of the cache: what they give beside the exact forms, whatever happens to the state between them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { CacheType } from '../../src/models/graphs/graph-spec.ts';
import type { CacheWindow } from '../../src/runtime/decoder.ts';
import type { Inference } from '../../src/runtime/step/inference.ts';
import { parseRope } from '../../src/runtime/rope/specification.ts';
import { decoderFixtures, largestDifference, openForTest } from '../support/decoder.ts';

const tiny = path.join(decoderFixtures, 'tiny');
const tied = path.join(tiny, 'llama-tied/model.gguf');
const ids = JSON.parse(readFileSync(path.join(tiny, 'input_ids.json'), 'utf8')) as number[];
// Of keys and values rounded to 8 bits, beside logits of about 2; a wrong position or a wrong slot makes more than 1.
const tolerance = 0.5;
const copied = { exact: false, overCopy: true };

function begun(state: Inference, window: CacheWindow | null = null): Inference {
  state.begin(ids.slice(0, 1), { rope: null, window, length: 200 });
  return state;
}

/** Steps of one token, the logits of each. */
async function singles(state: Inference, tokens: readonly number[]): Promise<Float32Array[]> {
  const logits: Float32Array[] = [];
  for (const id of tokens) logits.push(new Float32Array(await state.step([id], 'last')));
  return logits;
}

function allClose(a: readonly Float32Array[], b: readonly Float32Array[]): void {
  assert.equal(a.length, b.length);
  for (const [i, logits] of a.entries()) {
    const other = b[i] ?? new Float32Array(0);
    const difference = Math.hypot(...logits.map((x, j) => x - (other[j] ?? 0))) / Math.sqrt(logits.length);
    assert.ok(difference > 0 && difference < tolerance, `token ${String(i)}: ${String(difference)}`);
  }
}

describe('the working copy', () => {
  for (const type of ['f32', 'f16', 'int8'] satisfies CacheType[]) {
    it(`gives the exact forms' logits within its rounding, made from ${type} rows`, async (t) => {
      const { inference } = await openForTest(t, tied);
      const [plain, over] = [begun(inference()), begun(inference({ ...copied, cache: type }))];
      for (const state of [plain, over]) await state.step(ids.slice(0, 12), 'last');
      allClose(await singles(over, ids.slice(12)), await singles(plain, ids.slice(12)));
    });
  }

  it('works with biases on queries, keys and values', async (t) => {
    const { inference } = await openForTest(t, path.join(tiny, 'qwen2/model.gguf'));
    const [plain, over] = [begun(inference()), begun(inference(copied))];
    for (const state of [plain, over]) await state.step(ids.slice(0, 12), 'last');
    allClose(await singles(over, ids.slice(12)), await singles(plain, ids.slice(12)));
  });

  it('works with a scaling that lengthens what it rotates', async (t) => {
    const { inference } = await openForTest(t, tied);
    const [plain, over] = [inference(), inference(copied)];
    for (const state of [plain, over]) {
      state.begin(ids.slice(0, 1), { rope: parseRope('yarn:8'), window: null, length: 200 });
      await state.step(ids.slice(0, 12), 'last');
    }
    allClose(await singles(over, ids.slice(12)), await singles(plain, ids.slice(12)));
  });

  it('slides with a window: the sinks come nearer, all others stay', async (t) => {
    const { inference } = await openForTest(t, tied);
    const window = { sinks: 2, recent: 9 };
    const [plain, over] = [begun(inference(), window), begun(inference(copied), window)];
    const long = [...ids, ...ids.toReversed(), ...ids];
    for (const state of [plain, over]) await state.step(long.slice(0, 8), 'last');
    allClose(await singles(over, long.slice(8)), await singles(plain, long.slice(8)));
  });

  it('follows evictions, rewinds, forks and prompts read in between', async (t) => {
    const { inference } = await openForTest(t, tied);
    const states = [begun(inference()), begun(inference(copied))] as const;
    const [plain, over] = states;
    const both = async (tokens: readonly number[]): Promise<void> => {
      allClose(await singles(over, tokens), await singles(plain, tokens));
    };
    for (const state of states) await state.step(ids.slice(0, 10), 'last');
    await both(ids.slice(10, 14));
    for (const state of states) state.rewind(3);
    await both(ids.slice(20, 24));
    const forks = states.map((state) => state.fork());
    await both(ids.slice(24, 26));
    const [plainFork, overFork] = forks;
    if (!plainFork || !overFork) throw new Error('two states make two forks');
    allClose(await singles(overFork, ids.slice(30, 33)), await singles(plainFork, ids.slice(30, 33)));
    await both(ids.slice(26, 28));
    for (const state of states) await state.step(ids.slice(28, 34), 'last');
    await both(ids.slice(34, 36));
    for (const state of states) state.evict([{ from: 3, count: 5 }]);
    await both(ids.slice(36));
  });

  it('computes several tokens to the bits of single ones', async (t) => {
    const { inference } = await openForTest(t, tied);
    const [one, several] = [begun(inference(copied)), begun(inference(copied))];
    for (const state of [one, several]) {
      await state.step(ids.slice(0, 16), 'last');
      await state.step(ids.slice(16, 17), 'last');
    }
    const apart = await singles(one, ids.slice(17, 20));
    assert.ok(several.canVerify(3));
    const together = await several.verify(ids.slice(17, 20));
    for (const [i, logits] of apart.entries())
      assert.equal(largestDifference(logits, together.subarray(i * logits.length, (i + 1) * logits.length)), 0);
    assert.ok(!several.canVerify(14), 'new scales are due within so many tokens');
  });
});
