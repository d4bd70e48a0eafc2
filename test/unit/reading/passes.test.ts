/** Strategies that read in several passes or in several contexts: what each prompt holds, what they come to in their simplest case, and that no source is passed over. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { proseFrame, quoteFrame } from '../../../src/answers/writing/prompts.ts';
import { english } from '../../../src/base/speaker.ts';
import { strategyNames } from '../../../src/protocol/strategy-names.ts';
import type { ReadableSource, ReadingLimits, ReadingPlan } from '../../../src/reading/plan.ts';
import { chooseStrategy } from '../../../src/reading/strategies/table.ts';
import type { DecodeRequest, Decoder } from '../../../src/runtime/decoder.ts';
import { scriptedDecoder } from '../../support/scripted-decoder.ts';

const source = (number: number, lines: number, text = `line of file ${number}`): ReadableSource => ({
  id: `chunk:${number}`,
  path: `src/file${number}.py`,
  startLine: 1,
  endLine: lines,
  language: 'python',
  text: Array.from({ length: lines }, (_, at) => `${text} ${at}`).join('\n'),
  anchorLine: 1,
  quotableFrom: 1,
  number,
  worth: 1 / number,
});
const question = 'What sinks the ferry?';
const frame = proseFrame({ question, map: '', history: [], keeps: {} });
const limits: ReadingLimits = { window: 4096, reserve: 128, sources: 2000, prompt: 700 };
const all = strategyNames.filter((name) => name !== 'auto');

const promptOf = ({ messages = [] }: DecodeRequest): string => messages.map(({ content }) => content).join('\n');

/** A decoder that says to each prompt what `says` makes of it, and finds letters and digits as likely as `finds` says. */
function reader(
  says: (prompt: string) => string,
  finds: (prompt: string, symbol: string) => number = () => 0.01,
): Decoder & { readonly prompts: string[] } {
  const prompts: string[] = [];
  const base = scriptedDecoder({});
  return {
    ...base,
    prompts,
    tokenize: (text) => Array.from(text, (letter) => letter.charCodeAt(0)),
    decode: async (request, onEvent, signal) => {
      const prompt = promptOf(request);
      prompts.push(prompt);
      const result = await scriptedDecoder({ says: says(prompt) }).decode(request, onEvent, signal);
      const symbols = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'.split('');
      const logits = symbols.map((symbol) => ({ id: symbol.charCodeAt(0), logit: Math.log(finds(prompt, symbol)) }));
      return { ...result, topLogits: [logits] };
    },
  };
}

interface Read {
  readonly plan: ReadingPlan;
  readonly parts: number;
}

async function readBy(
  name: string,
  decoder: Decoder,
  sources: readonly ReadableSource[],
  within: ReadingLimits = limits,
): Promise<Read> {
  const task = { frame, sources, decoder, limits: within };
  const { strategy } = chooseStrategy(name)(task);
  let parts = 0;
  for await (const event of strategy.read({
    ...task,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  })) {
    if (event.type === 'answer') return { plan: event.plan, parts };
    parts += 1;
  }
  throw new Error('no answer');
}

const contentOf = ({ messages }: ReadingPlan): string => messages.map(({ content }) => content).join('\n');
const numbersIn = (prompt: string): number[] => [...prompt.matchAll(/src\/file(\d+)\.py/g)].map(([, n]) => Number(n));
/** Letters of a labelled prompt by the number of the source. */
const letterOf = (prompt: string, number: number): string | undefined =>
  new RegExp(`^\\[([A-Z])\\] src/file${number}\\.py`, 'm').exec(prompt)?.[1];

