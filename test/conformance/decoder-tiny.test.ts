/**
 * Tiny random models: logits of every position equal those of the transformers library in float32.
 *
 * Fixtures: test/fixtures/decoder/tiny, weights F32 in GGUF; the RoPE variants and the sinks + window run share the weights of llama-tied.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { decoderFixtures, largestDifference, logitsInSteps, openForTest, readFloats } from '../support/decoder.ts';

const tiny = path.join(decoderFixtures, 'tiny');
const ids = JSON.parse(readFileSync(path.join(tiny, 'input_ids.json'), 'utf8')) as number[];
const tolerance = 1e-4;
const expected = (name: string, file = 'expected.f32'): Float32Array => readFloats(path.join(tiny, name, file));

describe('tiny decoders against transformers', () => {
  for (const name of ['llama-tied', 'llama-untied', 'qwen2']) {
    it(`${name}: at once, in slices, token by token`, async (t) => {
      const { inference } = await openForTest(t, path.join(tiny, name, 'model.gguf'));
      const state = inference();
      for (const step of [ids.length, 7, 1]) {
        const difference = largestDifference(await logitsInSteps(state, ids, step), expected(name));
        assert.ok(difference < tolerance, `${String(difference)} in steps of ${String(step)}`);
      }
    });
  }

  it('sinks + window: any slicing equals the reference, which comes token by token', async (t) => {
    const { inference } = await openForTest(t, path.join(tiny, 'llama-tied/model.gguf'));
    const state = inference();
    const reference = expected('llama-tied', 'expected_stream_s4_r8.f32');
    for (const step of [1, 3, 13, ids.length]) {
      const difference = largestDifference(
        await logitsInSteps(state, ids, step, { window: { sinks: 4, recent: 8 } }),
        reference,
      );
      assert.ok(difference < tolerance, `${String(difference)} in steps of ${String(step)}`);
    }
    assert.ok(
      largestDifference(await logitsInSteps(state, ids, 1, { window: { sinks: 3, recent: 8 } }), reference) > 0.01,
      'another window gives other logits',
    );
  });

  it('window without sinks: slices equal token by token', async (t) => {
    const { inference } = await openForTest(t, path.join(tiny, 'llama-tied/model.gguf'));
    const state = inference();
    const window = { sinks: 0, recent: 9 };
    const single = await logitsInSteps(state, ids, 1, { window });
    for (const step of [4, ids.length])
      assert.ok(largestDifference(await logitsInSteps(state, ids, step, { window }), single) < tolerance);
  });

  it('a window that holds everything is full attention', async (t) => {
    const { inference } = await openForTest(t, path.join(tiny, 'llama-tied/model.gguf'));
    const window = { sinks: 4, recent: ids.length };
    assert.ok(
      largestDifference(await logitsInSteps(inference(), ids, 6, { window }), expected('llama-tied')) < tolerance,
    );
  });

  for (const [name, rope, originalContextLength] of [
    ['llama-linear2', 'linear:2', 128],
    ['llama-yarn4', 'yarn:4', 16],
    ['llama-llama3', 'llama3:8', 32],
  ] as const) {
    it(`${name}: a RoPE scaling is a table`, async (t) => {
      const { inference } = await openForTest(t, path.join(tiny, 'llama-tied/model.gguf'));
      const logits = await logitsInSteps(inference({ change: { originalContextLength } }), ids, 11, { rope });
      const difference = largestDifference(logits, expected(name));
      assert.ok(difference < tolerance, String(difference));
    });
  }
});
