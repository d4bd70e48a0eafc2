/** A follow-up goes on from what the first question read, also in an engine that was started since. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { silentLogger } from '../../../src/base/logging.ts';
import { conversationStoreOf } from '../../../src/engine/repositories/document-cache.ts';
import type { Answer, Turn } from '../../../src/protocol/answers.ts';
import { turnOf } from '../../../src/protocol/turn.ts';
import { answersOver } from '../../support/answers-over.ts';
import { type IndexedFolder, indexFixture } from '../../support/indexed-folder.ts';
import { type ScriptedDecoder, scriptedDecoder } from '../../support/scripted-decoder.ts';

const never = new AbortController().signal;
const question = 'How is a request dispatched to the first handler that fits?';
const says = '`dispatch` walks the routes. Then the first handler that fits is called.';

let folder: IndexedFolder;
const cleanups: (() => Promise<void>)[] = [];
before(async () => {
  folder = await indexFixture({ after: (cleanup) => cleanups.push(cleanup) }, 'harbor');
});
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

/** As an engine that has just been started. */
async function ask(
  asked: string,
  history: readonly Turn[] = [],
): Promise<{ readonly answer: Answer; readonly decoder: ScriptedDecoder }> {
  const decoder = scriptedDecoder({ says });
  const conversations = conversationStoreOf(folder.index.documents, silentLogger);
  const { answers, onEvent } = answersOver(folder, { with: decoder, prose: true, conversations });
  const answer = await answers.ask({ question: asked, ...(history.length > 0 && { history }) }, onEvent, never);
  return { answer, decoder };
}

describe('a conversation', () => {
  it('the second prompt begins with the first and its answer, word for word, and reads no source twice', async () => {
    const first = await ask(question);
    assert.equal(first.answer.form, 'prose');
    const second = await ask('What does it raise when none fits?', [turnOf(first.answer)]);
    const [before, now] = [first.decoder.requests[0]?.messages ?? [], second.decoder.requests[0]?.messages ?? []];
    assert.deepEqual(now.slice(0, before.length), before);
    assert.deepEqual(now[before.length], { role: 'assistant', content: says });
    assert.equal(now.length, before.length + 2);
    const blocks = now.flatMap(({ content }) =>
      [...content.matchAll(/<source [^]*?<\/source>/g)].map(([text]) => text),
    );
    const texts = blocks.map((block) => block.replace(/^<source [^>]*>/, ''));
    assert.equal(new Set(texts).size, texts.length);
    assert.ok(second.answer.budget.history > second.answer.budget.sources);
    assert.ok(
      second.answer.sources.some(({ reason }) => JSON.stringify(reason).includes('read with an earlier question')),
      'it is said which of them were read before',
    );
    const third = await ask('And who calls that?', [turnOf(first.answer), turnOf(second.answer)]);
    assert.deepEqual(third.decoder.requests[0]?.messages?.slice(0, now.length), now);
  });

  it('of which nothing is known is read by its words', async () => {
    const first = await ask(question);
    const turn = { ...turnOf(first.answer), answer: 'The router walks its routes.' };
    const second = await ask('What does it raise when none fits?', [turn]);
    const messages = second.decoder.requests[0]?.messages ?? [];
    assert.deepEqual(
      messages.slice(1, 3).map(({ content }) => content),
      [question, turn.answer],
    );
  });
});
