import { say } from '../../../src/base/sentences.ts';
import { english } from '../../../src/base/speaker.ts';
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { LongsightError, fault } from '../../../src/base/errors.ts';
import type { Answer } from '../../../src/protocol/answers.ts';
import { answersOver } from '../../support/answers-over.ts';
import { assertGolden } from '../../support/golden.ts';
import { type IndexedFolder, indexFixture } from '../../support/indexed-folder.ts';
import { scriptedDecoder } from '../../support/scripted-decoder.ts';

const never = new AbortController().signal;
/** A line of what is found says more of it than the card does. */
const withQuote = 'Which groups of the expression are handed to the handler that dispatch found?';
const question = 'How is a request dispatched to the first handler that fits?';

let shared: IndexedFolder;
const cleanups: (() => Promise<void>)[] = [];
before(async () => {
  shared = await indexFixture({ after: (cleanup) => cleanups.push(cleanup) }, 'harbor');
});
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

const isFault =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof LongsightError && error.userError.code === code;

/** Every path, line and fenced line of an answer must be real. */
async function assertTrue(root: string, answer: Answer): Promise<void> {
  for (const { path: file, startLine, endLine } of answer.citations) {
    const lines = (await readFile(path.join(root, file), 'utf8')).split('\n');
    assert.ok(startLine >= 1 && endLine >= startLine && endLine <= lines.length, `${file}:${startLine}-${endLine}`);
  }
  const all = (
    await Promise.all(
      [...new Set(answer.citations.map((c) => c.path))].map((file) => readFile(path.join(root, file), 'utf8')),
    )
  ).join('\n');
  const real = new Set(all.split('\n').map((line) => line.trim()));
  for (const [, body] of answer.answer.matchAll(/^```\w*\n([\s\S]*?)^```/gm))
    for (const line of (body ?? '').split('\n').filter((one) => !['', '…'].includes(one.trim())))
      assert.ok(real.has(line.trim()), `invented: ${line}`);
}

describe('ask without a decoder', () => {
  it('gives the evidence alone, says so, and every line of it is real', async () => {
    const folder = shared;
    const { answers, events, onEvent } = answersOver(folder);
    const answer = await answers.ask({ question }, onEvent, never);
    assert.equal(answer.form, 'evidence');
    assert.equal(answer.citations[0]?.path, 'harbor/router.py');
    assert.equal(answer.sources[0]?.symbol, 'Router.dispatch');
    assert.match(english.words(answer.notice ?? ''), /evidence alone/);
    assert.equal(answer.model, null);
    assert.ok(answer.citations.every(({ status }) => status === 'verified'));
    await assertTrue(folder.root, answer);
    assertGolden('answers/ask-evidence.md', `${answer.answer}\n\n---\n${english.words(answer.notice ?? '')}`);
    assert.deepEqual([...new Set(events.map(({ type }) => type))], ['status', 'source', 'citation', 'done']);
  });

  it('names the definition that the question names', async () => {
    const folder = shared;
    const { answers, onEvent } = answersOver(folder);
    const answer = await answers.ask({ question: 'Where is `compile_pattern` defined?' }, onEvent, never);
    assert.equal(answer.sources[0]?.symbol, 'compile_pattern');
    assert.deepEqual(
      [answer.citations[0]?.path, answer.citations[0]?.startLine, answer.citations[0]?.endLine],
      ['harbor/pattern.py', 7, 9],
    );
  });

  it('says that nothing fits instead of inventing something', async () => {
    const folder = shared;
    const { answers, onEvent } = answersOver(folder);
    const answer = await answers.ask({ question: 'Where does kubernetes terraform zebra?' }, onEvent, never);
    assert.equal(answer.citations.length, 0);
    assert.match(
      answer.answer,
      /^These occur nowhere in this repository: `kubernetes`, `terraform`, `zebra`\. Nothing was found that answers the question\./,
    );
    assert.match(answer.answer, /To widen:/);
  });

  it('reads what is pinned and leaves out what is dropped', async () => {
    const folder = shared;
    const { answers, onEvent } = answersOver(folder);
    const before = await answers.ask({ question }, onEvent, never);
    const pinned = folder.index.reader.chunksOf('pyproject.toml')[0]?.id ?? '';
    const dropped = before.sources[0]?.id ?? '';
    const after = await answers.ask({ question, pinned: [pinned], dropped: [dropped] }, onEvent, never);
    assert.equal(after.sources.find(({ id }) => id === pinned)?.reason.say, 'pinned by you');
    assert.ok(after.citations.some(({ id }) => id === pinned));
    assert.ok(!after.citations.some(({ id }) => id === dropped));
    assert.equal(after.sources.find(({ id }) => id === dropped)?.reason.say, 'dropped by you');
  });

  it('says how complete the index was', async () => {
    const folder = shared;
    const { answers, events, onEvent } = answersOver(folder, {
      completeness: () => ({ files: 300, indexed: 100, pending: 200, embedded: 0 }),
    });
    const answer = await answers.ask({ question }, onEvent, never);
    assert.match(english.words(answer.notice ?? ''), /33 % complete: 200 files still unread/);
    assert.deepEqual(events[0], {
      type: 'status',
      phase: 'indexing',
      message: say('Index {0} %: {1} files still unread', 33, 200),
      done: 100,
      total: 300,
    });
  });

  it('refuses an empty question, one of 100,000 characters, and an unknown strategy', async () => {
    const folder = shared;
    const { answers, onEvent } = answersOver(folder);
    await assert.rejects(answers.ask({ question: ' \n' }, onEvent, never), isFault('LS6011'));
    await assert.rejects(answers.ask({ question: 'x '.repeat(50_000) }, onEvent, never), isFault('LS6012'));
    await assert.rejects(answers.ask({ question, strategy: 'oracle' }, onEvent, never), isFault('LS6013'));
  });

  it('marks a citation whose lines moved, and one whose lines are gone', async (t) => {
    const folder = await indexFixture(t, 'harbor');
    const { answers, onEvent } = answersOver(folder);
    const file = path.join(folder.root, 'harbor/pattern.py');
    const text = await readFile(file, 'utf8');
    await writeFile(file, `# one\n# two\n${text}`);
    const moved = await answers.ask({ question: 'Where is `compile_pattern` defined?' }, onEvent, never);
    assert.deepEqual(
      [moved.citations[0]?.status, moved.citations[0]?.startLine, moved.citations[0]?.endLine],
      ['moved', 9, 11],
    );
    await writeFile(file, text.replace('def compile_pattern', 'def compiled'));
    const stale = await answers.ask({ question: 'Where is `compile_pattern` defined?' }, onEvent, never);
    assert.equal(stale.citations[0]?.status, 'stale');
  });
});

