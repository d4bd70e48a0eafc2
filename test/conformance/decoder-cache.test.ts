/** What can be done with a decoder's cache, each against the logits of the transformers library or of a state that read it all anew. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { CacheWindow } from '../../src/runtime/decoder.ts';
import { type Inference, stepTogether } from '../../src/runtime/step/inference.ts';
import { decoderFixtures, largestDifference, openForTest, readFloats } from '../support/decoder.ts';

const tiny = path.join(decoderFixtures, 'tiny');
const file = path.join(tiny, 'llama-tied/model.gguf');
const ids = JSON.parse(readFileSync(path.join(tiny, 'input_ids.json'), 'utf8')) as number[];
const vocabulary = 256;
const tolerance = 1e-4;
const expected = readFloats(path.join(tiny, 'llama-tied/expected.f32'));
const rows = (from: number, to: number): Float32Array => expected.subarray(from * vocabulary, to * vocabulary);
const close = (a: Float32Array | undefined, b: Float32Array, within = tolerance): void => {
  const difference = largestDifference(a ?? new Float32Array(0), b);
  assert.ok(difference < within, String(difference));
};
const scheme = { rope: null, window: null, length: ids.length };

function begun(state: Inference, window: CacheWindow | null = null): Inference {
  // As a prompt of one token: what follows is generated, and single tokens go through the decode graph.
  state.begin(ids.slice(0, 1), { ...scheme, window });
  return state;
}

describe('forks', () => {
  it('go their own ways over what they share, one after another and in one pass', async (t) => {
    const { inference } = await openForTest(t, file);
    const first = begun(inference());
    await first.step(ids.slice(0, 20), 'last');
    const second = first.fork();
    assert.equal(first.cache.end, 20);
    const other = ids.slice(20, 30).toReversed();
    const alone = begun(inference());
    await alone.step(ids.slice(0, 20), 'last');
    const reference = new Float32Array(await alone.step(other, 'all'));

    close(await first.step(ids.slice(20, 24), 'all'), rows(20, 24));
    close(await second.step(other.slice(0, 3), 'all'), reference.subarray(0, 3 * vocabulary));
    // Now both have rows between each other's.
    close(await first.step(ids.slice(24, 25), 'all'), rows(24, 25));
    const [a, b] = await stepTogether(
      [
        { state: first, ids: ids.slice(25, 27) },
        { state: second, ids: other.slice(3, 6) },
      ],
      'all',
    );
    close(a, rows(25, 27));
    close(b, reference.subarray(3 * vocabulary, 6 * vocabulary));
    const [c, d] = await stepTogether(
      [
        { state: first, ids: ids.slice(27, 28) },
        { state: second, ids: other.slice(6, 7) },
      ],
      'last',
    );
    close(c, rows(27, 28));
    close(d, reference.subarray(6 * vocabulary, 7 * vocabulary));
    first.dispose();
    // Alone again, and dense after the holes are closed.
    close(await second.step(other.slice(7, 8), 'all'), reference.subarray(7 * vocabulary, 8 * vocabulary));
    assert.equal(second.cache.end, 28);
    close(await second.step(other.slice(8), 'all'), reference.subarray(8 * vocabulary));
  });
});

describe('forks under a window', () => {
  it('slide each for itself, whatever slices they are given', async (t) => {
    const { inference } = await openForTest(t, file);
    const window = { sinks: 4, recent: 8 };
    const reference = readFloats(path.join(tiny, 'llama-tied/expected_stream_s4_r8.f32'));
    const part = (from: number, to: number): Float32Array => reference.subarray(from * vocabulary, to * vocabulary);
    const first = begun(inference(), window);
    close(await first.step(ids.slice(0, 10), 'all'), part(0, 10));
    const second = first.fork();
    const other = ids.slice(10, 26).toReversed();
    const alone = begun(inference(), window);
    await alone.step(ids.slice(0, 10), 'last');
    const expectedOfOther = new Float32Array(await alone.step(other, 'all'));
    close(await first.step(ids.slice(10, 13), 'all'), part(10, 13));
    close(await second.step(other.slice(0, 9), 'all'), expectedOfOther.subarray(0, 9 * vocabulary));
    close(await first.step(ids.slice(13, 20), 'all'), part(13, 20));
    const [a, b] = await stepTogether(
      [
        { state: first, ids: ids.slice(20, 21) },
        { state: second, ids: other.slice(9, 10) },
      ],
      'all',
    );
    close(a, part(20, 21));
    close(b, expectedOfOther.subarray(9 * vocabulary, 10 * vocabulary));
    const [c, d] = await stepTogether(
      [
        { state: first, ids: ids.slice(21, 25) },
        { state: second, ids: other.slice(10, 16) },
      ],
      'all',
    );
    close(c, part(21, 25));
    close(d, expectedOfOther.subarray(10 * vocabulary));
  });

  it('a state that begins beside others gets no sinks of theirs', async (t) => {
    const { inference } = await openForTest(t, file);
    const window = { sinks: 4, recent: 8 };
    const reference = readFloats(path.join(tiny, 'llama-tied/expected_stream_s4_r8.f32'));
    const first = begun(inference(), window);
    await first.step(ids.slice(7, 16), 'last');
    const second = begun(first.sibling(), window);
    close(await second.step(ids.slice(0, 30), 'all'), reference.subarray(0, 30 * vocabulary));
    close(await second.step(ids.slice(30), 'all'), reference.subarray(30 * vocabulary));
  });
});

describe('rewinding', () => {
  it('takes back what was read, as if it had never come', async (t) => {
    const { inference } = await openForTest(t, file);
    const state = begun(inference());
    await state.step(ids.slice(0, 12), 'last');
    await state.step([3, 1, 4, 1, 5], 'last');
    assert.ok(state.canRewind(5));
    state.rewind(5);
    close(await state.step(ids.slice(12, 13), 'all'), rows(12, 13));
    close(await state.step(ids.slice(13), 'all'), rows(13, ids.length));
  });

  it('is refused where a window has slid', async (t) => {
    const { inference } = await openForTest(t, file);
    const state = begun(inference(), { sinks: 2, recent: 6 });
    await state.step(ids.slice(0, 20), 'last');
    assert.equal(state.canRewind(1), false);
    assert.throws(() => {
      state.rewind(1);
    }, RangeError);
  });
});

describe('evicting', () => {
  it('any ranges, token by token like a window that slides', async (t) => {
    const { inference } = await openForTest(t, file);
    const window = { sinks: 4, recent: 8 };
    const reference = readFloats(path.join(tiny, 'llama-tied/expected_stream_s4_r8.f32'));
    const state = begun(inference());
    for (const [t, id] of ids.entries()) {
      close(await state.step([id], 'all'), reference.subarray(t * vocabulary, (t + 1) * vocabulary));
      const excess = state.length - window.sinks - window.recent;
      if (excess > 0) state.evict([{ from: window.sinks, count: excess }]);
    }
    assert.equal(state.length, 12);
  });

  it('what is behind keeps its position where nothing closes up', async (t) => {
    const { inference } = await openForTest(t, file);
    const [kept, closed] = [begun(inference()), begun(inference())];
    for (const state of [kept, closed]) await state.step(ids.slice(0, 20), 'last');
    const ranges = [
      { from: 3, count: 2 },
      { from: 9, count: 4 },
    ];
    kept.evict(ranges, false);
    closed.evict(ranges, true);
    assert.deepEqual(kept.positions, [0, 1, 2, 5, 6, 7, 8, 13, 14, 15, 16, 17, 18, 19]);
    assert.deepEqual(closed.positions, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    const [a, b] = [await kept.step(ids.slice(20, 22), 'last'), await closed.step(ids.slice(20, 22), 'last')];
    assert.ok(largestDifference(a, b) > 0.01);
  });
});

describe('ready-made keys and values', () => {
  it('taken from one state and placed in another at any position, a whole prefix means the same', async (t) => {
    const { inference } = await openForTest(t, file);
    const source = begun(inference());
    await source.step(ids.slice(0, 24), 'last');
    const run = await source.take(0, ids.slice(0, 24));
    for (const at of [0, 7, 1000]) {
      const state = begun(inference());
      state.place(run, at);
      assert.equal(state.positions[0], at);
      close(await state.step(ids.slice(24, 25), 'all'), rows(24, 25));
      close(await state.step(ids.slice(25), 'all'), rows(25, ids.length));
    }
  });

  it('a run in two pieces is the run', async (t) => {
    const { inference } = await openForTest(t, file);
    const source = begun(inference());
    await source.step(ids.slice(0, 24), 'last');
    const state = begun(inference());
    state.place(await source.take(0, ids.slice(0, 10)));
    state.place(await source.take(10, ids.slice(10, 24)));
    close(await state.step(ids.slice(24), 'all'), rows(24, ids.length));
    await assert.rejects(source.take(20, ids.slice(0, 10)), RangeError);
  });
});

describe('storage types', () => {
  for (const [cache, within] of [
    ['f16', 0.02],
    ['int8', 0.4],
  ] as const) {
    it(`${cache}: near float32, in slices and token by token, with a window too`, async (t) => {
      const { inference } = await openForTest(t, file);
      const streamed = readFloats(path.join(tiny, 'llama-tied/expected_stream_s4_r8.f32'));
      for (const [window, reference] of [
        [null, expected],
        [{ sinks: 4, recent: 8 }, streamed],
      ] as const) {
        for (const step of [1, 7]) {
          const state = begun(inference({ cache }), window);
          let worst = 0;
          for (let at = 0; at < ids.length; at += step) {
            const logits = await state.step(ids.slice(at, at + step), 'all');
            const part = reference.subarray(at * vocabulary, at * vocabulary + logits.length);
            worst = Math.max(worst, largestDifference(logits, part));
          }
          assert.ok(worst < within, `${String(worst)} in steps of ${String(step)}`);
          assert.ok(worst > 1e-6, 'the rows really are stored in fewer bits');
        }
      }
    });
  }
});
