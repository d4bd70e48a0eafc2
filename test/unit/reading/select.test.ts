/** What `select` reads and chooses, with a decoder whose judgement is scripted; and how a strategy is taken from the table. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { proseFrame, quoteFrame } from '../../../src/answers/writing/prompts.ts';
import { LongsightError } from '../../../src/base/errors.ts';
import { english } from '../../../src/base/speaker.ts';
import type { PromptFrame, ReadableSource, ReadingLimits, ReadingPlan } from '../../../src/reading/plan.ts';
import { select } from '../../../src/reading/strategies/select.ts';
import { chooseStrategy } from '../../../src/reading/strategies/table.ts';
import type { Decoder } from '../../../src/runtime/decoder.ts';
import { reuseVerdict } from '../../support/reuse-verdicts.ts';
import { scriptedDecoder } from '../../support/scripted-decoder.ts';

const source = (number: number, lines: number, more: Partial<ReadableSource> = {}): ReadableSource => ({
  id: `chunk:${number}`,
  path: `src/file${number}.py`,
  startLine: 1,
  endLine: lines,
  language: 'python',
  text: Array.from({ length: lines }, (_, at) => `line ${at} of file ${number}`).join('\n'),
  anchorLine: 1,
  quotableFrom: 1,
  number,
  worth: 1 / number,
  ...more,
});
const frame = proseFrame({ question: 'How?', map: '', history: [{ question: 'Before?', answer: 'Yes.' }], keeps: {} });
const limits: ReadingLimits = { window: 8192, reserve: 256, sources: 6000, prompt: 2400 };
const idOf = (letter: string): number => letter.charCodeAt(0);

/** A decoder that finds each source as likely as the table says, by its number; the rest goes to a word that is no letter. */
function judging(likely: ReadonlyMap<number, number>): Decoder & { readonly prompts: string[] } {
  const scripted = scriptedDecoder({ says: 'It does.' });
  const prompts: string[] = [];
  return {
    ...scripted,
    info: { ...scripted.info, reuse: reuseVerdict(1) },
    prompts,
    tokenize: (text) => [7, ...Array.from(text, idOf)],
    decode: async (request, onEvent, signal) => {
      const prompt = (request.messages ?? []).map(({ content }) => content).join('\n');
      prompts.push(prompt);
      const result = await scripted.decode(request, onEvent, signal);
      const letters = [...prompt.matchAll(/^\[([A-Z])\] src\/file(\d+)\.py/gm)];
      const judged = letters.map(([, letter = '', number]) => ({
        id: idOf(letter),
        logit: Math.log(likely.get(Number(number)) ?? 1e-9),
      }));
      const rest = 1 - letters.reduce((sum, [, , number]) => sum + (likely.get(Number(number)) ?? 0), 0);
      return { ...result, topLogits: [[...judged, { id: 1, logit: Math.log(Math.max(rest, 1e-9)) }]] };
    },
  };
}

async function planBy(
  decoder: Decoder,
  sources: readonly ReadableSource[],
  within: ReadingLimits = limits,
): Promise<{ plan: ReadingPlan; passes: number }> {
  const task = { frame, sources, decoder, limits: within };
  let passes = 0;
  for await (const event of select.read({
    ...task,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  })) {
    if (event.type === 'answer') return { plan: event.plan, passes };
    passes += 1;
  }
  throw new Error('no answer');
}

const numbersOf = (read: ReadingPlan['read']): number[] =>
  read.map(({ source: { number } }) => number).toSorted((a, b) => a - b);

