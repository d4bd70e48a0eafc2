import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readingLimits } from '../../../src/reading/budget.ts';
import {
  type PrefillSpeed,
  secondsToRead,
  tokensWithin,
  withPrompt,
} from '../../../src/runtime/probing/prefill-speed.ts';

const learned = (prompts: readonly (readonly [tokens: number, seconds: number])[]): PrefillSpeed =>
  prompts.reduce<PrefillSpeed>((speed, [tokens, seconds]) => withPrompt(speed, tokens, seconds), {});

describe('the speed of reading prompts', () => {
  it('is unknown before a prompt was read, and short ones say nothing', () => {
    assert.equal(secondsToRead({}, 1000), undefined);
    assert.equal(tokensWithin({}, 10, 4096), undefined);
    assert.deepEqual(learned([[20, 1]]), {});
  });

  it('is that of the length, or of the next shorter one with a discount', () => {
    const speed = learned([
      [100, 1],
      [1000, 20],
    ]);
    assert.equal(secondsToRead(speed, 128), 1.28);
    assert.equal(secondsToRead(speed, 1000), 20);
    assert.equal(secondsToRead(speed, 2000), 2000 / (50 * 0.9));
  });

  it('follows a machine that became slower', () => {
    const slower = learned([[1000, 10], ...Array.from({ length: 8 }, () => [1000, 20] as const)]);
    const seconds = secondsToRead(slower, 1000) ?? 0;
    assert.ok(seconds > 19 && seconds <= 20, String(seconds));
  });

  it('gives as many tokens as are read in the time', () => {
    const prompt = fc.tuple(fc.integer({ min: 48, max: 30_000 }), fc.double({ min: 0.01, max: 500, noNaN: true }));
    fc.assert(
      fc.property(
        fc.array(prompt, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 200 }),
        (read, seconds) => {
          const speed = learned(read);
          const tokens = tokensWithin(speed, seconds, 32_768) ?? -1;
          assert.ok(tokens >= 0 && tokens <= 32_768);
          if (tokens > 0) assert.ok((secondsToRead(speed, tokens) ?? Infinity) <= seconds);
        },
      ),
    );
  });
});

describe('the limits of reading', () => {
  const prefillSpeed = learned([[1000, 20]]);
  const info = { contextLength: 32_768, prefillSpeed };

  it('follow the allowed seconds and the measured speed', () => {
    const limits = (effort: 'quick' | 'normal' | 'thorough'): number =>
      readingLimits(info, { writesProse: true, effort }).prompt ?? 0;
    assert.ok(limits('quick') < limits('normal') && limits('normal') < limits('thorough'));
    assert.ok((secondsToRead(prefillSpeed, limits('normal')) ?? Infinity) <= 40);
  });

  it('take away what is gone of the time, but never more than half', () => {
    const at = (elapsed: number): number => readingLimits(info, { writesProse: true, elapsed }).prompt ?? 0;
    assert.ok(at(10) < at(0));
    assert.equal(at(100), at(1000));
    assert.ok(at(1000) > 0);
  });

  it('are those of the window where the speed is unknown', () => {
    assert.equal(readingLimits({ contextLength: 32_768 }, { writesProse: true }).prompt, undefined);
  });
});
