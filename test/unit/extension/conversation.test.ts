/** The conversation over an engine in this process: its turns, its messages to the page, what is kept. */
import { english } from '../../../src/base/speaker.ts';
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { fault } from '../../../src/base/errors.ts';
import { Conversation } from '../../../src/extension/conversation/conversation.ts';
import { SessionStore, type Sessions } from '../../../src/extension/conversation/session-store.ts';
import type { Answer, AskRequest } from '../../../src/protocol/answers.ts';
import type { EngineApi } from '../../../src/protocol/engine.ts';
import { type ToPage, toPage } from '../../../src/protocol/webview.ts';
import { answerEvents, scriptedAnswer } from '../../support/scripted-answers.ts';
import { temporaryFolder } from '../../support/temporary-repository.ts';

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
  sessions: Sessions | null = null,
): { conversation: Conversation; messages: ToPage[] } {
  const conversation = new Conversation({
    speaker: english,
    engine: () => Promise.resolve(engineWith(ask)),
    repository: () => '/code/ferry',
    sessions,
  });
  const messages: ToPage[] = [];
  conversation.onMessage((message) => messages.push(message));
  return { conversation, messages };
}

function storeIn(folder: string): SessionStore {
  return new SessionStore(folder, (message) => assert.fail(message));
}

