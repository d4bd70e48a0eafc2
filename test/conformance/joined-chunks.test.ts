/** Chunks that are read apart and joined: computed again as a whole they are the text, and every repair does what its paper says. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { PrefixCache } from '../../src/runtime/prefix-cache/prefix-cache.ts';
import { joinChunks, readChunk } from '../../src/runtime/reuse/joined-chunks.ts';
import { readJoined } from '../../src/runtime/reuse/read-joined.ts';
import { tryReuse } from '../../src/runtime/reuse/reuse-trial.ts';
import { holds, keepReuseVerdict, readReuseVerdict } from '../../src/runtime/reuse/reuse-verdict.ts';
import { type Repair, deviationOf, repaired } from '../../src/runtime/reuse/repair.ts';
import type { Inference, KvRun } from '../../src/runtime/step/inference.ts';
import { type OpenedDecoder, decoderFixtures, largestDifference, openForTest } from '../support/decoder.ts';
import { reuseVerdict } from '../support/reuse-verdicts.ts';

const never = new AbortController().signal;
const text = (length: number, seed: number): number[] =>
  Array.from({ length }, (_, i) => (i * i * 13 + i * 5 + seed * 57) % 256);
const prefix = text(70, 1);
const chunks = [text(90, 2), text(60, 3), text(120, 4)];
const tail = text(12, 5);
const scheme = { rope: null, window: null, length: 1000 };
const whole = [...prefix, ...chunks.flat(), ...tail];

async function behindPrefix(decoder: OpenedDecoder): Promise<Inference> {
  const state = decoder.inference();
  state.begin(whole, scheme);
  await state.step(prefix, 'last');
  return state;
}

async function readAll(
  state: Inference,
  prefixes: PrefixCache | null = null,
  order: readonly (readonly number[])[] = chunks,
): Promise<KvRun[]> {
  const runs: KvRun[] = [];
  for (const chunk of order) runs.push(await readChunk(state, chunk, prefixes, never));
  return runs;
}

async function fullLogits(decoder: OpenedDecoder): Promise<Float32Array> {
  const state = decoder.inference();
  state.begin(whole, scheme);
  return new Float32Array(await state.step(whole, 'last'));
}

const everything = chunks.flat().length;

for (const model of ['llama-untied/model.gguf', 'qwen2/model.gguf', 'gemma3', 'mistral-sw8'])
  describe(`joined chunks of ${model}`, () => {
    const file = path.join(decoderFixtures, 'tiny', model);

    it('all tokens computed again is the whole text, and the state goes on as if it had read it', async (t) => {
      const decoder = await openForTest(t, file);
      const expected = await fullLogits(decoder);
      const state = await behindPrefix(decoder);
      const { logits, computed } = await joinChunks(
        state,
        await readAll(state),
        tail,
        { kind: 'furthest', share: 1 },
        new Float64Array(everything),
        never,
      );
      assert.equal(computed, everything);
      assert.ok(largestDifference(logits, expected) < 1e-4, String(largestDifference(logits, expected)));
      const next = new Float32Array(await state.step([7], 'last'));
      const anew = decoder.inference();
      anew.begin(whole, scheme);
      await anew.step(whole, 'last');
      assert.ok(largestDifference(next, await anew.step([7], 'last')) < 1e-3);
      assert.deepEqual(state.consumed(), [...whole, 7]);
    });

    it('the first k of each chunk in one pass is the same as one chunk after the other', async (t) => {
      const decoder = await openForTest(t, file);
      const state = await behindPrefix(decoder);
      const { logits } = await joinChunks(state, await readAll(state), tail, { kind: 'first', tokens: 8 }, null, never);
      const slow = await behindPrefix(decoder);
      const runs = await readAll(slow);
      for (const [i, run] of runs.entries()) {
        const anew = i === 0 ? 0 : 8;
        if (anew > 0) await slow.step(run.ids.slice(0, anew), 'last');
        const part = await behindPrefix(decoder);
        part.place(run);
        slow.place(await part.take(prefix.length + anew, run.ids.slice(anew)));
      }
      assert.ok(largestDifference(logits, await slow.step(tail, 'last')) < 1e-4);
    });
  });

describe('repairs', () => {
  const file = path.join(decoderFixtures, 'tiny/llama-untied/model.gguf');

  it('the more is computed again the nearer, and the first chunk needs none', async (t) => {
    const decoder = await openForTest(t, file);
    const expected = await fullLogits(decoder);
    const off = async (repair: Repair, deviation: Float64Array | null = null): Promise<number> => {
      const state = await behindPrefix(decoder);
      const { logits } = await joinChunks(state, await readAll(state), tail, repair, deviation, never);
      return largestDifference(logits, expected);
    };
    const joined = await behindPrefix(decoder);
    assert.equal(joined.isApproximate, false);
    await joinChunks(joined, await readAll(joined), tail, { kind: 'none' }, null, never);
    assert.equal(joined.isApproximate, true, 'what was joined is never kept as a text that was read as a whole');
    const naive = await off({ kind: 'none' });
    assert.ok(naive > 0.01);
    assert.ok((await off({ kind: 'first', tokens: 1000 })) < 1e-4);
    const width = 2;
    const [a, b] = [new Float32Array(everything * width), new Float32Array(everything * width).fill(1, 90 * width)];
    const deviation = deviationOf(a, b, everything);
    assert.ok((await off({ kind: 'furthest', share: 180 / everything }, deviation)) < 1e-4, 'all but the first chunk');
    assert.notEqual(await off({ kind: 'stacked', temperature: 0.9 }), naive);
  });

  it('one chunk that is stacked at temperature 1 is the whole text', async (t) => {
    const decoder = await openForTest(t, file);
    const one = [...prefix, ...(chunks[0] ?? []), ...tail];
    const state = await behindPrefix(decoder);
    const runs = await readAll(state, null, chunks.slice(0, 1));
    const { logits } = await joinChunks(state, runs, tail, { kind: 'stacked', temperature: 1 }, null, never);
    const anew = decoder.inference();
    anew.begin(one, scheme);
    assert.ok(largestDifference(logits, await anew.step(one, 'last')) < 1e-4);
  });

  it('choose what they say', () => {
    assert.deepEqual(repaired({ kind: 'first', tokens: 2 }, [3, 1, 4], null), [3, 4, 5]);
    assert.deepEqual(repaired({ kind: 'furthest', share: 0.5 }, [2, 2], Float64Array.of(1, 9, 0, 5)), [1, 3]);
    assert.deepEqual(repaired({ kind: 'none' }, [3], null), []);
    assert.throws(() => repaired({ kind: 'furthest', share: 0.5 }, [2], null), RangeError);
  });

  it('chunks come from the disk in any order, and are computed once', async (t) => {
    const home = await mkdtemp(path.join(tmpdir(), 'longsight-chunks-'));
    t.after(() => rm(home, { recursive: true, force: true }));
    const decoder = await openForTest(t, file);
    const before = new PrefixCache(home);
    const first = await behindPrefix(decoder);
    await (await before.restore(first, [...prefix, 0], never))?.keep(true);
    const computed = await readAll(first, before);
    await before.settled();
    const later = await behindPrefix(decoder);
    const order = chunks.toReversed();
    const kept = await readAll(later, new PrefixCache(home), order);
    for (const [i, { rows }] of kept.entries())
      for (const [layer, { v }] of rows.layers.entries()) {
        const [a, b] = [v[0], computed[2 - i]?.rows.layers[layer]?.v[0]];
        assert.ok(a instanceof Float32Array && b instanceof Float32Array);
        const off = largestDifference(a, b);
        assert.ok(off > 0 && off < 0.05, String(off));
      }
  });

  it('what is neither held nor next cannot be computed', async (t) => {
    const decoder = await openForTest(t, file);
    const state = await behindPrefix(decoder);
    await assert.rejects(state.stepAmong([1], [75], 'last'), RangeError);
  });
});

describe('a prompt whose sources are joined', () => {
  const file = path.join(decoderFixtures, 'tiny/llama-untied/model.gguf');
  const as = { precision: 'bytes', moved: false } as const;

  it('is the whole text where it has one source, and takes sources from the disk in any order', async (t) => {
    const decoder = await openForTest(t, file);
    const home = await mkdtemp(path.join(tmpdir(), 'longsight-joined-'));
    t.after(() => rm(home, { recursive: true, force: true }));
    const read = async (
      order: readonly (readonly number[])[],
      prefixes: PrefixCache | null,
    ): Promise<{ readonly logits: Float32Array; readonly reused: number }> => {
      const state = decoder.inference();
      const ids = [...prefix, ...order.flat(), ...tail];
      state.begin(ids, scheme);
      const done: number[] = [];
      const parts = { prefix, chunks: order, tail };
      const result = await readJoined(state, parts, prefixes, as, (count) => done.push(count), never);
      await prefixes?.settled();
      assert.equal(done.at(-1), ids.length);
      assert.deepEqual(state.consumed(), ids);
      return { ...result, logits: new Float32Array(result.logits) };
    };
    const [alone = []] = chunks;
    const state = decoder.inference();
    const ids = [...prefix, ...alone, ...tail];
    state.begin(ids, scheme);
    const expected = new Float32Array(await state.step(ids, 'last'));
    assert.ok(largestDifference((await read([alone], null)).logits, expected) < 1e-4);

    const first = await read(chunks, new PrefixCache(home));
    // What is computed again of a source was computed once before.
    assert.equal(first.reused, -8 * (chunks.length - 1));
    const again = await read(chunks.toReversed(), new PrefixCache(home));
    assert.equal(again.reused, prefix.length + everything - 8 * (chunks.length - 1));
    const anew = await read(chunks.toReversed(), null);
    assert.ok(largestDifference(again.logits, anew.logits) < 0.2);
  });

  it('each form of reuse is tried against a full reading, and what cannot be run does not hold', async (t) => {
    const decoder = await openForTest(t, file);
    const steps: number[] = [];
    const questions = [{ prefix, chunks, tail }];
    const verdict = await tryReuse(decoder.inference(), questions, (done, total) => steps.push(done / total), never);
    assert.equal(verdict.tokens, 32);
    assert.equal(steps.at(-1), 1);
    for (const form of ['coarse', 'moved', 'joined'] as const) {
      const { agreement, divergence, off } = verdict[form];
      assert.ok(agreement >= 0 && agreement <= 1, `${form} ${agreement}`);
      assert.ok(divergence > 0 && off > 0, 'it is not the full reading itself');
    }
    assert.ok(verdict.coarse.divergence < verdict.joined.divergence);
    const one = await tryReuse(
      decoder.inference(),
      [{ prefix, chunks: chunks.slice(0, 1), tail }],
      () => undefined,
      never,
    );
    assert.equal(one.joined.agreement, 1, 'one source behind its prefix is the whole text');
    assert.ok(one.joined.off < 1e-3 && one.moved.off < 1e-3);
  });

  it('verdicts are kept by model, and a file that is none says nothing', async (t) => {
    const home = await mkdtemp(path.join(tmpdir(), 'longsight-verdicts-'));
    t.after(() => rm(home, { recursive: true, force: true }));
    assert.equal(await readReuseVerdict(home, 'a'), null);
    await keepReuseVerdict(home, 'a', reuseVerdict(0.96));
    assert.deepEqual(await readReuseVerdict(home, 'a'), reuseVerdict(0.96));
    assert.equal(await readReuseVerdict(home, 'b'), null);
    await writeFile(path.join(home, 'verdicts/a.reuse.json'), '{"version":1,"verdict":{}}');
    assert.equal(await readReuseVerdict(home, 'a'), null);
    assert.deepEqual(
      [holds(null, 'moved'), holds(reuseVerdict(0.95), 'moved'), holds(reuseVerdict(0.9), 'moved')],
      [false, true, false],
    );
  });
});