describe('each strategy', () => {
  it('is what `stuff` is where there is one small source', async () => {
    const sources = [source(1, 4)];
    const decoder = reader(() => 'It sinks.');
    const expected = (await readBy('stuff', decoder, sources)).plan;
    for (const name of ['map-reduce', 'refine', 'map-rerank', 'pcw', 'nbce']) {
      const { plan, parts } = await readBy(name, decoder, sources);
      assert.equal(parts, 0, name);
      assert.deepEqual(plan.messages, expected.messages, name);
      assert.equal(plan.contexts, undefined, name);
    }
    assert.deepEqual(decoder.prompts, []);
  });

  it('passes over no source in silence, and stays within the window', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...all),
        fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 500, max: 1500 }),
        fc.integer({ min: 1, max: 7 }),
        async (name, lengths, prompt, every) => {
          const sources = lengths.map((lines, at) => source(at + 1, lines));
          const decoder = reader(
            (text) => (text.length % every === 0 ? 'Nothing.' : 'It is `line` [1].'),
            (text, symbol) => ((text.length + symbol.charCodeAt(0)) % 9) / 9 + 0.001,
          );
          const { plan } = await readBy(name, decoder, sources, { ...limits, prompt });
          const named = [
            ...plan.read,
            ...(plan.alsoRead ?? []),
            ...plan.leftOut.map(({ number }) => ({ source: { number } })),
          ];
          assert.deepEqual(
            [...new Set(named.map(({ source: { number } }) => number))].toSorted((a, b) => a - b),
            sources.map(({ number }) => number),
          );
          assert.equal(new Set(plan.read.map(({ source: { number } }) => number)).size, plan.read.length, 'read once');
          for (const text of [...decoder.prompts, contentOf(plan)])
            assert.ok(decoder.countTokens(text) + 1 <= limits.window, `${decoder.countTokens(text)} tokens`);
          const { system, map, sources: read, history, question: asked, used } = plan.budget;
          assert.equal(system + map + read + history + asked, used);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('gives way to what `auto` takes where the decoder only quotes', () => {
    const decoder = reader(() => '');
    const task = { frame: quoteFrame({ question }), sources: [source(1, 4)], decoder, limits };
    for (const name of ['memrecall', 'map-reduce', 'refine', 'map-rerank', 'pcw', 'nbce']) {
      const { strategy, because } = chooseStrategy(name)(task);
      assert.equal(strategy.name, 'stuff');
      assert.equal(because && english.words(because), `not ${name}: the decoder only quotes`);
    }
  });
});

const many = Array.from({ length: 12 }, (_, at) => source(at + 1, 40));

describe('map-reduce', () => {
  it('answers from notes on every part, and says which parts say nothing', async () => {
    const decoder = reader((prompt) => (numbersIn(prompt).includes(9) ? 'A leak in `hull` sinks it.' : 'Nothing.'));
    const { plan, parts } = await readBy('map-reduce', decoder, many);
    assert.ok(parts > 2);
    assert.equal(decoder.prompts.length, parts);
    assert.deepEqual(
      decoder.prompts.flatMap(numbersIn).toSorted((a, b) => a - b),
      many.map(({ number }) => number),
    );
    assert.match(contentOf(plan), /A leak in `hull` sinks it\./);
    assert.doesNotMatch(contentOf(plan), /Nothing\./);
    assert.ok(plan.read.some((one) => one.source.number === 9));
    for (const { reason } of plan.alsoRead ?? [])
      assert.equal(english.words(reason), 'read; it says nothing about the question');
  });

  it('brings notes together that are too many for one prompt', async () => {
    const long = `Note ${'word '.repeat(90)}end.`;
    const decoder = reader((prompt) => (prompt.includes('Notes on sources') ? 'Brought together.' : long));
    const sources = Array.from({ length: 40 }, (_, at) => source(at + 1, 60));
    const { plan } = await readBy('map-reduce', decoder, sources);
    assert.match(contentOf(plan), /Brought together\./);
    assert.ok(plan.budget.used <= limits.window - limits.reserve);
  });

  it('reads the best of the sources where no part says anything', async () => {
    const { plan } = await readBy(
      'map-reduce',
      reader(() => 'Nothing about that.'),
      many,
    );
    assert.ok(numbersIn(contentOf(plan)).includes(1));
  });
});