describe('Conversation', () => {
  it('sends only what the page can read, and keeps the finished turn', async (t) => {
    const folder = temporaryFolder(t);
    const store = storeIn(folder);
    const { conversation, messages } = conversationWith(answering, store);
    await conversation.ask('How?');
    for (const message of messages) toPage.parse(message);
    assert.equal(conversation.turns[0]?.phase, 'done');
    await store.flush();
    const again = conversationWith(answering, storeIn(folder)).conversation;
    await again.load();
    assert.deepEqual(again.turns, conversation.turns);
    assert.deepEqual(again.questions, ['How?']);
  });

  it('keeps what the model thought apart from the answer, while it thinks and after it', async () => {
    const { conversation, messages } = conversationWith((request, onEvent, signal) => {
      for (const text of ['The router ', 'looks it up.']) onEvent({ type: 'thought', text });
      return answering(request, onEvent, signal);
    });
    await conversation.ask('How?');
    for (const message of messages) toPage.parse(message);
    const streamed = messages.flatMap((message) => (message.type === 'thought' ? [message.text] : []));
    assert.equal(streamed.join(''), 'The router looks it up.');
    assert.equal(conversation.turns[0]?.thoughts, 'The router looks it up.');
    assert.ok(!conversation.turns[0].text.includes('looks it up'));
    assert.ok(!conversation.turns[0].fullAnswer.includes('looks it up'));
  });

  it('every source and citation knows its repository, named by the engine or the only one', async () => {
    const { conversation } = conversationWith(answering);
    await conversation.ask('How?');
    const [turn] = conversation.turns;
    assert.deepEqual(
      [...new Set([...(turn?.sources ?? []), ...(turn?.citations ?? [])].map(({ repository }) => repository))],
      ['/code/ferry'],
    );
  });

  it('sends what is attached and the scope of each repository with the question', async () => {
    const requests: AskRequest[] = [];
    const { conversation } = conversationWith((request, onEvent, signal) => {
      requests.push(request);
      return answering(request, onEvent, signal);
    });
    conversation.scope = [
      { repository: '/code/ferry', glob: 'src/**', label: 'ferry/src' },
      { repository: '/code/ferry', glob: 'web/**', label: 'ferry/web' },
      { repository: '/code/harbour', glob: null, label: 'harbour' },
    ];
    const lines = { startLine: 3, endLine: 9 };
    const place = { kind: 'symbol', label: 'Router', repository: '/code/harbour', path: 'src/router.js' } as const;
    await conversation.ask('How?', [{ ...place, ...lines }]);
    assert.deepEqual(requests[0]?.repositories, [
      { repository: '/code/ferry', scope: ['src/**', 'web/**'] },
      { repository: '/code/harbour' },
    ]);
    const sent = [{ repository: '/code/harbour', path: 'src/router.js', ...lines }];
    assert.deepEqual(requests[0].attached, sent);
    const [turn] = conversation.turns;
    assert.ok(turn);
    await conversation.again(turn.id);
    assert.deepEqual(requests[1]?.attached, sent);
  });

  it('a new conversation keeps the old one, which can be opened again and deleted', async (t) => {
    const store = storeIn(temporaryFolder(t));
    const { conversation } = conversationWith(answering, store);
    await conversation.ask('first');
    await conversation.ask('and then?');
    await conversation.startAfresh();
    assert.equal(conversation.turns.length, 0);
    await conversation.ask('second');
    assert.deepEqual(
      conversation.sessions.map(({ title, questions, isCurrent }) => [title, questions, isCurrent]),
      [
        ['second', 1, true],
        ['first', 2, false],
      ],
    );
    const old = conversation.sessions.find(({ title }) => title === 'first')?.id ?? '';
    assert.equal(await conversation.open(old), true);
    assert.deepEqual(
      conversation.turns.map(({ question }) => question),
      ['first', 'and then?'],
    );
    await conversation.remove(old);
    assert.equal(conversation.turns.length, 0);
    assert.deepEqual(
      conversation.sessions.map(({ title }) => title),
      ['second'],
    );
    assert.equal(await conversation.open(old), false);
  });

  it('pins, drops and the scope are there after a reload', async (t) => {
    const folder = temporaryFolder(t);
    const store = storeIn(folder);
    const { conversation } = conversationWith(answering, store);
    const scope = [{ repository: null, glob: 'src/**', label: 'src' }];
    conversation.scope = scope;
    await store.flush();
    const unasked = conversationWith(answering, storeIn(folder)).conversation;
    await unasked.load();
    assert.deepEqual(unasked.scope, scope);
    await conversation.ask('How?');
    const [turn] = conversation.turns;
    assert.ok(turn);
    conversation.setPinned(turn.id, 'src/router.js:9', true);
    conversation.setDropped(turn.id, 'src/main.js:3', true);
    await store.flush();
    const again = conversationWith(answering, storeIn(folder)).conversation;
    await again.load();
    assert.deepEqual(again.turns[0]?.pinned, ['src/router.js:9']);
    assert.deepEqual(again.turns[0].dropped, ['src/main.js:3']);
    assert.deepEqual(again.scope, scope);
  });

  it('the oldest conversation goes when there are too many', async (t) => {
    const folder = temporaryFolder(t);
    const store = storeIn(folder);
    const { conversation } = conversationWith(answering, store);
    for (let i = 0; i < 52; i += 1) {
      await conversation.ask(`question ${i}`);
      await conversation.startAfresh();
    }
    await store.flush();
    assert.equal(conversation.sessions.length, 50);
    assert.ok(!conversation.sessions.some(({ title }) => title === 'question 0'));
    assert.equal(readdirSync(folder).filter((name) => name !== 'list.json').length, 50);
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

  it('a follow-up takes along what the answers before it rest on', async () => {
    const requests: AskRequest[] = [];
    const { conversation } = conversationWith((request, onEvent, signal) => {
      requests.push(request);
      return answering(request, onEvent, signal);
    });
    await conversation.ask('first');
    await conversation.ask('and then?');
    const shown = conversation.turns[0]?.sources.filter(({ used }) => used) ?? [];
    assert.ok(shown.length > 0);
    assert.deepEqual(
      requests[1]?.history?.[0]?.sources?.map(({ id, path: file, startLine }) => ({ id, path: file, startLine })),
      shown.map(({ id, path: file, startLine }) => ({ id, path: file, startLine })),
    );
  });

  it('a pin holds for all turns after it, with its place, however many there are', async () => {
    const requests: AskRequest[] = [];
    const { conversation } = conversationWith((request, onEvent, signal) => {
      requests.push(request);
      // Only the first answer shows what is pinned.
      return request.question === 'first'
        ? answering(request, onEvent, signal)
        : Promise.resolve({ ...scriptedAnswer(request.question), sources: [], citations: [] });
    });
    await conversation.ask('first');
    const [turn] = conversation.turns;
    const source = turn?.sources[0];
    assert.ok(source);
    conversation.setPinned(turn.id, source.id, true);
    for (let at = 0; at < 65; at++) await conversation.ask(`question ${at}`);
    assert.ok(!conversation.turns.some(({ question }) => question === 'first'));
    assert.deepEqual(requests.at(-1)?.pinned, [source.id]);
    const places = requests.at(-1)?.pinnedPlaces?.map(({ path: file, startLine }) => ({ path: file, startLine }));
    assert.deepEqual(places, [{ path: source.path, startLine: source.startLine }]);
    const last = conversation.turns.at(-1);
    assert.ok(last);
    conversation.setPinned(last.id, source.id, false);
    await conversation.ask('without it');
    assert.equal(requests.at(-1)?.pinned, undefined);
  });

  it('an engine that is gone is an error in the turn, not an exception', async () => {
    const conversation = new Conversation({
      engine: () => Promise.reject(fault('LS8003', 'gone')),
      repository: () => null,
      speaker: english,
      sessions: null,
    });
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

  it('what is asked while another winds up is answered in its turn, and stop meanwhile stops it', async () => {
    const running: string[] = [];
    let most = 0;
    const { conversation } = conversationWith(async (request, onEvent, signal) => {
      running.push(request.question);
      most = Math.max(most, running.length);
      try {
        if (request.question !== 'first') return await answering(request, onEvent, signal);
        // An engine that takes its time to stop.
        await new Promise((resolve) => {
          signal.addEventListener('abort', () => setTimeout(resolve, 20));
        });
        throw new CancelledError();
      } finally {
        running.splice(running.indexOf(request.question), 1);
      }
    });
    const phases = (): [string, string][] => conversation.turns.map(({ question, phase }) => [question, phase]);
    const first = conversation.ask('first');
    const others = [conversation.ask('second'), conversation.ask('third')];
    await Promise.all([first, ...others]);
    assert.deepEqual(phases(), [
      ['first', 'stopped'],
      ['second', 'stopped'],
      ['third', 'done'],
    ]);
    assert.equal(most, 1);
    const again = conversation.ask('first');
    await new Promise((resolve) => setImmediate(resolve));
    const stopped = conversation.ask('fourth');
    await conversation.stop();
    await Promise.all([again, stopped]);
    assert.deepEqual(phases().at(-1), ['fourth', 'stopped']);
    assert.equal(conversation.isAnswering, false);
  });

  it('stop does not wait for an engine that is still starting', async () => {
    const conversation = new Conversation({
      engine: () => new Promise<EngineApi>(() => undefined),
      repository: () => null,
      speaker: english,
      sessions: null,
    });
    const asked = conversation.ask('How?');
    await conversation.stop();
    await asked;
    assert.equal(conversation.turns[0]?.phase, 'stopped');
  });

  it('a second click on Continue changes nothing', async () => {
    let asked = 0;
    const { conversation } = conversationWith(async (request, onEvent, signal) => {
      asked += 1;
      if (asked === 1) throw new CancelledError();
      await new Promise((resolve) => setImmediate(resolve));
      return answering(request, onEvent, signal);
    });
    await conversation.ask('How?');
    const id = conversation.turns[0]?.id ?? '';
    await Promise.all([conversation.continue(id), conversation.continue(id)]);
    assert.equal(asked, 2);
    assert.equal(conversation.turns[0]?.phase, 'done');
  });

  it('a turn that ran when the window closed is a stopped one after the reload', async (t) => {
    const store = storeIn(temporaryFolder(t));
    const first = conversationWith(answering, store);
    await first.conversation.ask('How?');
    const [turn] = first.conversation.turns;
    const [kept] = store.entries;
    assert.ok(turn && kept);
    store.save({ id: kept.id, turns: [{ ...turn, phase: 'writing' }], scope: [] }, null);
    await store.flush();
    const { conversation } = conversationWith(answering, store);
    await conversation.load();
    assert.equal(conversation.turns[0]?.phase, 'stopped');
    assert.deepEqual(conversation.questions, ['How?']);
  });
});
