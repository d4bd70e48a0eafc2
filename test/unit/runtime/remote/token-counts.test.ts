/** Counts of a served model: exact after the server was asked, calibrated where it cannot be, and never planned with before. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChatMessage } from '../../../../src/runtime/decoder.ts';
import type { ServerCounting } from '../../../../src/runtime/remote/dialect.ts';
import { estimateTokens } from '../../../../src/runtime/remote/estimate.ts';
import { TokenCounts } from '../../../../src/runtime/remote/token-counts.ts';
import { settled } from '../../../../src/runtime/settled.ts';

const never = new AbortController().signal;
const user = (content: string): readonly ChatMessage[] => [{ role: 'user', content }];

/** A server whose tokens are words and single marks, with four for the markers of a message; it notes what it is asked. */
function wordCounter(): {
  readonly counting: ServerCounting;
  readonly asked: string[];
  count: (text: string) => number;
} {
  const asked: string[] = [];
  const count = (text: string): number => (text.match(/\w+|[^\w\s]/g) ?? []).length;
  const counting: ServerCounting = {
    text: (text) => {
      asked.push(text);
      return Promise.resolve(count(text));
    },
    chat: (messages) => Promise.resolve(messages.reduce((sum, { content }) => sum + count(content) + 4, 3)),
  };
  return { counting, asked, count };
}

const code =
  'export function route(path: string): Handler | null { return this.routes.find((r) => r.matches(path)) ?? null; }';

describe('counts of a served model', () => {
  it('are exact once they were asked for, and asked for once', async () => {
    const { counting, asked, count } = wordCounter();
    const counts = new TokenCounts(counting, null);
    assert.equal(counts.certainty, 'exact');
    counts.text(code);
    assert.equal(await counts.settle(never), true);
    assert.equal(counts.text(code), count(code));
    assert.equal(counts.chat(user(code)) > 0, true);
    await counts.settle(never);
    assert.equal(counts.chat(user(code)), count(code) + 7);
    assert.equal(await counts.settle(never), false);
    assert.deepEqual(asked, [code]);
  });

  it('lead to the plan that exact counts at once would have led to', async () => {
    const { counting, count } = wordCounter();
    const lines = Array.from({ length: 400 }, (_, i) => `${code.slice(i % 50)} // ${String(i)}`);
    const longest = (counter: (text: string) => number, room: number): number => {
      let least = 0;
      let most = lines.length;
      while (least < most) {
        const middle = Math.ceil((least + most) / 2);
        if (counter(lines.slice(0, middle).join('\n')) <= room) least = middle;
        else most = middle - 1;
      }
      return least;
    };
    for (const room of [50, 777, 4000, 9999]) {
      const counts = new TokenCounts(counting, null);
      const decoder = { settleCounts: (signal: AbortSignal) => counts.settle(signal) };
      const plan = await settled(decoder, () => longest((text) => counts.text(text), room), never);
      assert.equal(plan, longest(count, room));
    }
  });

  it('are estimates where the server counts nothing, calibrated by what it reports', () => {
    const counts = new TokenCounts(null, null);
    assert.equal(counts.certainty, 'estimated');
    const text = code.repeat(20);
    const truth = Math.round(estimateTokens(text) * 1.4);
    assert.ok(counts.text(text) < truth);
    for (let i = 0; i < 5; i += 1) assert.equal(counts.report(user(text), truth), true);
    const after = counts.text(text);
    assert.ok(after >= truth && after < truth * 1.2, `${String(after)} for ${String(truth)}`);
  });

  it('stay estimates where the server counts texts and not conversations', async () => {
    const { counting, count } = wordCounter();
    const counts = new TokenCounts({ ...counting, chat: null }, null);
    assert.equal(counts.certainty, 'estimated');
    counts.chat(user(code));
    await counts.settle(never);
    assert.ok(counts.chat(user(code)) >= count(code));
    assert.equal(counts.report(user(code), count(code) + 11), true);
    assert.equal(counts.chat(user(code)), count(code) + 11);
    assert.equal(counts.report(user(code), count(code) - 1), false);
  });

  it('are held against the report', async () => {
    const { counting, count } = wordCounter();
    const counts = new TokenCounts(counting, null);
    counts.chat(user(code));
    await counts.settle(never);
    const truth = count(code) + 7;
    assert.equal(counts.report(user(code), truth), true);
    assert.equal(counts.report(user(code), truth - 2), false);
    assert.equal(counts.certainty, 'exact');
    // A server that puts something before the conversation makes every count of ours too low.
    assert.equal(counts.report(user(code), truth + 20), true);
    assert.equal(counts.certainty, 'estimated');
  });
});

describe('the estimate', () => {
  it('grows with the text and knows scripts without spaces', () => {
    assert.equal(estimateTokens(''), 0);
    assert.ok(estimateTokens('東京は日本の首都です') >= 8);
    assert.ok(estimateTokens(code + code) > estimateTokens(code) * 1.9);
  });
});
