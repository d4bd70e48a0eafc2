/**
 * The numerical identities of positions (fixtures of the project's notes, there as a Python reference) through the product itself: every
 * rule on distances, at once, in slices and token by token, against a decoder that rotates each pair by its own distance in float64.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import type { Inference } from '../../src/runtime/step/inference.ts';
import { parseMask } from '../../src/runtime/masks/specification.ts';
import { schemeOf } from '../../src/runtime/positions/scheme.ts';
import { logN } from '../../src/runtime/rope/log-n.ts';
import { parsePositions, parseRope } from '../../src/runtime/rope/specification.ts';
import { type OpenedDecoder, decoderFixtures, largestDifference, openForTest, readFloats } from '../support/decoder.ts';
import { OracleDecoder, type OraclePairs, rotatedProduct, turned } from '../support/oracle-decoder.ts';

const tiny = path.join(decoderFixtures, 'tiny');
const file = path.join(tiny, 'llama-tied/model.gguf');
const short = JSON.parse(readFileSync(path.join(tiny, 'input_ids.json'), 'utf8')) as number[];
/** Long enough for small windows to matter many times over. */
const ids = [...short, ...short.toReversed(), ...short.map((id) => (id * 7 + 3) % 256)];
const tolerance = 1e-4;

/** Logits of every position; the first token alone is the prompt, so that single tokens go through `decode`. */
async function logitsOf(
  state: Inference,
  decoder: OpenedDecoder,
  request: { readonly rope?: string; readonly mask?: string; readonly window?: { sinks: number; recent: number } },
  step: number,
  tokens: readonly number[] = ids,
): Promise<Float32Array> {
  state.reset();
  state.begin(tokens.slice(0, 1), schemeOf(decoder.prepared.hyperparameters, request, tokens.length));
  const { vocabulary } = decoder.prepared.hyperparameters;
  const all = new Float32Array(tokens.length * vocabulary);
  for (let at = 0; at < tokens.length; at += step)
    all.set(await state.step(tokens.slice(at, at + step), 'all'), at * vocabulary);
  return all;
}

function assertEqual(a: Float32Array, b: Float32Array, what: string): void {
  const difference = largestDifference(a, b);
  assert.ok(difference < tolerance, `${what}: ${String(difference)}`);
}

