/** The conversation over an engine in this process: its turns, its messages to the page, what is kept. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { fault } from '../../../src/base/errors.ts';
import { Conversation, type SavedConversation } from '../../../src/extension/conversation.ts';
import type { Answer, AskRequest } from '../../../src/protocol/answers.ts';
import type { EngineApi } from '../../../src/protocol/engine.ts';
import { type ToPage, toPage } from '../../../src/protocol/webview.ts';
import { answerEvents, scriptedAnswer } from '../../support/scripted-answers.ts';

type Ask = EngineApi['ask'];

const answering: Ask = ({ question }, onEvent) => {
  const answer = scriptedAnswer(question);
  for (const event of answerEvents(answer)) onEvent(event);
  return Promise.resolve(answer);
};

/** An engine of which only these parts are called. */
function engineWith(ask: Ask): EngineApi {
  const search: EngineApi['search'] = () => Promise.resolve({ results: [], ms: 1 });
  return { ask, search } as Partial<EngineApi> as EngineApi;
}

function conversationWith(
  ask: Ask,
  saved: SavedConversation | null = null,
): { conversation: Conversation; messages: ToPage[]; kept: SavedConversation[] } {
  const kept: SavedConversation[] = [];
  const conversation = new Conversation({
    engine: () => Promise.resolve(engineWith(ask)),
    saved: {
      load: () => Promise.resolve(saved),
      save: (value) => void kept.push(value),
      flush: () => Promise.resolve(),
    },
  });
  const messages: ToPage[] = [];
  conversation.onMessage((message) => messages.push(message));
  return { conversation, messages, kept };
}

describe('Conversation', () => {
  it('sends only what the page can read, and keeps the finished turn', async () => {
    const { conversation, messages, kept } = conversationWith(answering);
    await conversation.ask('How?');
    for (const message of messages) toPage.parse(message);
    assert.equal(conversation.turns[0]?.phase, 'done');
    assert.equal(kept.at(-1)?.turns.length, 1);
    assert.deepEqual(kept.at(-1)?.questions, ['How?']);
  });

  it('a follow-up takes the answers before it along, but not a failed one', async () => {
    const requests: AskRequest[] = [];
    const { conversation } = conversationWith((request, onEvent, signal) => {
      requests.push(request);
      if (request.question === 'fails') throw fault('LS2001', 'x');
      return answering(request, onEvent, signal);
    });
    await conversation.ask('first');
    await conversation.ask('fails');
    await conversation.ask('second');
    assert.deepEqual(
      requests.at(-1)?.history?.map(({ question }) => question),
      ['first'],
    );
    assert.equal(conversation.turns[1]?.error?.code, 'LS2001');
  });

  it('an engine that is gone is an error in the turn, not an exception', async () => {
    const conversation = new Conversation({ engine: () => Promise.reject(fault('LS8003', 'gone')), saved: null });
    await conversation.ask('How?');
    assert.equal(conversation.turns[0]?.error?.code, 'LS8003');
  });

  it('stop ends a question that never answers', async () => {
    const { conversation } = conversationWith(
      (_request, _onEvent, signal) =>
        new Promise<Answer>((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new CancelledError());
          });
        }),
    );
    const asked = conversation.ask('How?');
    await new Promise((resolve) => setImmediate(resolve));
    await conversation.stop();
    await asked;
    assert.equal(conversation.turns[0]?.phase, 'stopped');
    assert.equal(conversation.isAnswering, false);
  });

  it('a turn that ran when the window closed is a stopped one after the reload', async () => {
    const first = conversationWith(answering);
    await first.conversation.ask('How?');
    const [turn] = first.conversation.turns;
    assert.ok(turn);
    const { conversation } = conversationWith(answering, {
      version: 1,
      turns: [{ ...turn, phase: 'writing' }],
      questions: ['How?'],
    });
    await conversation.load();
    assert.equal(conversation.turns[0]?.phase, 'stopped');
    assert.deepEqual(conversation.questions, ['How?']);
  });
});
