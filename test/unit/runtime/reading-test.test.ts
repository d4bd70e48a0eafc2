import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { ResolvedModel } from '../../../src/models/store.ts';
import type { DecodeRequest, DecodeResult, Decoder } from '../../../src/runtime/decoder.ts';
import { isRight, runReadingTest } from '../../../src/runtime/reading-test.ts';
import { readingQuestions } from '../../../src/runtime/reading-test-questions.ts';
import { readProbe, readVerdict, writeProbe } from '../../../src/runtime/verdict.ts';

/** What one who reads the code answers, and what one who guesses from the names does. */
const answers: readonly (readonly [reader: string, guesser: string])[] = [
  ['The default timeout is 37 seconds.', 'The default timeout is 30 seconds.'],
  ['It multiplies a and b.', 'It carries out addition.'],
  ['It listens on port 9417.', 'It listens on port 443.'],
  ['It removes the newest entry.', 'The oldest entry is removed.'],
  ['It throws a `RangeError`.', 'It throws a SyntaxError.'],
  ['The one put last.', 'The item put first.'],
  ['At most 15 users (12 + 3).', 'At most 12 users.'],
  ['It returns "warn".', 'It returns "info".'],
  ['From the age of 21.', 'From 18.'],
  ['It first calls `validate(record)`.', 'It calls write first.'],
  ['HOLLOW_DIR', 'TMPDIR'],
  ['At most four.', 'At most 10.'],
  ['It reads TOML.', 'YAML'],
  ['It begins 12 goroutines.', 'It begins 6.'],
  ['It is added to the archive instead of being delivered.', 'It is rejected.'],
  ['Refresh tokens never expire.', 'Access tokens.'],
  ['Rhombus', 'Rectangle'],
  ['It triples the capacity.', 'It doubles it.'],
  ['OrderIntake', 'OrderList'],
  ['It returns undefined.', 'It returns null.'],
];

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
const indexOf = (request: DecodeRequest): number =>
  readingQuestions.findIndex(({ question }) => request.messages?.at(-1)?.content.endsWith(question));

describe('reading test', () => {
  it('tells a reader from a guesser at every question', () => {
    assert.equal(answers.length, readingQuestions.length);
    for (const [i, question] of readingQuestions.entries()) {
      const [reader = '', guesser = ''] = answers[i] ?? [];
      assert.ok(isRight(question, reader), `${question.question} ${reader}`);
      assert.ok(!isRight(question, guesser), `${question.question} ${guesser}`);
      assert.ok(!isRight(question, ''), 'silence is no answer');
    }
  });

  it('passes at 17 of 20 and not at 16', async () => {
    for (const right of [20, 17, 16, 0]) {
      const decoder = decoderThatSays((request) => answers[indexOf(request)]?.[indexOf(request) < right ? 0 : 1] ?? '');
      const progress: number[] = [];
      const report = await runReadingTest(decoder, (done) => progress.push(done), signal);
      assert.deepEqual(report, { questions: 20, correct: right, needed: 17, passed: right >= 17 });
      assert.equal(progress.at(-1), 20);
    }
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
      const readingTest = { questions: 20, correct: 18, needed: 17, passed: true };
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
      assert.equal(await readVerdict(model, home), true);
      const renamed: ResolvedModel = { ...model, id: 'other' };
      assert.deepEqual(await readProbe(renamed, home), report);
      await writeFile(weights, 'other weights');
      assert.equal(await readVerdict(model, home), null);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });
});
