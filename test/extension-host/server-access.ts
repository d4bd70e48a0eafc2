/** A model server in VS Code: its settings reach the engine, its key goes through the secret storage, and another machine needs an agreement. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension/extension.ts';
import type { DecoderStatus } from '../../src/protocol/status.ts';
import { activateExtension, during, readyEngine, until } from './host.ts';

const loopback = 'http://127.0.0.1:9/v1';
const elsewhere = 'http://models.example:8080/v1';

describe('a model server', () => {
  let api: TestApi;
  const set = (id: string, value: unknown): Thenable<void> =>
    vscode.workspace.getConfiguration().update(id, value, vscode.ConfigurationTarget.Global);
  const decoder = (): DecoderStatus | null =>
    api.client.state.kind === 'ready' ? api.client.state.status.decoder : null;
  const shows = (what: string, look: (status: DecoderStatus) => boolean): Promise<DecoderStatus> =>
    until(what, () => {
      const status = decoder();
      return status && look(status) ? status : null;
    });

  before(async () => {
    api = await activateExtension();
    await readyEngine(api);
  });
  after(async () => {
    for (const id of ['url', 'model', 'contextLength']) await set(`longsight.server.${id}`, undefined);
  });

  it('is set by its address, and takes precedence over a model on this machine', async () => {
    await set('longsight.server.url', loopback);
    await set('longsight.server.contextLength', 4096);
    const status = await shows('the server', ({ server, window }) => server?.host === '127.0.0.1:9' && window === 4096);
    assert.equal(status.server?.isLoopback, true);
    assert.equal(status.id, 'no key');
  });

  it('is given its key, and another server is not', async () => {
    await api.server.setKey('http://127.0.0.1:9', 'twelve signs');
    await shows('the key', ({ id }) => id === 'key of 12 characters');
    await set('longsight.server.url', 'http://127.0.0.1:10/v1');
    await shows('the other server', ({ id, server }) => server?.host === '127.0.0.1:10' && id === 'no key');
    await set('longsight.server.url', loopback);
    await shows('the key again', ({ id }) => id === 'key of 12 characters');
  });

  it('keeps its key over a restart of the engine', async () => {
    await api.client.restart();
    await shows('the key', ({ id }) => id === 'key of 12 characters');
  });

  it('loses its key by a command', async () => {
    await vscode.commands.executeCommand('longsight.clearServerKey');
    await shows('no key', ({ id }) => id === 'no key');
  });

  it('asks for its key in an input box that can be left', async () => {
    await during(vscode.commands.executeCommand('longsight.setServerKey'), () =>
      vscode.commands.executeCommand('workbench.action.closeQuickOpen'),
    );
    assert.equal(decoder()?.id, 'no key');
  });

  it('on another machine is agreed to once', async () => {
    await set('longsight.server.url', elsewhere);
    await shows('the server', ({ server, writesProse }) => server?.isLoopback === false && writesProse === false);
    await api.server.agree('http://models.example:8080');
    await shows('the agreement', ({ writesProse }) => writesProse === true);
    assert.equal(await api.server.askAgreement(), false, 'it is not asked for again');
  });
});
