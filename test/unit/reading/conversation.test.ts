/** Prompts that begin with the conversation as it was read: what is not read twice, and what they come to where there is none. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { proseFrame } from '../../../src/answers/writing/prompts.ts';
import { english } from '../../../src/base/speaker.ts';
import { conversationAfter, isIn, planBehind } from '../../../src/reading/conversation.ts';
import { planOf } from '../../../src/reading/one-prompt.ts';
import type { ReadConversation, ReadableSource, ReadingLimits, ReadingPlan } from '../../../src/reading/plan.ts';
import { select } from '../../../src/reading/strategies/select.ts';
import type { DecodeRequest } from '../../../src/runtime/decoder.ts';
import { reuseVerdict } from '../../support/reuse-verdicts.ts';
import { scriptedDecoder } from '../../support/scripted-decoder.ts';

const source = (file: number, number: number, lines = 8): ReadableSource => ({
  id: `chunk:${file}`,
  path: `src/file${file}.py`,
  startLine: 1,
  endLine: lines,
  language: 'python',
  text: Array.from({ length: lines }, (_, at) => `line ${at} of file ${file}`).join('\n'),
  anchorLine: 1,
  quotableFrom: 1,
  number,
  worth: 1 / number,
});
const limits: ReadingLimits = { window: 8192, reserve: 256, sources: 6000, prompt: 2400 };
const counter = scriptedDecoder({});
const turn = { question: 'Before?', answer: 'Yes.' };

function after(files: readonly number[]): ReadConversation {
  const frame = proseFrame({ question: turn.question, map: '', history: [], keeps: {} });
  const plan = planOf(
    frame,
    files.map((file, at) => source(file, at + 1)),
    counter,
    limits,
  );
  return conversationAfter(plan, turn.answer);
}

const frameBehind = (asRead: ReadConversation): Parameters<typeof planBehind>[0] =>
  proseFrame({ question: 'And now?', map: '', history: [turn], asRead, keeps: {} });

describe('a prompt behind the conversation', () => {
  it('begins with all that was read, word for word, and holds each source once', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 6 }),
        fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 6 }),
        (before, now) => {
          const asRead = after(before);
          const sources = now.map((file, at) => source(file, at + 1));
          const plan = planBehind(frameBehind(asRead), sources, counter, limits);
          assert.deepEqual(plan.messages.slice(1, 3), asRead.messages);
          assert.equal(plan.messages.length, 4);
          const text = plan.messages.map(({ content }) => content).join('\n');
          for (const file of new Set([...before, ...now]))
            assert.equal(text.split(`line 3 of file ${file}\n`).length, 2, `file ${file} stands once`);
          assert.deepEqual(
            plan.read.map(({ source: { number } }) => number).toSorted((a, b) => a - b),
            now.map((_, at) => at + 1),
            'what the answer rests on is what it would have read anew',
          );
          for (const { source: one, reason, tokens } of plan.read) {
            const isHeld = isIn(asRead, one);
            assert.equal(english.words(reason) === 'read with an earlier question', isHeld);
            assert.equal(tokens === 0, isHeld);
          }
          // Each label leads to the source that stands under it, and none is given twice.
          const shown = [...text.matchAll(/^\[(\d+)\] src\/file(\d)\.py/gm)].map(([, label, file]) => [
            Number(label),
            Number(file),
          ]);
          assert.equal(new Set(shown.map(([label]) => label)).size, shown.length);
          for (const [label = 0, file = 0] of shown) {
            const number = plan.labels?.get(label);
            assert.equal(number == null ? -1 : now[number - 1], now.includes(file) ? file : -1);
          }
          const { system, map, sources: fresh, history, question, used } = plan.budget;
          assert.equal(system + map + fresh + history + question, used);
          assert.equal(used, counter.countChatTokens(plan.messages));
          assert.ok(
            !plan.alone.some(({ content }) => content.includes('line 3 of')),
            'nor does what it is held against',
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('goes on from turn to turn, and begins anew when it has grown past half of the window', () => {
    let asRead = after([1]);
    let turns = 1;
    for (; turns < 60; turns++) {
      const plan = planBehind(frameBehind(asRead), [source(turns + 10, 1, 60)], counter, limits);
      if (!plan.behind) break;
      assert.deepEqual(plan.messages.slice(1, -1), asRead.messages);
      asRead = conversationAfter(plan, 'It does.');
      assert.equal(asRead.sources.length, turns + 1);
      assert.ok(plan.budget.used + limits.reserve <= limits.window);
    }
    assert.ok(turns > 5 && turns < 60, String(turns));
    const plan = planBehind(frameBehind(asRead), [source(1, 1)], counter, limits);
    assert.deepEqual(plan, planOf(frameBehind(asRead), [source(1, 1)], counter, limits));
    assert.equal(plan.messages[1]?.content, turn.question, 'the words of the turns before are still there');
  });

  it('a part of a file that was read counts as read only when all its lines were', () => {
    const asRead = after([1]);
    assert.ok(isIn(asRead, { ...source(1, 1), text: 'line 2 of file 1\n…\nline 7 of file 1' }));
    assert.ok(!isIn(asRead, { ...source(1, 1), text: 'line 2 of file 1\nline 9 of file 1' }));
    assert.ok(!isIn(asRead, source(2, 1)));
  });
});

describe('select behind a conversation', () => {
  async function planBy(asRead: ReadConversation, files: readonly number[]): Promise<[ReadingPlan, DecodeRequest[]]> {
    const scripted = scriptedDecoder({ says: 'It does.' });
    const decoder = { ...scripted, info: { ...scripted.info, reuse: reuseVerdict(1) } };
    const sources = files.map((file, at) => source(file, at + 1));
    const task = { frame: frameBehind(asRead), sources, decoder, limits, onProgress: () => undefined };
    for await (const event of select.read({ ...task, signal: new AbortController().signal }))
      if (event.type === 'answer') return [event.plan, [...scripted.requests]];
    throw new Error('no answer');
  }

  it('chooses from what is new in a prompt that goes on from it, and rests on what was read as well', async () => {
    const asRead = after([1, 2]);
    const [plan, requests] = await planBy(asRead, [1, 3, 4]);
    const [choice] = requests;
    assert.equal(requests.length, 1);
    assert.deepEqual(choice?.messages?.slice(1, 3), asRead.messages);
    assert.equal(choice.movesRuns, true, 'what was moved for the answer before will do');
    const asked = choice.messages.at(-1)?.content ?? '';
    assert.match(asked, /^\[A\] src\/file[34]/m);
    assert.doesNotMatch(asked, /src\/file1/);
    assert.deepEqual(plan.messages.slice(1, 3), asRead.messages);
    assert.ok(plan.read.some(({ source: { number } }) => number === 1));
  });

  it('asks for no choice where all was read', async () => {
    const [plan, requests] = await planBy(after([1, 2]), [2, 1]);
    assert.equal(requests.length, 0);
    assert.equal(plan.read.length, 2);
    assert.doesNotMatch(plan.messages.at(-1)?.content ?? '', /src\/file/);
  });
});
