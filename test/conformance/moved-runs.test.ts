/** Runs of a prompt that are moved within a state, and an answer held against a second state, on tiny models of several kinds. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { ContrastSteps } from '../../src/runtime/parallel/contrast.ts';
import { takeMoved } from '../../src/runtime/reuse/moved-runs.ts';
import type { Inference } from '../../src/runtime/step/inference.ts';
import { decoderFixtures, largestDifference, openForTest } from '../support/decoder.ts';

const never = new AbortController().signal;
const text = (length: number, seed: number): number[] =>
  Array.from({ length }, (_, i) => (i * i * 13 + i * 5 + seed * 57) % 128);
const scheme = { rope: null, window: null, length: 1000 };
const [prefix, one, two, tail] = [text(40, 1), text(60, 2), text(50, 3), text(12, 4)];
const before = [...prefix, ...one, ...two, ...tail];
const tolerance = 1e-4;

async function readAll(state: Inference, ids: readonly number[]): Promise<Float32Array> {
  const done = state.begin(ids, scheme);
  return new Float32Array(await state.step(ids.slice(done), 'last'));
}

/** Reads a prompt with what the state holds of it elsewhere. @returns logits, and how many tokens were moved */
async function readMoving(state: Inference, ids: readonly number[]): Promise<{ logits: Float32Array; moved: number }> {
  const runs = await takeMoved(state, ids);
  let at = state.begin(ids, scheme, true);
  let moved = 0;
  for (const { at: to, run } of runs) {
    if (to > at) await state.step(ids.slice(at, to), 'last');
    state.placeMoved(run);
    at = to + run.ids.length;
    moved += run.ids.length;
  }
  return { logits: new Float32Array(await state.step(ids.slice(at), 'last')), moved };
}

for (const name of ['tiny/llama-tied', 'tiny/qwen2', 'own/qwen3'])
  describe(`moved runs of ${name}`, () => {
    const file = path.join(decoderFixtures, name, 'model.gguf');

    it('stand at their new positions, and count as read', async (t) => {
      const state = (await openForTest(t, file)).inference();
      await readAll(state, before);
      const prompt = [...prefix, ...two, ...one, ...text(9, 7)];
      const { logits, moved } = await readMoving(state, prompt);
      assert.ok(moved >= one.length + two.length - 2 * 8 && moved < one.length + two.length, String(moved));
      assert.deepEqual(
        state.positions,
        prompt.map((_, at) => at),
      );
      assert.deepEqual(state.consumed(), prompt);
      assert.ok(logits.every(Number.isFinite));
    });

    it('are what reading them would be where they saw the same before', async (t) => {
      const decoder = await openForTest(t, file);
      // Nothing stands before the run in either prompt but tokens that are forgotten: the run is all there is.
      const state = decoder.inference();
      await readAll(state, one);
      const { logits } = await readMoving(state, [...one, ...tail]);
      const expected = await readAll(decoder.inference(), [...one, ...tail]);
      assert.ok(largestDifference(logits, expected) < tolerance);
    });

    it('are forgotten by a prompt that does not accept them', async (t) => {
      const decoder = await openForTest(t, file);
      const state = decoder.inference();
      await readAll(state, before);
      await readMoving(state, [...prefix, ...two, ...one, ...tail]);
      assert.equal(state.isApproximate, true, 'rows of it are kept apart from exact ones');
      const after = await readAll(state, [...prefix, ...two, ...text(20, 9)]);
      const fresh = await readAll(decoder.inference(), [...prefix, ...two, ...text(20, 9)]);
      assert.ok(largestDifference(after, fresh) < tolerance);
      assert.equal(state.isApproximate, false);
    });

    it('and an answer held against its own prompt is that of the prompt', async (t) => {
      const decoder = await openForTest(t, file);
      const state = decoder.inference();
      const logits = await readAll(state, before);
      const { steps, first } = await ContrastSteps.begin(state, logits, before, 0.5, never);
      const plain = decoder.inference();
      const expected = await readAll(plain, before);
      const compare = (held: Float32Array, said: Float32Array): number => {
        let best = 0;
        said.forEach((logit, id) => {
          if (logit > (said[best] ?? 0)) best = id;
        });
        held.forEach((logit, id) => {
          if (Number.isFinite(logit)) assert.ok(Math.abs(logit - (said[id] ?? 0)) < 1e-3);
        });
        assert.ok(Number.isFinite(held[best] ?? NaN));
        return best;
      };
      const id = compare(first, expected);
      compare(await steps.after(id), await plain.step([id], 'last'));
      steps.dispose();
      assert.equal(state.length, before.length + 1, 'the state that read the sources goes on');
    });
  });
