/**
 * Retrieval inside the cache: bounds are above every score, all pages looked at is full attention, and fewer pages are exactly those
 * with the highest bounds.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { retrievingLayers } from '../../src/models/graphs/attention/attention-retrieved.ts';
import type { CacheScheme } from '../../src/runtime/cache/cache-scheme.ts';
import type { Inference } from '../../src/runtime/step/inference.ts';
import { retrieved } from '../../src/runtime/positions/retrieved.ts';
import { schemeOf } from '../../src/runtime/positions/scheme.ts';
import { defaultFrequencies } from '../../src/runtime/rope/frequencies.ts';
import { infLlm } from '../../src/runtime/retrieval/infllm.ts';
import { quest } from '../../src/runtime/retrieval/quest.ts';
import type { RetrievalRule } from '../../src/runtime/retrieval/retrieval-rule.ts';
import { parseRetrieval } from '../../src/runtime/retrieval/specification.ts';
import { type OpenedDecoder, decoderFixtures, largestDifference, openForTest } from '../support/decoder.ts';
import { OracleDecoder, softmax, turned } from '../support/oracle-decoder.ts';

const file = path.join(decoderFixtures, 'tiny/llama-untied/model.gguf');
const short = JSON.parse(readFileSync(path.join(decoderFixtures, 'tiny/input_ids.json'), 'utf8')) as number[];
const ids = [...short, ...short.toReversed(), ...short.map((id) => (id * 7 + 3) % 256)];
const tolerance = 1e-4;

function schemeFor({ prepared }: OpenedDecoder, retrieval: RetrievalRule): CacheScheme {
  assert.deepEqual(retrievingLayers(prepared.hyperparameters), [2]);
  const plain = schemeOf(prepared.hyperparameters, {}, ids.length);
  return { ...plain, retrieval, rule: retrieved(retrieval, null) };
}

/** Logits of every position, `dense` tokens at once and the rest one by one. */
async function logitsOf(
  state: Inference,
  scheme: CacheScheme,
  dense: number,
  tokens: readonly number[] = ids,
): Promise<Float32Array> {
  state.reset();
  state.begin(ids.slice(0, 1), scheme);
  const parts = [await state.step(tokens.slice(0, dense), 'all')];
  for (const id of tokens.slice(dense)) parts.push(await state.step([id], 'last'));
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, c) => sum + value * (b[c] ?? 0), 0);
}

/** Indexes of the highest numbers. */
function best(numbers: readonly number[], count: number): number[] {
  return [...numbers.keys()].sort((a, b) => (numbers[b] ?? 0) - (numbers[a] ?? 0)).slice(0, count);
}

