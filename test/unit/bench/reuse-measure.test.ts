/** The measurement of reuse on a tiny model: every case is run, and with all tokens computed again it agrees with a full prefill. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { reuseCaseNames } from '../../../src/protocol/bench.ts';
import { measureFollowUp, measureQuestion } from '../../../src/runtime/bench/reuse-measure.ts';
import { PrefixCache } from '../../../src/runtime/prefix-cache/prefix-cache.ts';
import { decoderFixtures, openForTest } from '../../support/decoder.ts';

const never = new AbortController().signal;
const text = (length: number, seed: number): number[] =>
  Array.from({ length }, (_, i) => (i * i * 13 + i * 5 + seed * 57) % 256);

async function setUp(t: TestContext): Promise<{
  readonly open: () => PrefixCache;
  readonly create: Awaited<ReturnType<typeof openForTest>>['inference'];
}> {
  const home = await mkdtemp(path.join(tmpdir(), 'longsight-reuse-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const decoder = await openForTest(t, path.join(decoderFixtures, 'tiny/llama-untied/model.gguf'));
  return { open: () => new PrefixCache(home), create: decoder.inference };
}

describe('the measurement of reuse', () => {
  it('runs every case from the disk and counts what is computed again', async (t) => {
    const { open, create } = await setUp(t);
    const question = { prefix: text(70, 1), chunks: [text(80, 2), text(80, 3), text(80, 4)], tail: text(9, 5) };
    const { cases } = await measureQuestion(create(), question, reuseCaseNames, open, () => undefined, never);
    assert.deepEqual(Object.keys(cases), reuseCaseNames);
    // The prefix alone comes from the disk there, in a byte a number.
    assert.ok((cases['cacheblend-100']?.agreement ?? 0) > 0.9);
    assert.deepEqual(
      ['naive', 'legolink-0', 'legolink-8', 'cacheblend-15', 'cacheblend-100', 'ape'].map(
        (name) => cases[name]?.computed,
      ),
      [0, 0, 16, 36, 240, 0],
    );
  });

  it('a follow-up computes its own tokens alone', async (t) => {
    const { open, create } = await setUp(t);
    const figures = await measureFollowUp([create(), create()], text(700, 6), text(20, 7), open, never);
    assert.deepEqual([figures.restored, figures.computed], [700, 20]);
    assert.ok(figures.agreement > 0.5, String(figures.agreement));
  });
});
