/** Choosing a model in VS Code: the list says what each may do, a server stays in the settings, and a button runs the reading test. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension/extension.ts';
import { modelItems } from '../../src/extension/models/model-pick.ts';
import type { ModelListing, ModelOutlook } from '../../src/protocol/models.ts';
import { activateExtension, during, readyEngine, until } from './host.ts';

const server = 'http://127.0.0.1:9/v1';
const configuration = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration();
const set = (id: string, value: unknown): Thenable<void> =>
  configuration().update(id, value, vscode.ConfigurationTarget.Global);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function listing(id: string, more: Partial<ModelListing>, outlook: Partial<ModelOutlook> = {}): ModelListing {
  return {
    id,
    displayName: id,
    kind: 'decoder',
    licence: 'MIT',
    architecture: 'llama',
    size: 1e9,
    recommendedMemory: 2e9,
    contextLength: 4096,
    state: 'installed',
    path: `/models/${id}.gguf`,
    origin: 'catalogue',
    isDefault: false,
    note: { say: 'A model.', values: [] },
    outlook: { readingTest: null, expected: 'unknown', freeMemory: 4e9, fits: true, secondsToRead: 10, ...outlook },
    ...more,
  };
}

describe('the list of models', () => {
  it('says of each what was measured, what is expected and whether it fits, in its section', () => {
    const items = modelItems({
      models: [
        listing('passed', {}, { readingTest: { questions: 20, asked: 18, correct: 17, needed: 17, passed: true } }),
        listing('failed', {}, { readingTest: { questions: 20, correct: 14, needed: 17, passed: false } }),
        listing('large', { state: 'available' }, { expected: 'prose', fits: false }),
        listing('small', { state: 'found' }, { expected: 'quotes' }),
        listing('meaning', { kind: 'embedder', state: 'available' }),
      ],
      current: null,
      server: '127.0.0.1:9',
    });
    const shown = items.map(({ label, detail }) => (detail === undefined ? `# ${label}` : `${label}: ${detail}`));
    assert.deepEqual(
      shown.map((line) => line.replace(/ · A model\.$/, '')),
      [
        '# On this machine',
        'passed: writes prose: 17 of 18 right · needs 2 GB of memory, 4 GB are free · reads a question in about 10 s here',
        'failed: quotes only: 14 of 20 right, 17 of 20 needed · needs 2 GB of memory, 4 GB are free · reads a question in about 10 s here',
        '# Model server',
        '127.0.0.1:9: It answers in place of a model on this machine when it is chosen.',
        '# Of other programs',
        'small: expected to quote only, not tested · needs 2 GB of memory, 4 GB are free · reads a question in about 10 s here',
        '# To download',
        'large: expected to write prose, not tested · does not fit in memory: needs 2 GB, 4 GB are free',
        '# To search by meaning',
        'meaning: A model.',
      ],
    );
  });
});

describe('choosing a model', () => {
  let api: TestApi;
  before(async () => {
    api = await activateExtension();
    await readyEngine(api);
  });
  after(async () => {
    for (const id of ['server.url', 'server.enabled', 'model']) await set(`longsight.${id}`, undefined);
  });
  const servedBy = (): string | undefined =>
    api.client.state.kind === 'ready' ? api.client.state.status.decoder?.server?.host : undefined;

  it('lets the server of the settings be, and the server can be chosen again', async () => {
    await set('longsight.server.url', server);
    await until('the server', () => servedBy() === '127.0.0.1:9');
    await during(vscode.commands.executeCommand('longsight.selectModel'), () =>
      vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem'),
    );
    await until('a model on this machine', () => api.client.state.kind === 'ready' && servedBy() === undefined);
    assert.equal(configuration().get('longsight.server.url'), server);
    assert.equal(configuration().get('longsight.server.enabled'), false);
    assert.equal(configuration().get('longsight.model'), 'smollm2-135m-instruct');
    // Where the list is not there yet when the arrow is pressed, the first model is chosen once more, and it is tried again.
    for (let wait = 700; !configuration().get('longsight.server.enabled') && wait < 20_000; wait *= 2) {
      const again = vscode.commands.executeCommand('longsight.selectModel');
      await pause(wait);
      await vscode.commands.executeCommand('workbench.action.quickOpenSelectNext');
      await during(again, () => vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem'));
    }
    await until('the server again', () => servedBy() === '127.0.0.1:9');
    assert.equal(configuration().get('longsight.server.enabled'), true);
  });

  it('tests the model by its command, and shows how far it is', async () => {
    await set('longsight.server.url', undefined);
    await until('a model on this machine', () => api.client.state.kind === 'ready' && servedBy() === undefined);
    const seen = new Set<number>();
    const subscription = api.client.onDidChangeState((state) => {
      if (state.kind === 'ready' && state.status.decoder?.testing) seen.add(state.status.decoder.testing.done);
    });
    await vscode.commands.executeCommand('longsight.testModel');
    subscription.dispose();
    assert.ok(seen.size > 2, `steps: ${String(seen.size)}`);
    const { status } = await api.client.ready();
    assert.deepEqual(status.decoder?.readingTest, { questions: 20, correct: 18, needed: 17, passed: true });
  });
});
