/** Runs of a prompt that were read before, found and moved; and an answer held against the question alone, on a real tiny decoder. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { contrasted } from '../../../src/runtime/parallel/contrast.ts';
import { runsIn } from '../../../src/runtime/reuse/moved-runs.ts';

describe('runs in common with the prompt before', () => {
  const token = fc.integer({ min: 0, max: 9999 });
  const text = fc.array(token, { minLength: 30, maxLength: 80 });

  it('are found wherever they stand, and hold the same tokens', () => {
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 2, maxLength: 5 }),
        fc.array(token, { maxLength: 20 }),
        (texts, between) => {
          const before = texts.flatMap((ids) => [...between, ...ids]);
          const prompt = texts.toReversed().flatMap((ids) => [...ids, 10_001]);
          const runs = runsIn(before, prompt, 0);
          let last = 0;
          for (const { at, from, length } of runs) {
            assert.ok(at >= last);
            assert.deepEqual(prompt.slice(at, at + length), before.slice(from, from + length));
            last = at + length;
          }
          const covered = runs.reduce((sum, { length }) => sum + length, 0);
          assert.ok(covered >= texts.flat().length, `${covered} of ${texts.flat().length}`);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('are not looked for in what is in place, nor where too little is the same', () => {
    const ids = Array.from({ length: 40 }, (_, at) => at);
    assert.deepEqual(runsIn(ids, ids, 40), []);
    assert.deepEqual(runsIn(ids, [...ids.slice(0, 20), 99, ...ids.slice(20, 40)], 0), []);
  });
});

describe('logits against what is said without the sources', () => {
  const logits = fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: 4, maxLength: 4 });

  it('are those of the sources where they count for nothing, but for what is not plausible', () => {
    fc.assert(
      fc.property(logits, logits, (within, without) => {
        const held = contrasted(Float32Array.from(within), Float32Array.from(without), 0);
        const most = Math.max(...within);
        held.forEach((logit, id) => {
          const likely = within[id] ?? 0;
          if (likely < most - 2.4) assert.equal(logit, Number.NEGATIVE_INFINITY);
          if (likely > most - 2.2) assert.ok(logit === likely);
        });
      }),
    );
  });

  it('put the token first that only the sources make likely', () => {
    const within = Float32Array.from([5, 4.5, -9, -9]);
    const without = Float32Array.from([6, 0, -9, -9]);
    const held = contrasted(within, without, 0.5);
    assert.ok((held[1] ?? 0) > (held[0] ?? 0));
    assert.equal(held[2], Number.NEGATIVE_INFINITY);
  });
});