describe('identities of positions', () => {
  let oracle: OracleDecoder;
  let full: Float32Array;
  before(async () => {
    oracle = await OracleDecoder.open(file);
    full = oracle.logits(ids);
  });

  it('the oracle is the reference', () => {
    assertEqual(oracle.logits(short), readFloats(path.join(tiny, 'llama-tied/expected.f32')), 'transformers');
  });

  it('an un-rotated cache in any slices is the oracle', async (t) => {
    const decoder = await openForTest(t, file);
    const state = decoder.inference();
    for (const step of [1, 7, 20, ids.length])
      assertEqual(await logitsOf(state, decoder, {}, step), full, String(step));
  });

  it('all positions shifted by 1000 change nothing', async (t) => {
    const decoder = await openForTest(t, file);
    const h = decoder.prepared.hyperparameters;
    const [first, second] = [decoder.inference(), decoder.inference()];
    const scheme = schemeOf(h, {}, ids.length);
    first.begin(ids.slice(0, 1), scheme);
    second.begin(ids.slice(0, 1), scheme);
    await first.step(ids.slice(0, 50), 'all');
    second.place(await first.take(0, ids.slice(0, 50)), 1000);
    assert.deepEqual(second.positions.slice(0, 2), [1000, 1001]);
    const rest = full.subarray(50 * h.vocabulary);
    const shifted = second.fork();
    assertEqual(await second.step(ids.slice(50), 'all'), rest, 'many tokens');
    assertEqual(await shifted.step(ids.slice(50, 51), 'last'), rest.subarray(0, h.vocabulary), 'one token');
  });

  it('streaming: closed form, first S + W + 1 equal, a window that holds everything', async (t) => {
    const decoder = await openForTest(t, file);
    const state = decoder.inference();
    const [sinks, recent] = [4, 12];
    const { vocabulary } = decoder.prepared.hyperparameters;
    const closed = oracle.logits(ids, {
      sees: (i, j) => j < sinks || i - j <= recent,
      distance: (i, j) => (j < sinks ? Math.min(i, sinks + recent) - j : i - j),
    });
    for (const step of [1, 5, 64]) {
      const streamed = await logitsOf(state, decoder, { window: { sinks, recent } }, step);
      assertEqual(streamed, closed, `steps of ${String(step)}`);
      const same = (sinks + recent + 1) * vocabulary;
      assertEqual(streamed.subarray(0, same), full.subarray(0, same), 'the first ones');
    }
    const wide = await logitsOf(state, decoder, { window: { sinks, recent: ids.length } }, 9);
    assertEqual(wide, full, 'a wide window');
    const unmoved = oracle.logits(ids, { sees: (i, j) => j < sinks || i - j <= recent });
    assert.ok(largestDifference(unmoved, closed) > 0.1, 'positions in the text are something else');
  });

  it('what was kept, read again, is something else than streaming', async (t) => {
    const decoder = await openForTest(t, file);
    const streamed = await logitsOf(decoder.inference(), decoder, { window: { sinks: 4, recent: 12 } }, 8);
    const kept = [...ids.slice(0, 4), ...ids.slice(-13)];
    const again = await logitsOf(decoder.inference(), decoder, {}, kept.length, kept);
    const { vocabulary } = decoder.prepared.hyperparameters;
    assert.ok(largestDifference(again.subarray(-vocabulary), streamed.subarray(-vocabulary)) > 0.1);
  });

  const rules: readonly string[] = [
    'rerope:10',
    'rerope:1',
    'leaky-rerope:10:16',
    'leaky-rerope:10:3',
    'self-extend:12:4',
    'self-extend:10:4',
    'linear:2+rerope:10',
    'rerope:10+log-n:16',
    'self-extend:9:2+log-n:16',
    'log-n:16',
    'ntk-mixed:12+log-n:16',
    'yarn:4:original=32+leaky-rerope:8:4',
  ];
  for (const rope of rules) {
    it(`${rope}: the oracle, in any slices and token by token`, async (t) => {
      const decoder = await openForTest(t, file);
      const { distances, scaling, logN: scaled } = parsePositions(rope);
      const shape = { dimensions: oracle.sizes.headSize, base: oracle.sizes.base, contextLength: 128 };
      const pairs: OraclePairs = {
        ...(distances && { distance: (i, j) => distances.distance(i, j) }),
        ...(scaling && scaling.frequencies(shape, ids.length)),
        ...(scaled && { queryScale: (i) => logN(i, scaled.trainedLength ?? 0) }),
      };
      const expected = oracle.logits(ids, pairs);
      assert.ok(largestDifference(expected, full) > 0.01, 'the rule matters');
      const state = decoder.inference();
      for (const step of [1, 13, ids.length])
        assertEqual(await logitsOf(state, decoder, { rope }, step), expected, `steps of ${String(step)}`);
    });
  }

  it('LM-Infinite: the oracle under its mask, though the cache forgets', async (t) => {
    const decoder = await openForTest(t, file);
    const [local, global] = [12, 3];
    const expected = oracle.logits(ids, {
      sees: (i, j) => j < global || i - j < local,
      distance: (i, j) => Math.min(i - j, local),
    });
    const state = decoder.inference();
    for (const step of [1, 5, 13, ids.length]) {
      assertEqual(
        await logitsOf(state, decoder, { rope: 'lm-infinite:12:3' }, step),
        expected,
        `steps of ${String(step)}`,
      );
      assert.equal(state.length, local - 1 + global);
    }
    assertEqual(await logitsOf(state, decoder, { rope: 'lm-infinite:1000:3' }, 16), full, 'wide enough');
  });

  it('degenerate rules are full attention', async (t) => {
    const decoder = await openForTest(t, file);
    const state = decoder.inference();
    const n = String(ids.length);
    for (const rope of [`rerope:${n}`, 'leaky-rerope:10:1', 'self-extend:10:1', 'log-n:100000', 'default']) {
      for (const step of [1, 40]) assertEqual(await logitsOf(state, decoder, { rope }, step), full, rope);
    }
    const leaky = await logitsOf(state, decoder, { rope: 'leaky-rerope:10:256' }, 40, ids.slice(0, 12));
    const rectified = await logitsOf(state, decoder, { rope: 'rerope:10' }, 40, ids.slice(0, 12));
    assert.ok(largestDifference(leaky, rectified) < 0.05, 'ever slower, leaky comes to rerope');
  });

  it('what follows the length is plain up to the trained one', async (t) => {
    const decoder = await openForTest(t, file);
    const state = decoder.inference();
    for (const rope of ['dynamic:2', 'dynamic-yarn', 'dynamic-linear'])
      assertEqual(await logitsOf(state, decoder, { rope }, 30), full, rope);
    const short32 = await logitsOf(state, decoder, { rope: 'dynamic:2:original=32' }, 30);
    assert.ok(largestDifference(short32, full) > 0.01);
  });

  const masks: readonly string[] = [
    'causal',
    'window:9',
    'dilated:6:3',
    'block:16',
    'block:16:1',
    'global-local:4:9',
    'strided:8',
    'parallel-windows:24:3',
  ];
  for (const mask of masks) {
    it(`mask ${mask}: the oracle, in any slices and token by token`, async (t) => {
      const decoder = await openForTest(t, file);
      const state = decoder.inference();
      const rule = parseMask(mask);
      const expected = oracle.logits(ids, { sees: (i, j) => rule.sees(i, j) });
      for (const step of [1, 11, ids.length])
        assertEqual(await logitsOf(state, decoder, { mask }, step), expected, `steps of ${String(step)}`);
    });
  }

  it('a mask and a rule on distances go together', async (t) => {
    const decoder = await openForTest(t, file);
    const expected = oracle.logits(ids, {
      sees: (i, j) => j < 4 || i - j < 30,
      distance: (i, j) => Math.min(i - j, 10),
    });
    const state = decoder.inference();
    for (const step of [1, 17])
      assertEqual(
        await logitsOf(state, decoder, { rope: 'rerope:10', mask: 'global-local:4:30' }, step),
        expected,
        `steps of ${String(step)}`,
      );
  });

  it('refuses what does not go together', async (t) => {
    const decoder = await openForTest(t, file);
    const h = decoder.prepared.hyperparameters;
    const window = { sinks: 4, recent: 12 };
    assert.throws(() => schemeOf(h, { rope: 'rerope:10', window }, 10), /LS3005/);
    assert.throws(() => schemeOf(h, { mask: 'block:10', window }, 10), /LS3005/);
    assert.throws(() => schemeOf(h, { rope: 'ntk-alibi:2' }, 10), /LS3005/);
  });

  it('K-shift: a rotation of a rotated key is a rotation by the sum', () => {
    const frequencies = parseRope('default').frequencies(
      { dimensions: 16, base: 1e4, contextLength: 128 },
      0,
    ).frequencies;
    const key = Float64Array.from({ length: 16 }, (_, c) => Math.sin(c * 1.7));
    const query = Float64Array.from({ length: 16 }, (_, c) => Math.cos(c * 0.9));
    const shifted = turned(turned(key, 50, frequencies), -17, frequencies);
    for (const [c, value] of turned(key, 33, frequencies).entries())
      assert.ok(Math.abs(value - (shifted[c] ?? 0)) < 1e-12);
    // ReRoPE's one product: the query as it is and keys turned back are the query turned forward.
    const back = turned(key, -10, frequencies);
    const plain = query.reduce((total, q, c) => total + q * (back[c] ?? 0), 0);
    assert.ok(Math.abs(plain - rotatedProduct(query, key, 10, frequencies)) < 1e-12);
  });
});