describe('refine', () => {
  it('writes the answer again with each part, the best last', async () => {
    let count = 0;
    const decoder = reader(() => `Draft ${(count += 1)}.`);
    const { plan, parts } = await readBy('refine', decoder, many);
    assert.ok(parts > 1);
    for (const [at, prompt] of decoder.prompts.entries())
      assert.equal(prompt.includes(`Draft ${at}.`), at > 0, 'the draft before stands in the prompt');
    assert.match(contentOf(plan), new RegExp(`Draft ${parts}\\.`));
    assert.ok(numbersIn(contentOf(plan)).includes(1));
    assert.equal(plan.read.length, many.length, 'the answer is held against all that was read');
  });
});

describe('map-rerank', () => {
  it('writes from the part with the highest score alone', async () => {
    const decoder = reader(
      () => '',
      (prompt, symbol) => (symbol === (numbersIn(prompt).includes(7) ? '9' : '1') ? 0.9 : 0.01),
    );
    const { plan } = await readBy('map-rerank', decoder, many);
    const chosen = numbersIn(contentOf(plan));
    assert.ok(chosen.includes(7) && chosen.length < many.length);
    assert.ok((plan.alsoRead ?? []).length > 0);
  });
});

describe('memrecall', () => {
  it('finds what search put last, by way of several prompts', async () => {
    const sources = Array.from({ length: 30 }, (_, at) => source(at + 1, 12));
    const decoder = reader(
      () => '',
      (prompt, symbol) => (symbol === letterOf(prompt, 29) ? 0.9 : 0.002),
    );
    const { plan, parts } = await readBy('memrecall', decoder, sources);
    assert.ok(parts > 2);
    assert.ok(numbersIn(contentOf(plan)).includes(29));
    const stuffed = (await readBy('stuff', decoder, sources)).plan;
    assert.ok(!numbersIn(contentOf(stuffed)).includes(29));
  });
});

describe('just-read-twice', () => {
  it('has the sources twice and the question twice', async () => {
    const { plan } = await readBy(
      'jrt',
      reader(() => ''),
      many.slice(0, 2),
    );
    const text = contentOf(plan);
    const numbers = numbersIn(text);
    assert.deepEqual(numbers.slice(0, numbers.length / 2), numbers.slice(numbers.length / 2));
    assert.equal(text.split(question).length, 3);
  });

  it('in its cheap form has the best of them twice', async () => {
    const { plan } = await readBy(
      'reread',
      reader(() => ''),
      [source(1, 5), source(2, 5), source(3, 5), source(4, 5)],
    );
    const numbers = numbersIn(contentOf(plan));
    const twice = [...new Set(numbers)].filter((one) => numbers.filter((other) => other === one).length === 2);
    assert.deepEqual(twice.toSorted(), [1, 2]);
    assert.equal(numbers.at(-1), 1, 'the best is next to the question');
  });
});

describe('contexts that are read apart', () => {
  for (const name of ['pcw', 'nbce'])
    it(`${name}: every source stands in one conversation, and they differ in sources alone`, async () => {
      const { plan } = await readBy(
        name,
        reader(() => ''),
        many.slice(0, 6),
      );
      const { contexts } = plan;
      assert.ok(contexts && 'conversations' in contexts);
      assert.equal(contexts.method, name === 'nbce' ? 'nbce' : 'parallel-windows');
      const texts = contexts.conversations.map((messages) => messages.map(({ content }) => content).join('\n'));
      assert.equal(texts.length, 3);
      assert.deepEqual(
        texts.flatMap(numbersIn).toSorted((a, b) => a - b),
        plan.read.map(({ source: { number } }) => number).toSorted((a, b) => a - b),
      );
      for (const text of texts) assert.ok(text.endsWith(frame.question));
    });
});
