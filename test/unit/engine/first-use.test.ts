/** The first question to a model that was never tested: evidence at once, then the reading test, then prose, or the evidence and why. */
import assert from 'node:assert/strict';
import { type TestContext, describe, it } from 'node:test';
import { silentLogger } from '../../../src/base/logging.ts';
import { english } from '../../../src/base/speaker.ts';
import { DecoderKeeper } from '../../../src/engine/decoders/decoder-keeper.ts';
import type { AnswerEvent } from '../../../src/protocol/answers.ts';
import { type AnswersOver, answersOver } from '../../support/answers-over.ts';
import { indexFixture } from '../../support/indexed-folder.ts';
import { promptOf, readingServer, verdictsIn } from '../../support/reading-server.ts';
import { readingQuestionIn } from '../../support/reading-answers.ts';
import { never } from '../../support/remote-decoder.ts';
import { temporaryFolder } from '../../support/small-repository.ts';
import type { ModelServer } from '../../support/model-server.ts';

const question = 'How is a request dispatched to the first handler that fits?';

async function over(t: TestContext, server: ModelServer): Promise<AnswersOver & { readonly keeper: DecoderKeeper }> {
  const home = temporaryFolder(t, 'home');
  const keeper = new DecoderKeeper({
    home,
    settings: {
      model: server.address,
      threads: null,
      include: [],
      exclude: [],
      maxFileSize: 1e6,
      embeddings: false,
      offline: false,
    },
    logger: silentLogger,
    verdicts: verdictsIn(home),
  });
  t.after(() => keeper.dispose());
  const folder = await indexFixture(t, 'harbor');
  const answers = answersOver(folder, {
    decoder: (model, onLoading) => keeper.get(model, onLoading),
    readingTestOf: (model) => keeper.readingTestOf(model),
  });
  return { ...answers, keeper };
}

const phases = (events: readonly AnswerEvent[]): string[] => [
  ...new Set(events.map((event) => (event.type === 'status' ? event.phase : event.type))),
];
const promptsOf = (server: ModelServer): string[] =>
  server.to('/v1/chat/completions').map(({ body }) => promptOf(body));

const tests = (server: ModelServer): string[] => promptsOf(server).filter((prompt) => readingQuestionIn(prompt) >= 0);

describe('a model that was never tested', () => {
  it('is tested behind the evidence, writes when it passes, and is not tested again', async (t) => {
    const server = await readingServer(t, 20, { says: 'The `Router` dispatches it [1].' });
    const { answers, events, onEvent, keeper } = await over(t, server);
    assert.equal((await keeper.status())?.readingTest, null);
    const answer = await answers.ask({ question }, onEvent, never);
    assert.equal(answer.form, 'prose');
    assert.match(answer.answer, /The `Router` dispatches it/);
    assert.ok(answer.coverage.filesRead > 0);
    assert.deepEqual(phases(events), [
      'searching',
      'source',
      'loading',
      'testing',
      'reading',
      'writing',
      'token',
      'citation',
      'done',
    ]);
    const tested = events.filter((event) => event.type === 'status' && event.phase === 'testing');
    assert.deepEqual(tested.map((event) => event.type === 'status' && [event.done, event.total]).at(-1), [32, 32]);
    assert.match(JSON.stringify(tested.at(-2)), /about \{1\} s left/);
    assert.deepEqual((await keeper.status())?.readingTest, {
      questions: 18,
      asked: 15,
      correct: 15,
      needed: 15,
      passed: true,
      refuses: { questions: 8, asked: 6, correct: 6, needed: 6, passed: true },
      cites: { questions: 6, asked: 5, correct: 5, needed: 5, passed: true },
    });
    assert.equal(tests(server).length, 26, 'nothing is asked whose part is certain');
    const before = promptsOf(server).length;
    await answers.ask({ question }, onEvent, never);
    assert.equal(promptsOf(server).length, before + 1);
  });

  it('shows evidence when it fails and cannot quote, says so truly, and is sent nothing of the repository', async (t) => {
    const server = await readingServer(t, 3);
    const { answers, onEvent, events } = await over(t, server);
    const answer = await answers.ask({ question }, onEvent, never);
    assert.equal(answer.form, 'evidence');
    assert.match(english.words(answer.notice ?? ''), /3 of the first 7 questions .* 15 of 18 are needed/);
    assert.match(english.words(answer.notice ?? ''), /cannot be held to quotes/);
    assert.deepEqual([answer.coverage.filesRead, answer.coverage.tokensRead, answer.server], [0, 0, undefined]);
    assert.ok(answer.citations.length > 0);
    assert.ok(promptsOf(server).every((prompt) => readingQuestionIn(prompt) >= 0));
    assert.ok(!phases(events).includes('reading'));
    await answers.ask({ question }, onEvent, never);
    assert.equal(promptsOf(server).length, 12, 'the second question knows the verdict');
  });

  it('stays untested when the question is stopped during the test, and the next question tests it again', async (t) => {
    const stop = new AbortController();
    const server = await readingServer(t, 20, {
      onQuestion: (count) => {
        if (count === 5) stop.abort();
      },
    });
    const { answers, onEvent, keeper } = await over(t, server);
    const stopped = await answers.ask({ question }, onEvent, stop.signal);
    assert.deepEqual([stopped.stopped, stopped.form], [true, 'evidence']);
    assert.ok(stopped.citations.length > 0, 'the evidence stays');
    assert.match(english.words(stopped.notice ?? ''), /did not finish/);
    assert.equal((await keeper.status())?.readingTest, null);
    assert.equal((await answers.ask({ question }, onEvent, never)).form, 'prose');
  });

  it('is tested once for two questions at the same time, and for the one that stays when the other leaves', async (t) => {
    const stop = new AbortController();
    const server = await readingServer(t, 20, {
      onQuestion: (count) => {
        if (count === 5) stop.abort();
      },
    });
    const { answers, onEvent } = await over(t, server);
    const [stays, leaves] = await Promise.all([
      answers.ask({ question }, onEvent, never),
      answers.ask({ question }, onEvent, stop.signal),
    ]);
    assert.deepEqual([stays.form, leaves.stopped], ['prose', true]);
    assert.equal(tests(server).length, 26);
  });

  it('that breaks during the test leaves the evidence and what happened', async (t) => {
    const server = await readingServer(t, 20, {
      onQuestion: (count) => {
        if (count === 3)
          server.on('POST /v1/chat/completions', (_request, response) => void response.writeHead(500).end('{}'));
      },
    });
    const { answers, onEvent, keeper } = await over(t, server);
    const answer = await answers.ask({ question }, onEvent, never);
    assert.equal(answer.form, 'evidence');
    assert.match(english.words(answer.notice ?? ''), /evidence alone/);
    assert.equal((await keeper.status())?.readingTest, null);
  });
});
