import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { ResolvedModel } from '../../../src/models/store.ts';
import type { DecodeRequest, DecodeResult, Decoder } from '../../../src/runtime/decoder.ts';
import { isRefusal } from '../../../src/runtime/reading-test/refusal.ts';
import { isRight, runReadingTest } from '../../../src/runtime/reading-test/run.ts';
import { readingSheets } from '../../../src/runtime/reading-test/sheets.ts';
import { keepVerdict, readVerdict } from '../../../src/runtime/reading-test/verdict.ts';
import { readProbe, writeProbe } from '../../../src/runtime/probing/verdict.ts';
import {
  hidden,
  hiddenAnswers,
  invitesToRefuse,
  readingAnswer,
  stated,
  statedAnswers,
} from '../../support/reading-answers.ts';

function decoderThatSays(answer: (request: DecodeRequest) => string): Decoder {
  const never = (): never => {
    throw new Error('not part of this test');
  };
  return {
    info: { id: 'x', displayName: 'X', architecture: 'llama', contextLength: 64, provider: 'cpu', memory: 0 },
    countTokens: never,
    countChatTokens: never,
    tokenize: never,
    decode: (request) => Promise.resolve({ text: answer(request) } as DecodeResult),
    perplexity: never,
    dispose: () => Promise.resolve(),
  };
}

const signal = new AbortController().signal;
const promptOf = (request: DecodeRequest): string => request.messages?.at(-1)?.content ?? '';