describe('ask with a decoder that may only quote', () => {
  it('quotes from the text that was read, under the evidence', async () => {
    const folder = shared;
    const decoder = scriptedDecoder({ quotes: [{ startLine: 0, endLine: 0 }] });
    const { answers, events, onEvent } = answersOver(folder, { with: decoder });
    const answer = await answers.ask({ question: withQuote }, onEvent, never);
    assert.equal(answer.form, 'quote');
    assert.match(english.words(answer.notice ?? ''), /only quotes.*larger model/);
    await assertTrue(folder.root, answer);
    const [request] = decoder.requests;
    assert.ok(request);
    assert.equal(request.constraint?.kind, 'quote');
    assert.equal(request.sampling.temperature, 0);
    // All that it may quote is what its prompt holds.
    for (const { text } of request.constraint.texts) assert.ok(request.messages?.at(-1)?.content.includes(text));
    const streamed = events.flatMap((event) => (event.type === 'token' ? [event.text] : [])).join('');
    assert.equal(streamed, answer.written);
    assert.ok(answer.answer.endsWith(streamed));
    assertGolden('answers/ask-quote.md', `${answer.answer}\n\n---\n${english.words(answer.notice ?? '')}`);
  });

  it('names the model that would write on this machine, with a decoder and without', async () => {
    const betterModel = (): Promise<string> => Promise.resolve('Better 3B');
    for (const options of [{ with: scriptedDecoder({ quotes: [{ startLine: 0, endLine: 0 }] }) }, {}]) {
      const { answers, onEvent } = answersOver(shared, { ...options, betterModel });
      const answer = await answers.ask({ question: withQuote }, onEvent, never);
      assert.match(english.words(answer.notice ?? ''), /Better 3B would write here\.$/);
    }
  });

  it('quotes nothing, and does not even read, where no line adds to what is shown', async () => {
    const decoder = scriptedDecoder({ quotes: [{ startLine: 0, endLine: 0 }] });
    const { answers, onEvent } = answersOver(shared, { with: decoder });
    const answer = await answers.ask({ question }, onEvent, never);
    assert.equal(answer.form, 'evidence');
    assert.equal(decoder.requests.length, 0);
    assert.match(english.words(answer.notice ?? ''), /no line says more of what was asked than those shown/);
  });

  it('quotes no line that says nothing alone', async (t) => {
    const folder = await indexFixture(t, 'name-traps');
    const decoder = scriptedDecoder({ quotes: [{ startLine: 0, endLine: 0 }] });
    const { answers, onEvent } = answersOver(folder, { with: decoder });
    const answer = await answers.ask({ question: 'which text does `label_all` give back?' }, onEvent, never);
    assert.match(answer.answer, /Base\.label_all/);
    // All that stands below the signature is `return text`.
    assert.equal(answer.form, 'evidence');
    assert.equal(decoder.requests.length, 0);
  });

  it('keeps an exact budget that adds up', async () => {
    const folder = shared;
    const decoder = scriptedDecoder({ quotes: [{ startLine: 0, endLine: 0 }] });
    const { answers, onEvent } = answersOver(folder, { with: decoder });
    const { budget, timings } = await answers.ask({ question: withQuote }, onEvent, never);
    assert.equal(budget.system + budget.map + budget.sources + budget.history + budget.question, budget.used);
    assert.equal(budget.used, timings.prefillTokens);
    assert.ok(budget.used + budget.reserve <= budget.window);
  });

  it('answers with the evidence and says why when the decoder cannot be started', async () => {
    const folder = shared;
    const decoder = (): Promise<never> => Promise.reject(fault('LS2001', 'qwen'));
    const { answers, onEvent } = answersOver(folder, { decoder });
    const answer = await answers.ask({ question }, onEvent, never);
    assert.equal(answer.form, 'evidence');
    assert.match(english.words(answer.notice ?? ''), /evidence alone\. The model "qwen" is not on this machine/);
    await assert.rejects(answers.ask({ question, model: 'qwen' }, onEvent, never), isFault('LS2001'));
  });
});

