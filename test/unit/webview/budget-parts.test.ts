/** The budget adds up: parts to the window, percents to 100, whatever the counts; and the limit on sources is a part of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { budgetParts } from '../../../webview/budget-parts.ts';

const old = {
  ...{ window: 8192, system: 61, map: 0, sources: 961, history: 0, question: 38, reserve: 160 },
  used: 1060,
};
const quoting = { ...old, sourcesLimit: 1000 };

describe('the parts of the window', () => {
  it('tells what is free for sources from what the limit leaves', () => {
    const parts = new Map(budgetParts(quoting).map(({ name, tokens }) => [name, tokens]));
    assert.equal(parts.get('free'), 39);
    assert.equal(parts.get('limited'), 8192 - 61 - 961 - 38 - 160 - 39);
    assert.equal(parts.has('map'), false);
  });

  it('adds up for any counts', () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % below;
    };
    for (let round = 0; round < 500; round += 1) {
      const counts = {
        ...{ system: random(300), map: random(500), sources: random(3000), history: random(900) },
        ...{ question: random(80), reserve: random(600) },
      };
      const taken = Object.values(counts).reduce((sum, n) => sum + n, 0);
      const window = taken + 1 + random(30_000);
      const parts = budgetParts({ ...counts, window, used: taken - counts.reserve, sourcesLimit: random(4000) });
      const sum = (of: 'tokens' | 'percent'): number => parts.reduce((total, part) => total + part[of], 0);
      assert.equal(sum('tokens'), window);
      assert.equal(sum('percent'), 100);
    }
  });

  it('an answer that was kept before there was a limit has all the rest free', () => {
    assert.deepEqual(
      budgetParts(old)
        .map(({ name }) => name)
        .filter((name) => name === 'free' || name === 'limited'),
      ['free'],
    );
  });
});
