import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeTerms } from '../../../src/index/terms/terms.ts';
import { cosines, fileVectors, packQuestion, questionVector } from '../../../src/search/static-vectors.ts';
import { commonDirections, withoutCommon } from '../../../src/search/word-vectors.ts';

/** A generator of numbers in -1..1 that gives the same ones every time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

describe('what all words share', () => {
  it('is taken off: the mean and the two strongest directions', async () => {
    const next = numbers(3);
    const vectors = Array.from({ length: 400 }, () => {
      const vector = Float32Array.from({ length: 16 }, () => 0.1 * next());
      vector[0] = 5 + 3 * next();
      vector[1] = 2 * next();
      return vector;
    });
    const common = await commonDirections(vectors, 16);
    assert.ok(Math.abs(Math.abs(common.components[0]?.[0] ?? 0) - 1) < 0.01, 'the first is the first axis');
    assert.ok(Math.abs(Math.abs(common.components[1]?.[1] ?? 0) - 1) < 0.01, 'the second is the second axis');
    for (const vector of vectors.slice(0, 20)) {
      const own = withoutCommon(vector, common);
      assert.ok(Math.abs(Math.hypot(...own) - 1) < 1e-5);
      assert.ok(Math.abs(own[0] ?? 1) < 0.15 && Math.abs(own[1] ?? 1) < 0.15);
    }
  });

  it('of a handful of vectors is only their mean', async () => {
    const { components } = await commonDirections(
      [Float32Array.of(1, 0), Float32Array.of(0, 1)].map((v) => Float32Array.of(...v, ...new Float32Array(62))),
      64,
    );
    assert.equal(components.length, 0);
  });
});

describe('static vectors', () => {
  const axis = (d: number): Float32Array => Float32Array.from({ length: 8 }, (_, i) => (i === d ? 1 : 0));
  const words = new Map([
    ['cooki', { vector: axis(0), idf: 2 }],
    ['socket', { vector: axis(1), idf: 1 }],
    ['jar', { vector: axis(2), idf: 3 }],
  ]);
  const stored = encodeTerms([
    { text: 'cookies', comments: [], symbols: [], scope: [] },
    { text: 'socket unknown', comments: [], symbols: [{ name: 'socket' }], scope: [] },
  ]);

  it('are near a question with their words and far from others', () => {
    const vectors = fileVectors(stored, new Map([['jar', 1]]), (term) => words.get(term), 8);
    const [first, second, file] = cosines(packQuestion(axis(0)), vectors);
    const path = 3 * 1.5 * Math.log(2);
    const code = 2 * 0.5 * Math.log(2);
    assert.ok(Math.abs((first ?? 0) - code / Math.hypot(code, path)) < 0.02, 'by the weights of code and path');
    assert.ok(Math.abs(second ?? 1) < 0.01);
    assert.ok((file ?? 0) > 0 && (file ?? 0) < (first ?? 0));
  });

  it('of a question weigh words by rarity, and of nothing are null', () => {
    const vector = questionVector([...words.values()], 8);
    assert.ok((vector?.[2] ?? 0) > (vector?.[0] ?? 0) && (vector?.[0] ?? 0) > (vector?.[1] ?? 0));
    assert.equal(questionVector([], 8), null);
  });
});
