/** A window that was only opened starts no engine: the first look at Longsight does, and then its status comes by itself. Runs before all others. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension/extension.ts';
import { views } from '../../src/protocol/contributions.ts';
import { activateExtension, until } from './host.ts';

describe('a window that was opened', () => {
  let api: TestApi;
  before(async () => {
    api = await activateExtension();
  });

  it('starts no engine by itself', async () => {
    // Long enough for a start that must not come.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.deepEqual([api.client.state.kind, api.client.pid], ['idle', null]);
  });

  it('starts it when the view is shown', async () => {
    await vscode.commands.executeCommand(`${views.ask}.focus`);
    await until('an engine', () => api.client.state.kind === 'ready');
    assert.ok(api.client.pid);
  });

  it('is told what changes in the engine, and does not ask', async () => {
    const { engine } = await api.client.ready();
    const asked: string[] = [];
    const status = engine.status.bind(engine);
    Object.assign(engine, { status: () => (asked.push('status'), status()) });
    const seen: number[] = [];
    const subscription = api.client.onDidChangeState((state) => {
      const testing = state.kind === 'ready' ? state.status.decoder?.testing : undefined;
      if (testing) seen.push(testing.done);
    });
    await engine.testReading({ model: null, again: true }, () => undefined, new AbortController().signal);
    await until(
      'the end of the test',
      () => api.client.state.kind === 'ready' && !api.client.state.status.decoder?.testing,
    );
    // Longer than the old poll.
    await new Promise((resolve) => setTimeout(resolve, 1200));
    subscription.dispose();
    Object.assign(engine, { status });
    assert.ok(seen.includes(0) && seen.includes(20), `seen: ${seen.join(', ')}`);
    assert.deepEqual(asked, []);
  });
});
