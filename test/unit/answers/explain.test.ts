import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LongsightError } from '../../../src/base/errors.ts';
import { answersOver } from '../../support/answers-over.ts';
import { assertGolden } from '../../support/golden.ts';
import { type IndexedFolder, indexFixture } from '../../support/indexed-folder.ts';
import { scriptedDecoder } from '../../support/scripted-decoder.ts';

const never = new AbortController().signal;
let folder: IndexedFolder;
const cleanups: (() => Promise<void>)[] = [];
before(async () => {
  folder = await indexFixture({ after: (cleanup) => cleanups.push(cleanup) }, 'harbor');
});
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

describe('explain', () => {
  it('says what a method is, what it uses and what uses it', async () => {
    const { answers, onEvent } = answersOver(folder);
    const answer = await answers.explain({ path: 'harbor/router.py', startLine: 25, endLine: 25 }, onEvent, never);
    assert.deepEqual(
      [answer.subject.symbol, answer.subject.startLine, answer.subject.endLine],
      ['Router.dispatch', 18, 27],
    );
    assert.equal(answer.subject.contentHash, folder.index.reader.file('harbor/router.py')?.contentHash);
    assert.ok(answer.citations.every(({ status }) => status === 'verified'));
    assertGolden('answers/explain-method.md', answer.answer);
  });

  it('explains a type by its members and a file by what it defines', async () => {
    const { answers, onEvent } = answersOver(folder);
    const type = await answers.explain({ path: './harbor/router.py', startLine: 8 }, onEvent, never);
    assert.equal(type.subject.symbol, 'Router');
    assertGolden('answers/explain-type.md', type.answer);
    const file = await answers.explain({ path: 'harbor/http/status.py' }, onEvent, never);
    assert.equal(file.subject.symbol, undefined);
    assertGolden('answers/explain-file.md', file.answer);
  });

  it('takes a range that covers a definition for it, and another for itself', async () => {
    const { answers, onEvent } = answersOver(folder);
    const whole = await answers.explain({ path: 'harbor/pattern.py', startLine: 6, endLine: 9 }, onEvent, never);
    assert.equal(whole.subject.symbol, 'compile_pattern');
    const part = await answers.explain({ path: 'harbor/router.py', startLine: 23, endLine: 26 }, onEvent, never);
    assert.equal(part.subject.symbol, undefined);
    assert.match(part.answer, /in `Router.dispatch`/);
  });

  it('lets a decoder that may write do so over the same evidence', async () => {
    const decoder = scriptedDecoder({ says: 'It calls the first handler that fits [1], else `describe_status` [2].' });
    const { answers, onEvent } = answersOver(folder, { with: decoder, prose: true });
    const answer = await answers.explain({ path: 'harbor/router.py', startLine: 20 }, onEvent, never);
    assert.equal(answer.form, 'prose');
    assert.deepEqual(answer.unsupported, []);
    assert.match(decoder.requests[0]?.messages?.at(-1)?.content ?? '', /What does `Router.dispatch` do/);
  });

  it('refuses a path and lines that are not there', async () => {
    const { answers, onEvent } = answersOver(folder);
    const code = async (work: Promise<unknown>): Promise<string> => {
      try {
        await work;
        return 'nothing';
      } catch (error) {
        return error instanceof LongsightError ? error.userError.code : String(error);
      }
    };
    assert.equal(await code(answers.explain({ path: 'no/such.py' }, onEvent, never)), 'LS6014');
    assert.equal(await code(answers.explain({ path: 'harbor/router.py', startLine: 900 }, onEvent, never)), 'LS6015');
    assert.equal(
      await code(answers.explain({ path: 'harbor/router.py', startLine: 5, endLine: 3 }, onEvent, never)),
      'LS6015',
    );
  });

  it('keeps nothing and says so when it is stopped at once', async () => {
    const { answers, onEvent } = answersOver(folder);
    const answer = await answers.explain({ path: 'harbor/router.py', startLine: 20 }, onEvent, AbortSignal.abort());
    assert.deepEqual([answer.stopped, answer.answer], [true, '']);
  });
});
