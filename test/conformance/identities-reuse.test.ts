/**
 * The numerical identities of keys and values that are used again: runs of a text that were read alone and are placed behind others, with
 * some of their tokens read anew; parallel windows; and the merge of partial attentions.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import type { Inference, KvRun } from '../../src/runtime/step/inference.ts';
import { mixContexts } from '../../src/runtime/parallel/nbce-mixture.ts';
import { schemeOf } from '../../src/runtime/positions/scheme.ts';
import { type OpenedDecoder, decoderFixtures, largestDifference, openForTest } from '../support/decoder.ts';
import { OracleDecoder, softmax } from '../support/oracle-decoder.ts';
import { parallelForm, recurrentForm, taylorFeatures } from '../support/prefix-linear-attention.ts';

const file = path.join(decoderFixtures, 'tiny/llama-untied/model.gguf');
const short = JSON.parse(readFileSync(path.join(decoderFixtures, 'tiny/input_ids.json'), 'utf8')) as number[];
const ids = [...short, ...short.toReversed()].slice(0, 48);
const tolerance = 1e-4;
/** Three chunks of twelve, and a question. */
const chunkLength = 12;
const chunks = [0, 12, 24].map((at) => ids.slice(at, at + chunkLength));
const question = ids.slice(36);

function fresh(decoder: OpenedDecoder): Inference {
  const state = decoder.inference();
  state.begin(ids.slice(0, 1), schemeOf(decoder.prepared.hyperparameters, {}, ids.length));
  return state;
}

/** Keys and values of tokens that were read alone. */
async function readAlone(decoder: OpenedDecoder, tokens: readonly number[]): Promise<KvRun> {
  const state = fresh(decoder);
  await state.step(tokens, 'last');
  return state.take(0, tokens);
}

/** A part of a run. */
async function partOf(decoder: OpenedDecoder, run: KvRun, from: number, to = run.ids.length): Promise<KvRun> {
  const state = fresh(decoder);
  state.place(run, 0);
  return state.take(from, run.ids.slice(from, to));
}