describe('select', () => {
  it('writes from what the decoder chose, and says of the rest that it was read', async () => {
    const sources = [1, 2, 3, 4, 5].map((number) => source(number, 60));
    const decoder = judging(
      new Map([
        [4, 0.6],
        [2, 0.3],
        [3, 0.01],
      ]),
    );
    const { plan, passes } = await planBy(decoder, sources);
    assert.equal(passes, 1);
    assert.deepEqual(numbersOf(plan.read), [1, 2, 4], 'and from what search is surest of');
    assert.deepEqual(numbersOf(plan.alsoRead ?? []), [3, 5]);
    for (const { reason } of plan.alsoRead ?? []) assert.match(english.words(reason), /read to choose from/);
    const [, user] = [plan.messages[0], plan.messages.at(-1)];
    assert.match(user?.content ?? '', /^\[2\] src\/file2\.py/m, 'numbers of the answer, not letters');
    assert.ok(
      plan.messages.some(({ content }) => content === 'Before?'),
      'the conversation is in the second prompt',
    );
    assert.ok(!decoder.prompts[0]?.includes('Before?'), 'and not in the first');
  });

  it('keeps what the user put in front, whatever the decoder thinks of it', async () => {
    const sources = [source(1, 40, { isGiven: true }), source(2, 40), source(3, 40)];
    const { plan } = await planBy(judging(new Map([[3, 0.95]])), sources);
    assert.deepEqual(numbersOf(plan.read), [1, 3]);
  });

  it('reads the best that fit where the decoder would say something else than a letter', async () => {
    const sources = [1, 2, 3].map((number) => source(number, 60));
    const { plan } = await planBy(judging(new Map([[3, 0.05]])), sources);
    assert.ok(numbersOf(plan.read).includes(1));
  });

  it('stays within the time, writes from what it read, and passes over no source in silence', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1200, max: 5000 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 40, maxLength: 40 }),
        async (lengths, prompt, weights) => {
          const sources = lengths.map((lines, at) => source(at + 1, lines));
          const sum = weights.reduce((total, weight) => total + weight, 0) || 1;
          const decoder = judging(new Map(weights.map((weight, at) => [at + 1, weight / sum])));
          const { plan } = await planBy(decoder, sources, { ...limits, prompt });
          const first = decoder.countChatTokens([{ role: 'user', content: decoder.prompts[0] ?? '' }]);
          // However little time there is, so many tokens of sources are read.
          assert.ok(first <= Math.max(prompt - 300, 700), `${first} of ${prompt}`);
          assert.equal(plan.movesRuns, true);
          for (const { source: one } of plan.read)
            assert.ok(decoder.prompts[0]?.includes(one.text), 'what is written from was read word for word');
          const named = [...plan.read, ...(plan.alsoRead ?? [])].map(({ source: { number } }) => number);
          const all = [...named, ...plan.leftOut.map(({ number }) => number)];
          assert.deepEqual(
            all.toSorted((a, b) => a - b),
            sources.map(({ number }) => number),
          );
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('select, of a decoder that may not move what it read', () => {
  it('leaves time to read the chosen sources again, and does not ask for them to be moved', async () => {
    const scripted = judging(new Map([[2, 0.9]]));
    const decoder = { ...scripted, info: { ...scripted.info, reuse: reuseVerdict(0.9) } };
    const { plan } = await planBy(
      decoder,
      [1, 2, 3, 4, 5].map((number) => source(number, 60)),
    );
    assert.equal(plan.movesRuns, undefined);
    const first = decoder.countChatTokens([{ role: 'user', content: scripted.prompts[0] ?? '' }]);
    assert.ok(first + plan.budget.used <= 2400, `${first} and ${plan.budget.used}`);
  });
});

describe('the table of strategies', () => {
  const many = [1, 2, 3, 4].map((number) => source(number, 80));
  const few = [source(1, 10), source(2, 10)];
  const taken = (
    name: string | undefined,
    change: {
      frame?: PromptFrame;
      decoder?: Decoder;
      limits?: ReadingLimits;
      sources?: readonly ReadableSource[];
    } = {},
  ): readonly [string, string] => {
    const task = { frame, sources: many, decoder: judging(new Map()), limits, ...change };
    const { strategy, because } = chooseStrategy(name)(task);
    return [strategy.name, because ? english.words(because) : ''];
  };

  it('takes what serves best and says why it is not another', () => {
    assert.deepEqual(taken(undefined), ['select', '']);
    assert.deepEqual(taken('auto'), ['select', '']);
    assert.deepEqual(taken('stuff'), ['stuff', '']);
    assert.deepEqual(taken('auto', { sources: few }), ['stuff', 'not select: there is little to read']);
    assert.deepEqual(taken('select', { sources: few }), ['stuff', 'not select: there is little to read']);
    const { prompt, ...untimed } = limits;
    assert.ok(prompt);
    assert.match(taken('auto', { limits: untimed })[1], /it is not known how fast/);
    assert.match(taken('auto', { limits: { ...limits, prompt: 600 } })[1], /no time to read twice/);
    assert.match(taken('auto', { frame: quoteFrame({ question: 'How?' }) })[1], /only quotes/);
    const decoder = judging(new Map());
    const server = { host: 'localhost:1', software: null, isLoopback: true };
    assert.match(
      taken('auto', { decoder: { ...decoder, info: { ...decoder.info, server } } })[1],
      /a server does not tell/,
    );
  });

  it('refuses others with what there is', () => {
    assert.throws(
      () => chooseStrategy('oracle'),
      (error) =>
        error instanceof LongsightError &&
        error.userError.code === 'LS6013' &&
        error.message.includes('there are: auto, select, reuse, stuff, '),
    );
  });
});
