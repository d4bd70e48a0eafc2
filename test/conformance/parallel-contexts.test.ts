/** Parallel windows and NBCE on tiny models: what they come to in their simplest cases, and what may not matter. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { Inference } from '../../src/runtime/step/inference.ts';
import { NbceSteps } from '../../src/runtime/parallel/nbce.ts';
import { usualNbce } from '../../src/runtime/parallel/nbce-mixture.ts';
import { readWindows } from '../../src/runtime/parallel/parallel-windows.ts';
import { readTogether } from '../../src/runtime/parallel/read-together.ts';
import { decoderFixtures, largestDifference, openForTest } from '../support/decoder.ts';

/** Within every vocabulary. */
const ids = (JSON.parse(readFileSync(path.join(decoderFixtures, 'tiny/input_ids.json'), 'utf8')) as number[]).map(
  (id) => id % 128,
);
const never = new AbortController().signal;
const tolerance = 1e-4;
const nothing = (): void => undefined;
const models = ['tiny/llama-tied', 'tiny/qwen2', 'own/qwen3', 'own/bloom'];

const [one, two, three] = [ids.slice(0, 9), ids.slice(9, 18), ids.slice(18, 27)];
const task = ids.slice(27, 32);
const beginId = ids[0] ?? 0;

async function begun(t: Parameters<typeof openForTest>[0], name: string): Promise<{ base: Inference }> {
  const { inference } = await openForTest(t, path.join(decoderFixtures, name, 'model.gguf'));
  const base = inference();
  base.begin([1], { rope: null, window: null, length: 128 });
  base.reset();
  return { base };
}

/** Logits behind the task, and behind a token after it, with the windows before them. */
async function answered(base: Inference, windows: readonly (readonly number[])[], shared: readonly number[] = []) {
  const state = await readWindows(base, { shared, windows }, nothing, never);
  const first = (await state.step(task, 'last')).slice();
  const next = (await state.step([task[0] ?? 0], 'last')).slice();
  const positions = [...state.positions];
  state.dispose();
  return { first, next, positions };
}

describe('parallel windows', () => {
  for (const name of models) {
    it(`${name}: one window is the plain prompt`, async (t) => {
      const { base } = await begun(t, name);
      const { first, next } = await answered(base, [one]);
      const plain = base.sibling();
      const expected = (await plain.step([...one, ...task], 'last')).slice();
      assert.ok(largestDifference(first, expected) < tolerance);
      assert.ok(largestDifference(next, await plain.step([task[0] ?? 0], 'last')) < tolerance);
      assert.equal(base.length, 0);
    });

    it(`${name}: windows of one length may come in any order`, async (t) => {
      const { base } = await begun(t, name);
      const { first, next } = await answered(base, [one, two, three]);
      for (const order of [
        [two, one, three],
        [three, two, one],
      ]) {
        const other = await answered(base, order);
        assert.ok(largestDifference(first, other.first) < tolerance);
        assert.ok(largestDifference(next, other.next) < tolerance);
      }
      assert.ok(largestDifference(first, (await answered(base, [one, two])).first) > 0.001);
    });
  }

  it('do not see each other: each is what it is alone', async (t) => {
    const { base } = await begun(t, 'tiny/llama-tied');
    const states = [one, two].map((own) => ({ state: base.sibling(), ids: own }));
    const together = await readTogether(states, nothing, never);
    for (const [i, own] of [one, two].entries()) {
      const alone = base.sibling();
      assert.ok(
        largestDifference((await alone.step(own, 'last')).slice(), together[i] ?? new Float32Array(0)) < tolerance,
      );
      alone.dispose();
    }
  });

  it('keep what stands before all of them once, and put the task behind the longest', async (t) => {
    const { base } = await begun(t, 'tiny/llama-tied');
    const windows = [
      [5, 6],
      [7, 8, 9, 10],
      [4, 4],
    ];
    const { positions } = await answered(base, windows, [beginId]);
    assert.deepEqual(positions, [0, 1, 2, 1, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('refuse a window without tokens', async (t) => {
    const { base } = await begun(t, 'tiny/llama-tied');
    await assert.rejects(readWindows(base, { shared: [], windows: [one, []] }, nothing, never), /LS3005/);
    await assert.rejects(readWindows(base, { shared: [], windows: [] }, nothing, never), /LS3005/);
  });
});

describe('NBCE', () => {
  for (const name of models)
    it(`${name}: one context and beta 0 is the plain prompt`, async (t) => {
      const { base } = await begun(t, name);
      const prompt = [...one, ...task];
      const free = { topP: 1, eta: 0, beta: 0 };
      const { steps, first } = await NbceSteps.begin(base, [prompt, task], free, nothing, never);
      const plain = base.sibling();
      const rows = [(await plain.step(prompt, 'last')).slice(), (await plain.step([3], 'last')).slice()];
      for (const [i, logits] of [first, await steps.after(3)].entries()) {
        const row = rows[i] ?? new Float32Array(0);
        const total = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
        assert.ok(
          largestDifference(
            logits,
            row.map((logit) => logit - total),
          ) < tolerance,
        );
      }
      steps.dispose();
    });

  it('gives the same whatever the order of contexts', async (t) => {
    const { base } = await begun(t, 'tiny/llama-tied');
    const prompts = [one, two, three].map((own) => [...own, ...task]);
    const a = await NbceSteps.begin(base, [...prompts, task], usualNbce, nothing, never);
    const b = await NbceSteps.begin(base, [...prompts.toReversed(), task], usualNbce, nothing, never);
    const same = (x: Float32Array, y: Float32Array): boolean =>
      x.every((value, i) => value === y[i] || Math.abs(value - (y[i] ?? 0)) < tolerance);
    assert.ok(same(a.first, b.first));
    assert.ok(same(await a.steps.after(3), await b.steps.after(3)));
  });
});
