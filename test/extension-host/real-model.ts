/** A model that is imported in VS Code is started and tested by the real engine without a further step, and the window is told how far it is. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension/extension.ts';
import { activateExtension } from './host.ts';

describe('a model that is imported', function () {
  this.timeout(600_000);
  let api: TestApi;
  before(async () => {
    api = await activateExtension();
  });
  after(() =>
    vscode.workspace.getConfiguration().update('longsight.model', undefined, vscode.ConfigurationTarget.Global),
  );

  it('is tested at once, and the first question knows its verdict', async () => {
    const { engine } = await api.client.ready();
    const installed = (await engine.listModels()).find(
      ({ state, kind }) => state === 'installed' && kind === 'decoder',
    );
    // Another model in place of the small one, to look at by hand.
    const file = process.env['LONGSIGHT_TEST_IMPORT'] ?? installed?.path;
    assert.ok(file);
    const steps = new Set<number>();
    const states = new Set<string>();
    const subscription = api.client.onDidChangeState((state) => {
      if (state.kind !== 'ready') return;
      if (state.status.decoder) states.add(state.status.decoder.state);
      if (state.status.decoder?.testing) steps.add(state.status.decoder.testing.done);
    });
    await vscode.commands.executeCommand('longsight.importModel', vscode.Uri.file(file));
    subscription.dispose();
    const { status } = await api.client.ready();
    const { decoder } = status;
    assert.ok(decoder?.readingTest, 'it was tested');
    assert.ok(steps.size > 1, `steps that the window was told of: ${[...steps].join(', ')}`);
    // That it is loading may be over before the next status is due.
    assert.ok(states.has('ready'), `states that the window was told of: ${[...states].join(', ')}`);
    const listed = (await engine.listModels()).find(({ id }) => id === decoder.id);
    assert.deepEqual(listed?.outlook?.readingTest, decoder.readingTest);
    await api.conversation.ask('Where is the engine process started again after a crash?');
    const turn = api.conversation.turns.at(-1);
    assert.equal(turn?.phase, 'done');
    assert.equal(turn.outcome?.form === 'prose', decoder.readingTest.passed);
  });
});