describe('identities of reuse', () => {
  let full: Float32Array;
  let vocabulary = 0;
  before(async () => {
    const oracle = await OracleDecoder.open(file);
    vocabulary = oracle.sizes.vocabulary;
    full = oracle.logits(ids);
  });

  /** Logits of the question behind chunks whose first k tokens (but the first chunk's) were read in place (LegoLink-k). */
  async function legoLink(decoder: OpenedDecoder, k: number): Promise<Float32Array> {
    const state = fresh(decoder);
    for (const [i, chunk] of chunks.entries()) {
      const run = await readAlone(decoder, chunk);
      const anew = i === 0 ? 0 : k;
      if (anew > 0) await state.step(chunk.slice(0, anew), 'last');
      if (anew < chunk.length) state.place(await partOf(decoder, run, anew));
    }
    assert.deepEqual(
      state.positions,
      Array.from({ length: 36 }, (_, i) => i),
    );
    return state.step(question, 'all');
  }

  it('chunks read alone and placed: all tokens read anew is full attention, more of them come nearer', async (t) => {
    const decoder = await openForTest(t, file);
    const expected = full.subarray(36 * vocabulary);
    const off: number[] = [];
    for (const k of [0, 1, 2, 4, 8, 12]) off.push(largestDifference(await legoLink(decoder, k), expected));
    const [naive = 0, , , , eight = 0, all = 1] = off;
    assert.ok(all < tolerance, String(all));
    assert.ok(naive > 0.01 && eight < naive, off.join(', '));
  });

  it('values of the first chunk are those of the whole text, of later chunks not', async (t) => {
    const decoder = await openForTest(t, file);
    const whole = await readAlone(decoder, ids);
    const off = async (at: number): Promise<number> => {
      const alone = await readAlone(decoder, ids.slice(at, at + chunkLength));
      const part = await partOf(decoder, whole, at, at + chunkLength);
      // The first layer's come from the token alone.
      return Math.max(
        ...alone.rows.layers.map(({ v }, layer) => {
          const [a, b] = [v[0], part.rows.layers[layer]?.v[0]];
          assert.ok(a instanceof Float32Array && b instanceof Float32Array);
          if (layer === 0) assert.ok(largestDifference(a, b) < 1e-5);
          return largestDifference(a, b);
        }),
      );
    };
    assert.ok((await off(0)) < 1e-5);
    assert.ok((await off(12)) > 0.01);
  });

  it('one window of parallel windows is full attention', async (t) => {
    const decoder = await openForTest(t, file);
    const state = fresh(decoder);
    state.place(await readAlone(decoder, ids.slice(0, 30)), 0);
    assert.ok(largestDifference(await state.step(ids.slice(30), 'all'), full.subarray(30 * vocabulary)) < tolerance);
  });

  it('parallel windows of one length: their order does not matter, and none sees another', async (t) => {
    const decoder = await openForTest(t, file);
    const windows = [
      [...ids.slice(0, 1), ...ids.slice(5, 17)],
      [...ids.slice(0, 1), ...ids.slice(20, 32)],
    ];
    const task = ids.slice(32, 40);
    const behind = async (order: readonly (readonly number[])[]): Promise<Float32Array> => {
      const state = fresh(decoder);
      for (const [i, window] of order.entries()) {
        const run = await readAlone(decoder, window);
        // All but the first leave their beginning token out.
        state.place(await partOf(decoder, run, i === 0 ? 0 : 1), i === 0 ? 0 : 1);
      }
      return state.step(task, 'all');
    };
    const [there, back] = [await behind(windows), await behind(windows.toReversed())];
    assert.ok(largestDifference(there, back) < tolerance);
    const joined = await fresh(decoder).step([...windows.flat(), ...task], 'all');
    assert.ok(largestDifference(there, joined.subarray(-there.length)) > 0.01, 'they are no single text');
  });

  it('two partial attentions merge by their log-sum-exp into one', () => {
    const scores = Array.from({ length: 40 }, (_, i) => Math.sin(i * 3.7) * 5);
    const values = Array.from({ length: 40 }, (_, i) => Math.cos(i * 1.3));
    const mixed = (weights: readonly number[], from: number): number =>
      weights.reduce((sum, weight, i) => sum + weight * (values[from + i] ?? 0), 0);
    const logSumExp = (part: readonly number[]): number =>
      Math.log(part.reduce((sum, score) => sum + Math.exp(score), 0));
    const parts = [scores.slice(0, 25), scores.slice(25)];
    const shares = softmax(parts.map(logSumExp));
    const merged = parts.reduce((sum, part, i) => sum + (shares[i] ?? 0) * mixed(softmax(part), i * 25), 0);
    assert.ok(Math.abs(merged - mixed(softmax(scores), 0)) < 1e-12);
  });

  it('NBCE of one context without the context-free prediction is the model as it is', () => {
    const logits = full.subarray(20 * vocabulary, 21 * vocabulary);
    const { logits: mixed, believed } = mixContexts([logits], full.subarray(0, vocabulary), null, {
      topP: 1,
      eta: 0,
      beta: 0,
    });
    assert.equal(believed, 0);
    const expected = softmax([...logits]).map(Math.log);
    for (const [id, value] of mixed.entries())
      // The last ones lie beyond a sum that has come to 1.
      if (value > -15) assert.ok(Math.abs(value - (expected[id] ?? 0)) < 1e-5);
    assert.ok(mixed.filter((value) => value > -15).length > vocabulary / 2);
  });

  it('prefix linear attention: the parallel form is the recurrent one (its models are not run here)', () => {
    const rows = (count: number, width: number, seed: number): number[][] =>
      Array.from({ length: count }, (_, i) =>
        Array.from({ length: width }, (__, c) => Math.sin(seed + i * 7.3 + c * 2.1)),
      );
    const [length, prefix, features, width] = [14, 8, 6, 16];
    const inputs = {
      queries: rows(length, features, 1),
      keys: rows(length, features, 2),
      values: rows(length, width, 3),
      prefixKeys: rows(prefix, features, 4),
      prefixValues: rows(prefix, width, 5),
    };
    const [parallel, recurrent] = [parallelForm(inputs), recurrentForm(inputs)];
    assert.equal(recurrent.length, length - prefix);
    for (const [t, row] of recurrent.entries())
      for (const [c, value] of row.entries())
        assert.ok(Math.abs(value - (parallel[t + prefix]?.[c] ?? Number.NaN)) < 1e-12);
    const [q = [], k = []] = [inputs.queries[3], inputs.keys[5]];
    const u = q.reduce((sum, value, c) => sum + value * (k[c] ?? 0), 0) / Math.sqrt(features);
    const product = taylorFeatures(q).reduce((sum, value, c) => sum + value * (taylorFeatures(k)[c] ?? 0), 0);
    assert.ok(Math.abs(product - (1 + u + (u * u) / 2)) < 1e-12);
  });
});
