/** The conversation behind the sidebar, over the scripted engine: asked, stopped, continued, failed, kept. */
import assert from 'node:assert/strict';
import type { TestApi } from '../../src/extension/extension.ts';
import * as vscode from 'vscode';
import { activateExtension, folder, readyEngine, until } from './host.ts';

describe('the conversation', () => {
  let api: TestApi;
  before(async () => {
    api = await activateExtension();
    await readyEngine(api);
  });
  beforeEach(() => api.conversation.startAfresh());

  it('answers with evidence, text and citations', async () => {
    await api.conversation.ask('How are routes registered?');
    const turn = api.conversation.turns.at(-1);
    assert.equal(turn?.phase, 'done');
    assert.equal(turn.sources.length, 4);
    assert.match(turn.text, /Routes are registered by/);
    assert.equal(turn.outcome?.budget.window, 6144);
  });

  it('stop keeps what is there, and continue goes on from it', async () => {
    const asked = api.conversation.ask('slow question');
    await until('some text', () => (api.conversation.turns.at(-1)?.text.length ?? 0) > 20);
    await vscode.commands.executeCommand('longsight.stop');
    await asked;
    const stopped = api.conversation.turns.at(-1);
    assert.equal(stopped?.phase, 'stopped');
    assert.ok(stopped.text.length > 20);
    let shortest = stopped.text.length;
    const subscription = api.conversation.onMessage(() => {
      shortest = Math.min(shortest, api.conversation.turns.at(-1)?.text.length ?? 0);
    });
    await api.conversation.continue(stopped.id);
    subscription.dispose();
    assert.equal(api.conversation.turns.length, 1);
    assert.equal(api.conversation.turns[0]?.phase, 'done');
    assert.equal(shortest, stopped.text.length, 'the text never got shorter');
    assert.ok(api.conversation.turns[0].text.startsWith(stopped.text));
  });

  it('a new question stops the one that runs', async () => {
    const first = api.conversation.ask('slow question');
    await until('the first runs', () => (api.conversation.turns.at(-1)?.phase ?? 'waiting') !== 'waiting');
    await api.conversation.ask('another');
    await first;
    assert.deepEqual(
      api.conversation.turns.map(({ phase }) => phase),
      ['stopped', 'done'],
    );
  });

  it("an error of the engine is the catalogue's, in the turn", async () => {
    await api.conversation.ask('error');
    const turn = api.conversation.turns.at(-1);
    assert.equal(turn?.phase, 'failed');
    assert.equal(turn.error?.code, 'LS2001');
    assert.equal(turn.interrupted, false);
  });

  it('nothing found offers what comes nearest', async () => {
    await api.conversation.ask('nothing');
    assert.deepEqual(api.conversation.turns.at(-1)?.candidates, [
      { label: 'Router', repository: folder().fsPath, path: 'src/router.js', line: 4 },
    ]);
  });

  it('pinned and dropped sources go with the same question asked again', async () => {
    await api.conversation.ask('How?');
    const turn = api.conversation.turns.at(-1);
    assert.ok(turn);
    api.conversation.setPinned(turn.id, 'src/router.js:9', true);
    api.conversation.setDropped(turn.id, 'src/main.js:3', true);
    await api.conversation.again(turn.id);
    assert.deepEqual(api.conversation.turns.at(-1)?.pinned, ['src/router.js:9']);
    assert.deepEqual(api.conversation.turns.at(-1)?.dropped, ['src/main.js:3']);
    assert.equal(api.conversation.turns.length, 1);
  });
});
