/** An engine that crashes, hangs, is restarted: the window goes on, the user is told, and nothing restarts for ever. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension/extension.ts';
import { activateExtension, readyEngine, until } from './host.ts';

describe('the engine', () => {
  let api: TestApi;
  before(async () => {
    api = await activateExtension();
  });
  beforeEach(() => readyEngine(api));

  it('is a process of its own', async () => {
    await readyEngine(api);
    assert.ok(api.client.pid);
    assert.notEqual(api.client.pid, process.pid);
  });

  it('is started again once after a crash; the question says that it was interrupted', async () => {
    const before = api.client.pid;
    await api.conversation.ask('crash');
    assert.equal(api.conversation.turns.at(-1)?.interrupted, true);
    await until('a restarted engine', () => api.client.state.kind === 'ready' && api.client.state.restarted);
    assert.notEqual(api.client.pid, before);
    await api.conversation.ask('How?');
    assert.equal(api.conversation.turns.at(-1)?.phase, 'done');
  });

  it('is not started a second time in a row without being asked', async () => {
    await api.client.restart();
    await api.client.ready();
    await api.conversation.ask('crash');
    await until('a restarted engine', () => api.client.state.kind === 'ready' && api.client.state.restarted);
    await api.conversation.ask('crash');
    await until('a failed engine', () => api.client.state.kind === 'failed');
    // Long enough for a restart that must not come.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.equal(api.client.state.kind, 'failed');
    assert.equal(api.client.pid, null);
    await api.conversation.ask('How?');
    assert.equal(api.conversation.turns.at(-1)?.error?.code, 'LS8003');
    await vscode.commands.executeCommand('longsight.restartEngine');
    await api.client.ready();
    await api.conversation.ask('How?');
    assert.equal(api.conversation.turns.at(-1)?.phase, 'done');
  });

  it('is noticed when it hangs, and a restart frees the window', async () => {
    void api.conversation.ask('hang');
    await until('a hung engine', () => api.client.state.kind === 'ready' && api.client.state.hung);
    await vscode.commands.executeCommand('longsight.restartEngine');
    await api.client.ready();
    await until('the question is over', () => !api.conversation.isAnswering);
    assert.equal(api.conversation.turns.at(-1)?.interrupted, true);
  });

  it('does not outlive its stop', async () => {
    const { pid } = api.client;
    assert.ok(pid);
    await api.client.restart();
    await until('the old process is gone', () => !isAlive(pid));
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