describe('reading test', () => {
  it('tells a reader from a guesser at every question, and a refusal is no answer', () => {
    for (const [questions, answers] of [
      [stated, statedAnswers],
      [hidden, hiddenAnswers],
    ] as const) {
      assert.equal(answers.length, questions.length);
      for (const [i, question] of questions.entries()) {
        const [reader = '', guesser = ''] = answers[i] ?? [];
        assert.ok(isRight(question, reader), `${question.question} ${reader}`);
        assert.ok(isRight(question, `${reader} [2]`), 'the number of a source is none of the answer');
        assert.ok(!isRight(question, guesser), `${question.question} ${guesser}`);
        assert.ok(!isRight(question, ''), 'silence is no answer');
        assert.ok(!isRefusal(reader), reader);
      }
    }
  });

  it('has several sources of real length, and every answer is in the source that is named', () => {
    const lengths = readingSheets.map(({ sources }) => sources.reduce((sum, { code }) => sum + code.length, 0));
    assert.deepEqual(
      lengths,
      lengths.toSorted((a, b) => a - b),
    );
    assert.ok((lengths[0] ?? 0) > 700 && (lengths.at(-1) ?? 0) > 1900, String(lengths));
    for (const { sources, stated: questions, hidden: others } of readingSheets)
      for (const { source } of [...questions, ...others]) assert.ok(sources[source - 1]);
  });

  it('passes at 15 of 18 and not at 14, and only then says what else it found', async () => {
    for (const right of [12, 9, 8, 0]) {
      const decoder = decoderThatSays((request) => readingAnswer(promptOf(request), right) ?? '');
      const progress: number[] = [];
      const report = await runReadingTest(decoder, ({ done }) => progress.push(done), signal);
      const others = {
        refuses: { questions: 8, correct: 8, needed: 6, passed: true },
        cites: { questions: 6, correct: 6, needed: 5, passed: true },
      };
      const passes = right >= 9;
      const correct = right + hidden.length;
      assert.deepEqual(report, { questions: 18, correct, needed: 15, passed: passes, ...(passes && others) });
      assert.equal(progress.at(-1), 32);
    }
  });

  it('holds neither one who always refuses nor one who never does for one who refuses in the right place', async () => {
    const right = (request: DecodeRequest): string => readingAnswer(promptOf(request), 12) ?? '';
    for (const says of [
      (request: DecodeRequest) =>
        invitesToRefuse(promptOf(request)) ? 'I could not find this in the sources.' : right(request),
      (request: DecodeRequest) => right(request).replace('I could not find this in the sources.', 'On disk [1].'),
    ]) {
      const report = await runReadingTest(decoderThatSays(says), () => undefined, signal);
      assert.equal(report.passed, true);
      assert.deepEqual([report.refuses?.correct, report.refuses?.passed], [4, false]);
    }
    const plain = await runReadingTest(
      decoderThatSays((request) => right(request).replace(/ \[\d\]$/, '')),
      () => undefined,
      signal,
    );
    assert.deepEqual([plain.passed, plain.refuses?.passed, plain.cites?.correct], [true, true, 0]);
  });

  it('takes the words of models for a refusal, and plain answers for none', () => {
    for (const text of [
      'The sources do not say.',
      'I could not find this in the sources.',
      'The source does not say.',
      'The provided sources do not mention an SMTP host.',
      "The code doesn't specify a certificate file.",
      'It is not specified in the sources.',
      'There is no information about encryption in the sources.',
      'None of the sources answers the question.',
      'I cannot determine this from the code.',
      'The database table is not explicitly mentioned.',
    ])
      assert.ok(isRefusal(text), text);
    for (const text of [
      'It returns undefined when no attempt succeeds.',
      'Nothing is delivered when there are no recipients; it returns at once [1].',
      'Refresh tokens do not expire [4].',
      'It throws a RangeError when the text does not begin with a brace.',
      'The newest entry is removed, not the oldest.',
    ])
      assert.ok(!isRefusal(text), text);
  });

  it('ends early when the verdict is certain, and asks nothing whose part is certain', async () => {
    for (const [right, asked, decodes] of [
      // 15 answers, 6 refusals in the right place, 5 citations.
      [12, 15, 26],
      [0, 4, 4],
    ] as const) {
      let decoded = 0;
      const decoder = decoderThatSays((request) => {
        decoded += 1;
        return readingAnswer(promptOf(request), right) ?? '';
      });
      const report = await runReadingTest(decoder, () => undefined, signal, { untilDecided: true });
      assert.deepEqual([report.asked, decoded, report.passed], [asked, decodes, right === 12]);
    }
  });

  it('leaves unknown what a slow decoder does beside answering, once it is certain that it may write', async () => {
    let clock = 0;
    const decoder = decoderThatSays((request) => {
      clock += 70_000;
      return readingAnswer(promptOf(request), 12) ?? '';
    });
    const report = await runReadingTest(decoder, () => undefined, signal, { untilDecided: true, now: () => clock });
    assert.equal(report.passed, true);
    assert.deepEqual([report.cites?.passed, report.refuses], [true, undefined]);
    assert.equal((await runReadingTest(decoder, () => undefined, signal, { now: () => clock })).refuses?.passed, true);
  });

  it('gives a model that thinks first the tokens to end its thoughts', async () => {
    const asked: number[] = [];
    const decoder = decoderThatSays(() => '');
    const thinks: Decoder = {
      ...decoder,
      decode: (request) => {
        asked.push(request.maxTokens);
        const isThinking = request.maxTokens < 100;
        const text = isThinking ? '' : (readingAnswer(promptOf(request), 18) ?? '');
        return Promise.resolve({ text, finish: isThinking ? 'length' : 'end-token' } as DecodeResult);
      },
    };
    assert.equal((await runReadingTest(thinks, () => undefined, signal)).correct, 18);
    assert.equal(asked.length, 64);
  });
});

describe('verdicts', () => {
  it('belong to the weights, not to their name', async () => {
    const home = await mkdtemp(path.join(tmpdir(), 'longsight-verdict-'));
    try {
      const weights = path.join(home, 'model.gguf');
      await writeFile(weights, 'one');
      const model = { id: 'm', weights, files: { 'model.gguf': weights }, sha256: null } as unknown as ResolvedModel;
      assert.equal(await readVerdict(model, home), null);
      const refuses = { questions: 12, correct: 7, needed: 10, passed: false };
      const readingTest = { questions: 20, correct: 18, needed: 17, passed: true, refuses };
      const report = {
        id: 'm',
        provider: 'cpu',
        providers: [],
        prefillTokensPerSecond: 1,
        decodeTokensPerSecond: 1,
        effectiveWindow: 1,
        readingTest,
      };
      await writeProbe(model, home, report);
      assert.deepEqual(await readVerdict(model, home), readingTest, 'a probe tests too');
      const later = { questions: 20, asked: 14, correct: 10, needed: 17, passed: false };
      await keepVerdict(model, home, later);
      assert.deepEqual(await readVerdict(model, home), later);
      const renamed: ResolvedModel = { ...model, id: 'other' };
      assert.deepEqual(await readProbe(renamed, home), report);
      await writeFile(weights, 'other weights');
      assert.equal(await readVerdict(model, home), null);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });
});