describe('retrieval inside the cache', () => {
  it("Quest's bound is never below a score of its page, and is one for a page of one key", () => {
    const [headSize, size] = [16, 5];
    const shape = { kvHeads: 1, headSize };
    const rule = quest(1000, size);
    const value = (i: number): number => Math.sin(i * 12.9898) * 3;
    const [low, high] = [new Float32Array(headSize), new Float32Array(headSize)];
    for (let trial = 0; trial < 50; trial++) {
      const keys = Float32Array.from({ length: size * headSize }, (_, i) => value(i + trial * 101));
      const query = Float32Array.from({ length: headSize }, (_, i) => value(i * 7 + trial));
      const bound = (count: number): number => {
        rule.summarise(keys, count, shape, low, high);
        return query.reduce((sum, q, c) => sum + Math.max(q * (low[c] ?? 0), q * (high[c] ?? 0)), 0);
      };
      const score = (row: number): number => query.reduce((sum, q, c) => sum + q * (keys[row * headSize + c] ?? 0), 0);
      const most = Math.max(...Array.from({ length: size }, (_, row) => score(row)));
      assert.ok(bound(size) >= most - 1e-5);
      assert.ok(Math.abs(bound(1) - score(0)) < 1e-4);
    }
  });

  it('every page looked at is full attention, with pages of any size and any cache', async (t) => {
    const decoder = await openForTest(t, file);
    const plain = schemeOf(decoder.prepared.hyperparameters, {}, ids.length);
    for (const cache of ['f32', 'f16', 'int8'] as const) {
      const state = decoder.inference({ cache });
      // Roundings of the cache turn the last bits of a step into more by the next.
      const tokens = cache === 'f32' ? ids.slice(0, 90) : ids.slice(0, 51);
      const full = await logitsOf(state, plain, 50, tokens);
      for (const pageSize of [16, 7, 1]) {
        const rule = { ...quest(10_000, pageSize), from: 0 };
        const difference = largestDifference(await logitsOf(state, schemeFor(decoder, rule), 50, tokens), full);
        assert.ok(difference < tolerance, `pages of ${String(pageSize)}, ${cache}: ${String(difference)}`);
      }
    }
  });

  for (const shares of [true, false])
    it(`Quest looks at the pages of the highest bounds${shares ? ' as shares' : ''}, and at the newest`, async (t) => {
      const decoder = await openForTest(t, file);
      const oracle = await OracleDecoder.open(file);
      const [dense, size, pages] = [40, 8, 4];
      const { heads, kvHeads, headSize, base } = oracle.sizes;
      const frequencies = defaultFrequencies({ dimensions: headSize, base });
      const expected = oracle.logits(ids, {
        looks: ({ layer, i, kvHead, query, keys }) => {
          // The page of a query's own token is not yet cached when it looks.
          const count = Math.ceil(i / size);
          if (layer < 2 || i < dense || count <= pages) return null;
          const ends = (page: number): number[] => range(page * size, Math.min(i, (page + 1) * size));
          const totals = new Array<number>(count).fill(0);
          for (const head of range((kvHead * heads) / kvHeads, ((kvHead + 1) * heads) / kvHeads)) {
            const q = turned(query.subarray(head * headSize, (head + 1) * headSize), i, frequencies);
            const bounds = range(0, count).map((page) => {
              const rotated = ends(page).map((j) =>
                turned((keys[j] ?? query).subarray(kvHead * headSize, (kvHead + 1) * headSize), j, frequencies),
              );
              const most = q.map((value, c) => Math.max(...rotated.map((key) => value * (key[c] ?? 0))));
              return most.reduce((a, b) => a + b, 0) / Math.sqrt(headSize);
            });
            for (const [page, share] of (shares ? softmax(bounds) : bounds).entries())
              totals[page] = (totals[page] ?? 0) + share;
          }
          totals[count - 1] = Number.POSITIVE_INFINITY;
          const chosen = new Set(best(totals, pages));
          return (j) => j === i || chosen.has(Math.floor(j / size));
        },
      });
      const bias = (page: number, count: number): number => (page === count - 1 ? Number.POSITIVE_INFINITY : 0);
      const rule = { ...quest(size * pages, size), from: 0, shares, bias };
      const logits = await logitsOf(decoder.inference(), schemeFor(decoder, rule), dense);
      const difference = largestDifference(logits, expected);
      assert.ok(difference < tolerance, String(difference));
      assert.ok(largestDifference(logits, oracle.logits(ids)) > 0.01);
    });

  for (const representatives of [2, 8])
    it(`InfLLM looks at the first block, the latest and those whose ${String(representatives)} representatives score highest`, async (t) => {
      const decoder = await openForTest(t, file);
      const oracle = await OracleDecoder.open(file);
      const [dense, size, local, blocks] = [40, 8, 12, 2];
      const { heads, kvHeads, headSize, base } = oracle.sizes;
      const frequencies = defaultFrequencies({ dimensions: headSize, base });
      const expected = oracle.logits(ids, {
        distance: (i, j) => Math.min(i - j, local - 1),
        looks: ({ layer, i, query, keys }) => {
          const count = Math.ceil(i / size);
          const latest = Math.ceil(local / size) + 1;
          if (layer < 2 || i < dense || count <= 1 + latest + blocks) return null;
          const scores = new Array<number>(count).fill(0);
          for (const head of range(0, heads)) {
            const kv = Math.floor((head * kvHeads) / heads) * headSize;
            const q = turned(query.subarray(head * headSize, (head + 1) * headSize), local - 1, frequencies);
            const bounds = range(0, count).map((page) => {
              // A block counts once it is full.
              if ((page + 1) * size > i) return 0;
              const own = range(page * size, (page + 1) * size).map((j) =>
                (keys[j] ?? query).subarray(kv, kv + headSize),
              );
              const mean = own[0]?.map((_, c) => own.reduce((sum, key) => sum + (key[c] ?? 0), 0)) ?? query;
              const apart = own
                .map((key) => ({ key, cosine: dot(key, mean) / Math.sqrt(dot(key, key)) }))
                .sort((a, b) => a.cosine - b.cosine)
                .slice(0, representatives);
              const sum = apart.reduce((total, { key }) => total + dot(q, key), 0);
              return sum / representatives / Math.sqrt(headSize);
            });
            for (const [page, share] of softmax(bounds).entries()) scores[page] = (scores[page] ?? 0) + share;
          }
          for (const page of range(0, count))
            if (page < 1 || page >= count - latest) scores[page] = Number.POSITIVE_INFINITY;
          const chosen = new Set(best(scores, 1 + latest + blocks));
          return (j) => j === i || chosen.has(Math.floor(j / size));
        },
      });
      const rule = { ...infLlm(local, { blocks, blockSize: size, sinks: size, representatives }), from: 0 };
      const logits = await logitsOf(decoder.inference(), schemeFor(decoder, rule), dense);
      const difference = largestDifference(logits, expected);
      assert.ok(difference < tolerance, String(difference));
    });

  it('every block of InfLLM looked at is ReRoPE', async (t) => {
    const decoder = await openForTest(t, file);
    const expected = (await OracleDecoder.open(file)).logits(ids, { distance: (i, j) => Math.min(i - j, 23) });
    const options = { blocks: 1000, blockSize: 8, sinks: 8, representatives: 2 };
    const rule = { ...infLlm(24, options), from: 0 };
    for (const dense of [1, 60])
      assert.ok(
        largestDifference(await logitsOf(decoder.inference(), schemeFor(decoder, rule), dense), expected) < tolerance,
      );
  });

  it('fewer pages change the answer, and more come nearer to all of them', async (t) => {
    const decoder = await openForTest(t, file);
    const { vocabulary } = decoder.prepared.hyperparameters;
    const state = decoder.inference();
    const full = (await OracleDecoder.open(file)).logits(ids);
    const difference = async (budget: number): Promise<number> => {
      const logits = await logitsOf(state, schemeFor(decoder, quest(budget, 8)), 60);
      return logits
        .subarray(60 * vocabulary)
        .reduce((sum, x, i) => sum + Math.abs(x - (full[i + 60 * vocabulary] ?? 0)), 0);
    };
    const [few, many, all] = [await difference(8), await difference(72), await difference(120)];
    assert.ok(all < many && many < few, `${String(few)}, ${String(many)}, ${String(all)}`);
  });

  it('a rewound state is one that never went on', async (t) => {
    const decoder = await openForTest(t, file);
    const scheme = schemeFor(decoder, { ...quest(32, 8), from: 0 });
    const straight = await logitsOf(decoder.inference(), scheme, 50);
    const state = decoder.inference();
    state.begin(ids.slice(0, 1), scheme);
    await state.step(ids.slice(0, 50), 'all');
    for (const id of ids.slice(50, 60)) await state.step([id], 'last');
    for (let i = 0; i < 9; i++) await state.step([i + 3], 'last');
    state.rewind(9);
    const { vocabulary } = decoder.prepared.hyperparameters;
    const again = await state.step([ids[60] ?? 0], 'last');
    assert.ok(largestDifference(again, straight.subarray(60 * vocabulary, 61 * vocabulary)) < tolerance);
    const forked = state.fork();
    const next = await forked.step([ids[61] ?? 0], 'last');
    assert.ok(largestDifference(next, straight.subarray(61 * vocabulary, 62 * vocabulary)) < tolerance);
  });

  it('reads its specification', () => {
    assert.equal(parseRetrieval('quest:1024').pages, 128);
    assert.equal(parseRetrieval('quest:1024:page=32').name, 'quest:1024:page=32');
    const rule = parseRetrieval('infllm:1000:4:block=64:sinks=100');
    assert.equal(rule.pages, 2 + 17 + 4);
    assert.equal(rule.name, 'infllm:1000:4:block=64:representatives=64:sinks=100');
    assert.equal(parseRetrieval('infllm:1024').name, 'infllm:1024:16');
    for (const wrong of ['', 'quest', 'quest:0', 'quest:x', 'infllm', 'infllm:1', 'h2o:12', 'quest:16:block=3'])
      assert.throws(() => parseRetrieval(wrong), /LS3007/, wrong);
  });
});