describe('positions of more tokens than there are positions', () => {
  const long = Array.from({ length: 1300 }, (_, i) => (i * 31 + (i >> 3)) % 256);

  it('rules that bring a long text near: many tokens at once are one by one', async (t) => {
    const decoder = await openForTest(t, file);
    const { vocabulary } = decoder.prepared.hyperparameters;
    for (const rope of ['rerope:5', 'leaky-rerope:5:64', 'self-extend:8:64', 'lm-infinite:1100:4']) {
      const state = decoder.inference();
      state.begin(long.slice(0, 1), schemeOf(decoder.prepared.hyperparameters, { rope }, long.length));
      for (let at = 0; at < 1250; at += 250) await state.step(long.slice(at, at + 250), 'last');
      const other = state.fork();
      const atOnce = await state.step(long.slice(1250), 'all');
      for (let at = 1250; at < 1260; at++) {
        const row = atOnce.subarray((at - 1250) * vocabulary, (at - 1249) * vocabulary);
        assertEqual(await other.step(long.slice(at, at + 1), 'last'), row, rope);
      }
      state.dispose();
      other.dispose();
    }
  });

  it('windows that stand at the same positions', async (t) => {
    const decoder = await openForTest(t, file);
    const state = decoder.inference();
    state.begin(long.slice(0, 1), schemeOf(decoder.prepared.hyperparameters, {}, long.length));
    await state.step(long.slice(0, 250), 'last');
    const run = await state.take(0, long.slice(0, 250));
    for (let i = 0; i < 5; i++) state.place(run, 0);
    assert.equal(state.length, 1500);
    assert.ok((await state.step([7, 8], 'all')).every(Number.isFinite));
  });
});

describe('rules on models with sliding windows', () => {
  const requests: readonly { readonly rope?: string; readonly mask?: string }[] = [
    { rope: 'rerope:5' },
    { rope: 'leaky-rerope:5:4' },
    { rope: 'self-extend:6:4' },
    { rope: 'lm-infinite:5:2' },
    { rope: 'log-n:8' },
    { mask: 'global-local:2:5' },
    { mask: 'strided:6' },
    { rope: 'linear:2' },
  ];
  for (const name of ['gemma3', 'mistral-sw8']) {
    it(`${name}: every rule matters, and many tokens at once are one by one`, async (t) => {
      const decoder = await openForTest(t, path.join(tiny, name));
      const plain = await logitsOf(decoder.inference(), decoder, {}, short.length, short);
      assertEqual(plain, readFloats(path.join(tiny, name, 'expected.f32')), 'transformers');
      for (const request of requests) {
        const state = decoder.inference();
        const atOnce = await logitsOf(state, decoder, request, short.length, short);
        const what = JSON.stringify(request);
        assert.ok(largestDifference(atOnce, plain) > 1e-3, `${what} changes nothing`);
        for (const step of [1, 7]) assertEqual(await logitsOf(state, decoder, request, step, short), atOnce, what);
        state.dispose();
      }
    });
  }
});
