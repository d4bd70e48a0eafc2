/** ALiBi and what stretches it, through the real graphs of models that have it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { alibiSlopes } from '../../src/runtime/biases/alibi.ts';
import type { CacheScheme } from '../../src/runtime/cache/cache-scheme.ts';
import { type PositionRequest, schemeOf } from '../../src/runtime/positions/scheme.ts';
import { type OpenedDecoder, decoderFixtures, largestDifference, openForTest, readFloats } from '../support/decoder.ts';

const own = path.join(decoderFixtures, 'own');
const given = JSON.parse(readFileSync(path.join(decoderFixtures, 'tiny/input_ids.json'), 'utf8')) as number[];
const tolerance = 1e-4;

async function logitsOf(decoder: OpenedDecoder, scheme: CacheScheme, step: number): Promise<Float32Array> {
  const { vocabulary } = decoder.prepared.hyperparameters;
  const ids = given.map((id) => id % vocabulary);
  const state = decoder.inference();
  state.begin(ids.slice(0, 1), scheme);
  const all = new Float32Array(ids.length * vocabulary);
  for (let at = 0; at < ids.length; at += step)
    all.set(await state.step(ids.slice(at, at + step), 'all'), at * vocabulary);
  state.dispose();
  return all;
}

for (const name of ['bloom', 'mpt', 'mpt-six']) {
  describe(`ALiBi of ${name}`, () => {
    const reference = readFloats(path.join(own, name, 'expected.f32'));
    const schemed = (decoder: OpenedDecoder, request: PositionRequest): CacheScheme =>
      schemeOf(decoder.prepared.hyperparameters, request, given.length);

    it('factors of 1, and what follows the length within the trained one, are the model as it is', async (t) => {
      const decoder = await openForTest(t, path.join(own, name));
      for (const rope of ['alibi', 'pi-alibi:1', 'ntk-alibi:1', 'dynamic-ntk-alibi'])
        for (const step of [1, 40]) {
          const difference = largestDifference(await logitsOf(decoder, schemed(decoder, { rope }), step), reference);
          assert.ok(difference < tolerance, `${rope}: ${String(difference)}`);
        }
    });

    it('stretched slopes change the scores, the same at once and token by token', async (t) => {
      const decoder = await openForTest(t, path.join(own, name));
      for (const rope of ['pi-alibi:4', 'ntk-alibi:4', `dynamic-ntk-alibi:1000`]) {
        const scheme = schemed(decoder, { rope });
        const atOnce = await logitsOf(decoder, scheme, 40);
        assert.ok(largestDifference(atOnce, reference) > 1e-3, rope);
        assert.ok(largestDifference(await logitsOf(decoder, scheme, 1), atOnce) < tolerance, rope);
      }
      const halved: CacheScheme = {
        ...schemed(decoder, {}),
        slopes: { reach: 1, slopes: (heads) => alibiSlopes(heads).map((slope) => slope / 4) },
      };
      const stretched = await logitsOf(decoder, schemed(decoder, { rope: 'pi-alibi:4' }), 40);
      assert.ok(largestDifference(await logitsOf(decoder, halved, 40), stretched) < tolerance);
    });

    it('masks: wide enough is everything, narrow is the same at once and token by token', async (t) => {
      const decoder = await openForTest(t, path.join(own, name));
      const wide = await logitsOf(decoder, schemed(decoder, { mask: 'window:40' }), 9);
      assert.ok(largestDifference(wide, reference) < tolerance);
      const narrow = schemed(decoder, { mask: 'global-local:2:6' });
      const atOnce = await logitsOf(decoder, narrow, 40);
      assert.ok(largestDifference(atOnce, reference) > 1e-3);
      assert.ok(largestDifference(await logitsOf(decoder, narrow, 1), atOnce) < tolerance);
    });

    it('sinks + window: the same in any slices', async (t) => {
      const decoder = await openForTest(t, path.join(own, name));
      const scheme = schemed(decoder, { window: { sinks: 2, recent: 6 } });
      const single = await logitsOf(decoder, scheme, 1);
      for (const step of [5, 40])
        assert.ok(largestDifference(await logitsOf(decoder, scheme, step), single) < tolerance, String(step));
    });

    it('refuses rotations', async (t) => {
      const decoder = await openForTest(t, path.join(own, name));
      for (const rope of ['linear:2', 'rerope:8', 'log-n'])
        assert.throws(() => schemed(decoder, { rope }), /LS3005/, rope);
      assert.throws(() => schemed(decoder, { retrieval: 'quest:16' }), /LS3005/);
    });
  });
}