describe('ask with a decoder that may write', () => {
  it('shows no thought as an answer, and says so where there is nothing else', async () => {
    const thinks = 'The user asks about dispatch. `Router.dispatch` it is.';
    const says = 'The router tries its handlers in order [1].';
    const spoken = answersOver(shared, { with: scriptedDecoder({ thinks, says }), prose: true });
    const answer = await spoken.answers.ask({ question }, spoken.onEvent, never);
    assert.equal(answer.form, 'prose');
    assert.equal(answer.thoughts, thinks);
    assert.ok(!JSON.stringify([answer.answer, answer.written]).includes('The user asks'));
    const silent = answersOver(shared, { with: scriptedDecoder({ thinks, says: '' }), prose: true });
    const evidence = await silent.answers.ask({ question }, silent.onEvent, never);
    assert.equal(evidence.form, 'evidence');
    assert.equal(evidence.written, '');
    assert.match(english.words(evidence.notice ?? ''), /only thought and gave no answer/);
  });

  it('writes a sentence that does not hold a second time, from what stands, and tells how fast it was', async () => {
    const decoder = scriptedDecoder({
      says: 'The method `Router.dispatch` tries each handler in turn [1]. It calls `RouteTable.lookup` first [1]. All is well.',
      saysAgain: 'Then it calls `describe_status` [1]. ',
    });
    const { answers, onEvent } = answersOver(shared, { with: decoder, prose: true });
    const answer = await answers.ask({ question }, onEvent, never);
    assert.equal(
      answer.written,
      'The method `Router.dispatch` tries each handler in turn [1]. [?] Then it calls `describe_status` [1].',
    );
    assert.deepEqual(answer.unsupported, []);
    assert.equal(decoder.requests.length, 2);
    assert.equal(decoder.requests[1]?.assistantPrefix, 'The method `Router.dispatch` tries each handler in turn [1]. ');
    assert.deepEqual(
      decoder.requests[1].logitBias?.map(({ token }) => token),
      ['RouteTable.lookup'],
    );
    assert.ok(answer.timings.decodeTokens > 10 && answer.timings.prefillTokens > 0);
  });

  it('lets an answer say a name of the question that the repository has, read or not, and none that it has not', async () => {
    const says = 'So `Router` and `compile_pattern` belong together. Then `NoSuchName` and `Router` do.';
    const decoder = scriptedDecoder({ says });
    const { answers, onEvent } = answersOver(shared, { with: decoder, prose: true });
    const answer = await answers.ask({ question: 'How do Router and compile_pattern work together?' }, onEvent, never);
    assert.deepEqual(
      answer.unsupported.map(({ text }) => text),
      ['NoSuchName'],
    );
  });

  it('ends a loop, and cites nothing that is not said', async () => {
    const loop = 'The table keeps the handlers in the order in which they came. ';
    const decoder = scriptedDecoder({ says: loop.repeat(9) });
    const { answers, onEvent } = answersOver(shared, { with: decoder, prose: true });
    const answer = await answers.ask({ question }, onEvent, never);
    assert.equal(answer.written?.replace(/ \[.*?\](?=\.)/, ''), `${loop}[?]`);
    assert.ok(answer.timings.decodeTokens < 60, String(answer.timings.decodeTokens));
    const cited = new Set([...(answer.written ?? '').matchAll(/\[(\d+)\]/g)].map(([, number]) => Number(number)));
    const shown = answer.sources.filter(({ used }) => used).length;
    assert.ok(answer.citations.every(({ number }) => cited.has(number) || number <= shown));
  });

  it('streams checked prose: marks what the sources do not hold and drops citations that do not exist', async () => {
    const folder = shared;
    const says =
      'The method `Router.dispatch` tries each handler in turn [1]. It calls `RouteTable.lookup` first [1][99]. Without one it calls `describe_status` [1].';
    const { answers, events, onEvent } = answersOver(folder, { with: scriptedDecoder({ says }), prose: true });
    const answer = await answers.ask({ question }, onEvent, never);
    assert.equal(answer.form, 'prose');
    assert.equal(
      answer.written,
      'The method `Router.dispatch` tries each handler in turn [1]. [?] It calls `RouteTable.lookup` first [1]. [not supported by the sources] Without one it calls `describe_status` [1].',
    );
    assert.deepEqual(
      answer.unsupported.map(({ start, end, text }) => [answer.answer.slice(start, end), text]),
      [['RouteTable.lookup', 'RouteTable.lookup']],
    );
    assert.deepEqual(
      answer.citations.map(({ number }) => number),
      [1],
    );
    const streamed = events.flatMap((event) => (event.type === 'token' ? [event.text] : [])).join('');
    assert.equal(streamed.trimEnd(), answer.written);
    // Under the prose stand the places it cites, word for word, so that the answer can be held against them.
    const [prose, ...places] = answer.answer.split('\n\n');
    assert.equal(prose, answer.written);
    assert.match(
      places.join('\n\n'),
      /^\*\*`Router\.dispatch`\*\* · `harbor\/router\.py:18-27` \[1\]\n```python\ndef dispatch/,
    );
  });

  it('takes earlier turns along and says which did not fit', async () => {
    const folder = shared;
    const decoder = scriptedDecoder({ says: 'It does [1].', contextLength: 2000 });
    const { answers, onEvent } = answersOver(folder, { with: decoder, prose: true });
    const history = [
      { question: 'first', answer: 'word '.repeat(600) },
      { question: 'Where is `compile_pattern` defined?', answer: 'In `harbor/pattern.py` [1].' },
    ];
    const answer = await answers.ask({ question: 'And what does it do?', history }, onEvent, never);
    // The question has no words of its own: it is searched with those of the one before.
    assert.equal(answer.sources[0]?.symbol, 'compile_pattern');
    assert.ok(answer.budget.history > 0);
    assert.match(english.words(answer.notice ?? ''), /1 earlier turn did not fit/);
    assert.deepEqual(
      decoder.requests[0]?.messages?.map(({ role }) => role),
      ['system', 'user', 'assistant', 'user'],
    );
  });

  it('stops a decoder that says the same over and over', async () => {
    const folder = shared;
    const says = 'The router holds the handlers of an application [1]. '.repeat(50);
    const { answers, onEvent } = answersOver(folder, { with: scriptedDecoder({ says }), prose: true });
    const answer = await answers.ask({ question }, onEvent, never);
    assert.equal(answer.stopped, false);
    assert.ok(answer.timings.decodeTokens < 60, String(answer.timings.decodeTokens));
  });
});

describe('ask that is stopped', () => {
  it('before the search, keeps nothing and says so', async () => {
    const folder = shared;
    const { answers, onEvent } = answersOver(folder);
    const answer = await answers.ask({ question }, onEvent, AbortSignal.abort());
    assert.deepEqual([answer.stopped, answer.answer, answer.citations.length], [true, '', 0]);
    assert.match(english.words(answer.notice ?? ''), /^Stopped/);
  });

  it('while the decoder loads, keeps the evidence', async () => {
    const folder = shared;
    const stop = new AbortController();
    const decoder = (): Promise<null> => {
      stop.abort();
      return new Promise(() => undefined);
    };
    const { answers, onEvent } = answersOver(folder, { decoder });
    const answer = await answers.ask({ question }, onEvent, stop.signal);
    assert.equal(answer.stopped, true);
    assert.ok(answer.citations.length > 0);
  });

  it('while it writes, keeps what was written', async () => {
    const folder = shared;
    const stop = new AbortController();
    const beforeToken = (index: number): void => {
      if (index === 9) stop.abort();
    };
    const says = 'The first sentence is whole [1]. The second one never comes to its end because somebody stops it.';
    const { answers, onEvent } = answersOver(folder, { with: scriptedDecoder({ says, beforeToken }), prose: true });
    const answer = await answers.ask({ question }, onEvent, stop.signal);
    assert.equal(answer.stopped, true);
    assert.equal(answer.written, 'The first sentence is whole [1]. [?] The second one [?]');
  });
});
