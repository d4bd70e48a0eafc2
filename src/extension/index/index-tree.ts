/** The view "Index & Model": files indexed, skipped by reason, failed; the model with its window, memory and speed; storage. Beneath the Ask view. */
import { speaker } from '../speaker.ts';
import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.ts';
import { type CommandId, views } from '../../protocol/contributions.ts';
import type { ServerPlace } from '../../protocol/answers.ts';
import type { EngineStatus, SkipReason } from '../../protocol/status.ts';
import { formatBytes, formatCount } from '../bytes.ts';
import type { EngineClient, EngineState } from '../engine/engine-client.ts';
import { skipWords } from './skip-words.ts';
import { verdictWords } from '../models/model-words.ts';
import { indexPercent, loadingWords } from '../status-words.ts';

interface Row {
  readonly label: string;
  readonly description: string;
  readonly icon: string;
  readonly tooltip?: string;
  readonly command?: { readonly id: CommandId; readonly args: readonly unknown[] };
  readonly children?: readonly Row[];
}

export class IndexTree implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<Row | undefined>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #client: EngineClient;
  /** The rows as shown; the tree is drawn again only when they differ, so that a screen reader is not disturbed every second. */
  #shown = '';

  constructor(client: EngineClient) {
    this.#client = client;
    const view = this.#store.add(vscode.window.createTreeView(views.index, { treeDataProvider: this }));
    this.#store.add(
      view.onDidChangeVisibility(({ visible }) => {
        if (visible) client.wake();
      }),
    );
    this.#store.add(
      client.onDidChangeState((state) => {
        const rows = JSON.stringify(rowsOf(state));
        if (rows === this.#shown) return;
        this.#shown = rows;
        view.message = messageOf(state) ?? '';
        this.#changed.fire(undefined);
      }),
    );
  }

  getChildren(row?: Row): Row[] {
    return [...(row ? (row.children ?? []) : rowsOf(this.#client.state))];
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const item = new vscode.TreeItem(
      row.label,
      row.children ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None,
    );
    // The id keeps an unfolded row unfolded when the numbers change.
    item.id = `${row.icon} ${row.label}`;
    item.description = row.description;
    item.iconPath = new vscode.ThemeIcon(row.icon);
    item.tooltip = row.tooltip ?? `${row.label}: ${row.description}`;
    item.accessibilityInformation = { label: `${row.label} ${row.description}` };
    if (row.command) item.command = { command: row.command.id, title: row.label, arguments: [...row.command.args] };
    return item;
  }

  dispose(): void {
    this.#store.dispose();
  }
}

function messageOf(state: EngineState): string | undefined {
  if (state.kind === 'connecting') return vscode.l10n.t('Starting the engine…');
  if (state.kind === 'ready' && state.hung) return vscode.l10n.t('The engine has stopped answering.');
  return undefined;
}

function rowsOf(state: EngineState): readonly Row[] {
  if (state.kind !== 'ready') return [];
  return [...indexRows(state.status), ...modelRows(state.status), ...machineRows(state.status)];
}

function indexRows({ index }: EngineStatus): Row[] {
  const words = {
    idle: vscode.l10n.t('up to date'),
    scanning: vscode.l10n.t('looking for files'),
    indexing: vscode.l10n.t('indexing {0} %', indexPercent(index)),
    embedding: vscode.l10n.t(
      'up to date, {0} of {1} embedded',
      formatCount(index.embedded),
      formatCount(index.indexed),
    ),
    paused: vscode.l10n.t('paused'),
    failed: vscode.l10n.t('failed'),
  };
  const skipped = Object.entries(index.skipped) as [SkipReason, number][];
  const total = skipped.reduce((sum, [, count]) => sum + count, 0);
  return [
    { label: vscode.l10n.t('Index'), description: words[index.state], icon: 'database' },
    {
      label: vscode.l10n.t('Files'),
      description: vscode.l10n.t('{0} of {1}', formatCount(index.indexed), formatCount(index.indexed + index.pending)),
      icon: 'files',
    },
    {
      label: vscode.l10n.t('Symbols'),
      description: vscode.l10n.t('{0} in {1} chunks', formatCount(index.symbols), formatCount(index.chunks)),
      icon: 'symbol-method',
    },
    ...(total > 0
      ? [
          {
            label: vscode.l10n.t('Skipped'),
            description: formatCount(total),
            icon: 'circle-slash',
            children: skipped.map(([reason, count]) => ({
              label: skipWords(reason),
              description: formatCount(count),
              icon: 'list-unordered',
              tooltip: vscode.l10n.t('Show the list'),
              command: { id: 'longsight.showSkippedFiles' as const, args: [reason] },
            })),
          },
        ]
      : []),
    ...(index.failed.length > 0
      ? [
          {
            label: vscode.l10n.t('Failed'),
            description: formatCount(index.failed.length),
            icon: 'warning',
            children: index.failed.map(({ path, reason }) => ({
              label: path,
              description: speaker.words(reason),
              icon: 'file',
              command: { id: 'longsight.openCitation' as const, args: [{ path, startLine: 1, endLine: 1 }] },
            })),
          },
        ]
      : []),
  ];
}

function modelRows({ decoder, embedder }: EngineStatus): Row[] {
  const rows: Row[] = [];
  if (!decoder || decoder.state === 'absent') {
    rows.push({
      label: vscode.l10n.t('Model'),
      description: vscode.l10n.t('none yet'),
      icon: 'chip',
      tooltip: vscode.l10n.t('Choose a model to get; without one answers show the evidence alone'),
      command: { id: 'longsight.getModel', args: [] },
    });
  } else {
    const { server } = decoder;
    const children: Row[] = [
      ...(server ? [serverRow(server)] : []),
      {
        label: vscode.l10n.t('Window'),
        description:
          decoder.window > 0
            ? vscode.l10n.t('{0} tokens', formatCount(decoder.window))
            : vscode.l10n.t('not asked yet'),
        icon: 'book',
      },
      ...(server ? [] : [{ label: vscode.l10n.t('Memory'), description: formatBytes(decoder.memory), icon: 'server' }]),
      {
        label: vscode.l10n.t('Provider'),
        description: decoder.provider ?? vscode.l10n.t('not loaded'),
        icon: 'circuit-board',
        ...(decoder.remarks && { tooltip: decoder.remarks.map((remark) => speaker.words(remark)).join('\n') }),
      },
      {
        label: vscode.l10n.t('Speed'),
        description:
          decoder.tokensPerSecond === null
            ? vscode.l10n.t('not measured')
            : vscode.l10n.t('{0} tokens/s', formatCount(decoder.tokensPerSecond)),
        icon: 'dashboard',
      },
      {
        label: vscode.l10n.t('Reading test'),
        description: decoder.testing
          ? vscode.l10n.t('{0} of {1} questions', decoder.testing.done, decoder.testing.total)
          : verdictWords(decoder.readingTest),
        icon: 'beaker',
        tooltip:
          decoder.readingTest === null
            ? vscode.l10n.t(
                'Until it is tested the model only quotes. The first question tests it; click to test it now.',
              )
            : vscode.l10n.t('Test it again'),
        command: { id: 'longsight.testModel', args: [] },
      },
    ];
    const failed = decoder.error ? { tooltip: speaker.error(decoder.error).message } : {};
    rows.push({
      label: vscode.l10n.t('Model'),
      description: decoder.state === 'loading' ? loadingWords(decoder) : decoder.displayName,
      icon: decoder.state === 'failed' ? 'error' : 'chip',
      children,
      ...failed,
    });
  }
  rows.push({
    label: vscode.l10n.t('Embeddings'),
    description:
      !embedder || embedder.state === 'absent' ? vscode.l10n.t('none: search uses words and symbols') : embedder.id,
    icon: 'symbol-array',
    ...(!embedder || embedder.state === 'absent'
      ? {
          tooltip: vscode.l10n.t('Get the model that sharpens the search; it runs on this machine'),
          command: { id: 'longsight.getEmbedder' as const, args: [] },
        }
      : {}),
  });
  return rows;
}

function serverRow({ host, software, isLoopback }: ServerPlace): Row {
  return {
    label: vscode.l10n.t('Server'),
    description: software === null ? host : vscode.l10n.t('{0} at {1}', software, host),
    icon: isLoopback ? 'server' : 'cloud',
    tooltip: isLoopback
      ? vscode.l10n.t('It runs on this machine; nothing leaves it.')
      : vscode.l10n.t('Passages of the code are sent to {0} with each question.', host),
  };
}

function machineRows({ index, memory, outboundRequests }: EngineStatus): Row[] {
  return [
    { label: vscode.l10n.t('Storage'), description: formatBytes(index.bytes), icon: 'save-all' },
    { label: vscode.l10n.t('Engine memory'), description: formatBytes(memory), icon: 'pulse' },
    { label: vscode.l10n.t('Requests sent'), description: formatCount(outboundRequests), icon: 'shield' },
  ];
}
