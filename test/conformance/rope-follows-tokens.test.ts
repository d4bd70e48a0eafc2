/**
 * Rotations that follow the tokens so far: dynamic NTK over a cache as the transformers library computes it, longrope's switch, and
 * first logits that do not depend on how long the answer may get. Fixtures: test/fixtures/decoder/dynamic-cached.py.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import type { Inference, InferenceOptions } from '../../src/runtime/step/inference.ts';
import { generationScheme } from '../../src/runtime/positions/scheme.ts';
import { RereadSteps, readPrompt } from '../../src/runtime/generate/reread-steps.ts';
import { switchOf } from '../../src/runtime/step/rotation.ts';
import { type OpenedDecoder, decoderFixtures, largestDifference, openForTest, readFloats } from '../support/decoder.ts';

const own = path.join(decoderFixtures, 'own');
const never = new AbortController().signal;
const nothing = (): void => undefined;
const vocabulary = 128;
const ids = (JSON.parse(readFileSync(path.join(decoderFixtures, 'tiny/input_ids.json'), 'utf8')) as number[]).map(
  (id) => id % vocabulary,
);

async function opened(t: TestContext, name: string, weights: string): Promise<OpenedDecoder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'longsight-dynamic-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await copyFile(path.join(own, name, 'config.json'), path.join(folder, 'config.json'));
  await copyFile(path.join(own, weights, 'model.safetensors'), path.join(folder, 'model.safetensors'));
  return openForTest(t, folder);
}

/** Logits of the prompt's last token, and of each token behind it, one at a time. */
async function answered(
  { prepared: { hyperparameters: h } }: OpenedDecoder,
  state: Inference,
  prompt: number,
  maxTokens: number,
): Promise<Float32Array> {
  state.reset();
  const scheme = generationScheme(h, {}, prompt, maxTokens);
  assert.equal(scheme.window, null, 'dynamic NTK goes on beyond the declared length');
  const from = state.begin(ids.slice(0, prompt), scheme);
  const rows = [Float32Array.from(await readPrompt(state, ids.slice(0, prompt), from, nothing, never))];
  for (const id of ids.slice(prompt, prompt + maxTokens)) rows.push(Float32Array.from(await state.step([id], 'last')));
  const all = new Float32Array(rows.length * vocabulary);
  for (const [i, row] of rows.entries()) all.set(row, i * vocabulary);
  return all;
}

describe('dynamic NTK over a cache', () => {
  for (const prompt of [10, 24])
    it(`is the library's, for a prompt of ${String(prompt)} tokens of a model made for 16`, async (t) => {
      const decoder = await opened(t, 'llama-dynamic', 'llama-biased');
      const expected = readFloats(path.join(own, 'llama-dynamic', `expected_cached_p${String(prompt)}.f32`));
      const ways: readonly [InferenceOptions, number][] = [
        [{ exact: true }, 1e-4],
        [{ exact: false, overCopy: true }, 0.1],
      ];
      for (const [options, tolerance] of ways) {
        const difference = largestDifference(
          await answered(decoder, decoder.inference(options), prompt, ids.length - prompt),
          expected,
        );
        t.diagnostic(difference.toExponential(2));
        assert.ok(difference < tolerance, `${String(difference)} with ${JSON.stringify(options)}`);
      }
    });

  it('gives the same first logits whatever the answer may take', async (t) => {
    const decoder = await opened(t, 'llama-dynamic', 'llama-biased');
    const state = decoder.inference();
    for (const prompt of [10, 16, 24]) {
      const first = (await answered(decoder, state, prompt, 0)).slice(0, vocabulary);
      for (const most of [1, 12])
        assert.deepEqual((await answered(decoder, state, prompt, most)).slice(0, vocabulary), first);
    }
  });
});

describe('longrope', () => {
  it('gives the same first logits whatever the answer may take, and reads again where it switches', async (t) => {
    const decoder = await opened(t, 'phi3-long', 'phi3-long');
    const { hyperparameters: h } = decoder.prepared;
    const [state, fresh] = [decoder.inference(), decoder.inference()];
    const readAtOnce = async (length: number): Promise<Float32Array> => {
      fresh.reset();
      fresh.begin(ids.slice(0, length), generationScheme(h, {}, length, 1));
      return Float32Array.from(await readPrompt(fresh, ids.slice(0, length), 0, nothing, never));
    };
    const prompt = ids.slice(0, 10);
    const scheme = generationScheme(h, {}, prompt.length, 20);
    state.begin(prompt, scheme);
    assert.deepEqual(await readPrompt(state, prompt, 0, nothing, never), await readAtOnce(10));
    const switchAt = switchOf(h, scheme);
    assert.equal(switchAt, 17);
    assert.equal(switchOf(h, generationScheme(h, {}, 10, 6)), null);
    const steps = new RereadSteps(state, prompt, scheme, switchAt, never);
    for (let length = 11; length <= 20; length++) {
      const difference = largestDifference(await steps.after(ids[length - 1] ?? 0), await readAtOnce(length));
      assert.ok(difference < 1e-4, `${String(difference)} at ${String(length)} tokens`);
    }
  });
});
