/** The search for the effective window: what it tries, what it says, and that its time is no verdict. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readingLimits, readingWindow } from '../../../src/reading/budget.ts';
import { type WindowSearch, measureWindow, searchWindow } from '../../../src/runtime/probing/effective-window.ts';
import { scriptedDecoder } from '../../support/scripted-decoder.ts';

/** A decoder that finds facts up to so many tokens and reads so many a second, on a clock of its own. */
function searching(
  works: number,
  tokensPerSecond: number,
  options: Partial<WindowSearch> = {},
): Promise<Awaited<ReturnType<typeof searchWindow>> & { tried: readonly number[] }> {
  let clock = 0;
  const tried: number[] = [];
  return searchWindow({
    limit: 32_744,
    seconds: 300,
    prefillTokensPerSecond: tokensPerSecond,
    now: () => clock,
    trial: (tokens, msLeft) => {
      tried.push(tokens);
      const ms = (tokens / tokensPerSecond) * 1000;
      clock += Math.min(ms, msLeft);
      return Promise.resolve(ms > msLeft ? null : tokens <= works);
    },
    ...options,
  }).then((report) => ({ ...report, tried }));
}

describe('the search for the effective window', () => {
  it('ends where the decoder holds no more', async () => {
    const { atLeast, failedAt, ended } = await searching(Infinity, 1e6);
    assert.deepEqual([atLeast, failedAt, ended], [32_744, null, 'limit']);
  });

  it('finds the border between what works and what does not, however fast the decoder is', async () => {
    for (const works of [256, 700, 5000, 8126, 20_000])
      for (const speed of [1e4, 1e6]) {
        const { atLeast, failedAt, ended } = await searching(works, speed);
        assert.equal(ended, 'failed');
        assert.ok(failedAt !== null && atLeast <= works && works < failedAt, `${works}: ${atLeast} to ${failedAt}`);
        assert.ok(failedAt - atLeast <= Math.max(64, failedAt / 16), `${works}: ${atLeast} to ${failedAt}`);
      }
  });

  it('of a slow decoder says that it stopped for time, and that nothing failed', async () => {
    const slow = await searching(Infinity, 50);
    assert.equal(slow.ended, 'time');
    assert.equal(slow.failedAt, null);
    assert.ok(slow.atLeast >= 4096, String(slow.atLeast));
    assert.ok(slow.seconds <= 300, String(slow.seconds));
    const longer = await searching(Infinity, 50, { seconds: 3000 });
    assert.ok(longer.atLeast > slow.atLeast, 'more time shows more');
  });

  it('tells a failure apart from the time that ended the search for its border', async () => {
    const { ended, atLeast, failedAt } = await searching(4500, 50);
    assert.deepEqual([ended, failedAt === null || failedAt > 4500, atLeast <= 4500], ['time', true, true]);
  });

  it('of one that finds nothing says so at once', async () => {
    const { atLeast, failedAt, ended, tried } = await searching(0, 1e6);
    assert.deepEqual([atLeast, failedAt, ended, tried], [0, 256, 'failed', [256]]);
  });

  it('plants all facts in one text, asks for each, and never makes a longer prompt', async () => {
    const decoder = scriptedDecoder({ says: 'The numbers are 73914 and 58206.' });
    const window = decoder.info.window ?? decoder.info.contextLength;
    const sizes: number[] = [];
    const { ended, atLeast } = await measureWindow(
      decoder,
      { seconds: 300, prefillTokensPerSecond: 1e6 },
      (tokens) => sizes.push(tokens),
      new AbortController().signal,
    );
    assert.equal(ended, 'limit');
    assert.ok(atLeast < window);
    const counts = decoder.requests.map(({ messages = [] }) => decoder.countChatTokens(messages));
    assert.equal(counts.length, 2 * sizes.length);
    for (const [i, count] of counts.entries()) assert.ok(count <= (sizes[Math.floor(i / 2)] ?? 0), String(count));
    for (const { messages = [] } of decoder.requests)
      for (const fact of ['73914', '58206']) assert.ok(messages[0]?.content.includes(fact));
  });
});

describe('a prompt', () => {
  it('is never planned larger than a probe showed to work', () => {
    assert.equal(readingWindow({ contextLength: 32_768 }), 32_768);
    assert.equal(readingWindow({ contextLength: 32_768, window: 16_384 }), 16_384);
    const window = readingWindow({ contextLength: 32_768, window: 16_384, effectiveWindow: 1024 });
    const { sources, reserve } = readingLimits({ contextLength: window }, { writesProse: true });
    assert.ok(sources + reserve <= 1024);
  });
});
