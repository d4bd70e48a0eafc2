/** A generation stops within one slice of its prompt and within one token of its answer, and the state serves the next request. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { isCancelled } from '../../../src/base/cancellation.ts';
import type { DecodeEvent } from '../../../src/runtime/decoder.ts';
import { type GenerateContext, type ApartContexts, generate } from '../../../src/runtime/generate/generate.ts';
import { speculationProfile } from '../../../src/runtime/speculation/speculative-steps.ts';
import { decoderFixtures, openForTest } from '../../support/decoder.ts';
import { tinyTokenizer } from '../../support/tiny-tokenizer.ts';

const ids = JSON.parse(readFileSync(path.join(decoderFixtures, 'tiny/input_ids.json'), 'utf8')) as number[];
const sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 1 };
/** More than two slices, within the context. */
const prompt = Array.from({ length: 600 }, (_, i) => ids[i % ids.length] ?? 1);

async function opened(t: Parameters<typeof openForTest>[0]): Promise<GenerateContext> {
  const { inference, prepared } = await openForTest(t, path.join(decoderFixtures, 'tiny/llama-tied/model.gguf'));
  const hyperparameters = { ...prepared.hyperparameters, contextLength: 4096 };
  return {
    inference: inference(),
    hyperparameters,
    tokenizer: tinyTokenizer([]),
    loadMs: 0,
    speculation: speculationProfile(),
  };
}

/** Cancels at the event that `when` picks; gives back the events that came before and after. */
async function cancelled(
  context: GenerateContext,
  when: (event: DecodeEvent, count: number) => boolean,
  contexts?: ApartContexts,
): Promise<{ before: DecodeEvent[]; after: DecodeEvent[] }> {
  const abort = new AbortController();
  const [before, after]: DecodeEvent[][] = [[], []];
  const onEvent = (event: DecodeEvent): void => {
    (abort.signal.aborted ? after : before)?.push(event);
    if (when(event, before?.length ?? 0)) abort.abort();
  };
  const request = { promptIds: contexts ? prompt.slice(0, 40) : prompt, maxTokens: 50, sampling, constraint: null };
  await assert.rejects(
    generate(context, { ...request, ...(contexts && { contexts }) }, onEvent, abort.signal),
    isCancelled,
  );
  return { before: before ?? [], after: after ?? [] };
}

describe('a cancelled generation', () => {
  it('computes no slice more', async (t) => {
    const context = await opened(t);
    const { before, after } = await cancelled(context, ({ type }) => type === 'prefill');
    assert.equal(before.length, 1);
    assert.deepEqual(after, []);
    assert.ok(context.inference.length < prompt.length);
  });

  it('writes no token more', async (t) => {
    const { after } = await cancelled(await opened(t), ({ type }, count) => type === 'token' && count >= 8);
    assert.deepEqual(after, []);
  });

  it('computes no slice of another context more', async (t) => {
    for (const method of ['parallel-windows', 'nbce'] as const) {
      const context = await opened(t);
      const windows = [ids, ids.toReversed()].map((own) =>
        Array.from({ length: 300 }, (_, i) => own[i % own.length] ?? 1),
      );
      const { before, after } = await cancelled(context, ({ type }) => type === 'prefill', {
        ...{ method, shared: [], windows },
      });
      assert.equal(before.length, 1);
      assert.deepEqual(after, []);
      assert.equal(context.inference.length, 0);
      assert.equal(context.inference.cache.end, 0, 'the rows were given back');
    }
  });

  it('leaves a state that answers as a fresh one', async (t) => {
    const context = await opened(t);
    const request = { promptIds: prompt, maxTokens: 30, sampling, constraint: null };
    const expected = await generate(await opened(t), request, () => undefined, new AbortController().signal);
    await cancelled(context, ({ type }) => type === 'prefill');
    await cancelled(context, ({ type }, count) => type === 'token' && count >= 15);
    const got = await generate(context, request, () => undefined, new AbortController().signal);
    assert.deepEqual(got.tokenIds, expected.tokenIds);
    assert.ok(got.reusedTokens > 0);
  });

  it('tells how far the prompt was read, slice by slice, to its end', async (t) => {
    const seen: DecodeEvent[] = [];
    const request = { promptIds: prompt, maxTokens: 1, sampling, constraint: null };
    await generate(await opened(t), request, (event) => seen.push(event), new AbortController().signal);
    const slices = seen.filter(({ type }) => type === 'prefill');
    assert.ok(slices.length >= 3);
    assert.deepEqual(slices.at(-1), { type: 'prefill', done: prompt.length, total: prompt.length });
  });
});
