/** What stays in the cache from one request to the next, and that reusing it changes nothing. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { CacheWindow } from '../../../src/runtime/decoder.ts';
import type { Inference } from '../../../src/runtime/step/inference.ts';
import { parseRope } from '../../../src/runtime/rope/specification.ts';
import { decoderFixtures, largestDifference, openForTest } from '../../support/decoder.ts';

const file = path.join(decoderFixtures, 'tiny/llama-tied/model.gguf');
const shared = Array.from({ length: 20 }, (_, i) => (i * 37 + 5) % 256);
const first = [...shared, 1, 2, 3];
const second = [...shared, 9, 8, 7, 6];

interface Outcome {
  readonly reused: number;
  readonly logits: Float32Array;
}
async function prefill(
  state: Inference,
  ids: readonly number[],
  { window = null, rope = 'default' }: { window?: CacheWindow | null; rope?: string } = {},
): Promise<Outcome> {
  const reused = state.begin(ids, { rope: parseRope(rope), window, length: ids.length });
  return { reused, logits: await state.step(ids.slice(reused), 'last') };
}

describe('prefix reuse', () => {
  it('keeps the common beginning and computes the same', async (t) => {
    const { inference } = await openForTest(t, file);
    const state = inference();
    await prefill(state, first);
    const again = await prefill(state, second);
    assert.equal(again.reused, shared.length);
    assert.ok(largestDifference(again.logits, (await prefill(inference(), second)).logits) < 1e-4);
  });

  it('leaves the last token to compute', async (t) => {
    const { inference } = await openForTest(t, file);
    const state = inference();
    await prefill(state, first);
    assert.equal((await prefill(state, first)).reused, first.length - 1);
    assert.equal((await prefill(state, first.slice(0, 5))).reused, 4);
  });

  it('starts over when the rotation is another', async (t) => {
    const { inference } = await openForTest(t, file);
    const state = inference();
    await prefill(state, first);
    const other = await prefill(state, second, { rope: 'linear:2' });
    assert.equal(other.reused, 0);
    assert.ok(
      largestDifference(other.logits, (await prefill(inference(), second, { rope: 'linear:2' })).logits) < 1e-4,
    );
  });

  it('after an eviction reuses for a continuation only', async (t) => {
    const { inference } = await openForTest(t, file);
    const window = { sinks: 2, recent: 6 };
    const state = inference();
    await prefill(state, first, { window });
    const continued = [...first, 11, 12, 13];
    const again = await prefill(state, continued, { window });
    assert.equal(again.reused, first.length);
    assert.ok(largestDifference(again.logits, (await prefill(inference(), continued, { window })).logits) < 1e-4);
    assert.equal((await prefill(state, second, { window })).reused, 0);
    await prefill(state, first, { window });
    assert.equal((await prefill(state, continued, { window: { sinks: 3, recent: 6 } })).reused, 0);
    await prefill(state, first, { window });
    assert.equal((await prefill(state, continued)).reused, 0);
  });

  it('takes a whole cache under a window only as far as it has not slid', async (t) => {
    const { inference } = await openForTest(t, file);
    const window = { sinks: 2, recent: 6 };
    const state = inference();
    await prefill(state, first);
    const again = await prefill(state, first, { window });
    assert.equal(again.reused, 8);
    assert.ok(largestDifference(again.logits, (await prefill(inference(), first, { window })).logits) < 1e-4);
  });
});
