/** Rebuild, pause, resume and clear the index, the lists of skipped files, and "Why Is This File Indexed or Not?". In the palette, the tree's title and the explorer. */
import { speaker } from '../speaker.ts';
import * as vscode from 'vscode';
import { listScheme } from '../../protocol/contributions.ts';
import { type SkipReason, skipReasons } from '../../protocol/status.ts';
import { registerCommand } from '../context.ts';
import { formatBytes, formatCount } from '../bytes.ts';
import type { ReadyEngine } from '../engine/engine-client.ts';
import type { Parts } from '../parts.ts';
import { guarded, toSignal } from '../show-error.ts';
import { skipWords } from './skip-words.ts';

export function registerIndexCommands({ client, log }: Parts): vscode.Disposable {
  const lists = new Map<string, string>();
  const changed = new vscode.EventEmitter<vscode.Uri>();
  return vscode.Disposable.from(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(listScheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: ({ path }) => lists.get(path) ?? '',
    }),
    registerCommand(
      'longsight.rebuildIndex',
      guarded(log, async () => {
        const { engine } = await client.ready();
        const report = await vscode.window.withProgress(
          {
            location: vscode.ProgressLocation.Notification,
            title: vscode.l10n.t('Rebuilding the index'),
            cancellable: true,
          },
          (progress, token) => {
            let last = 0;
            return engine.index(
              { rebuild: true },
              ({ message, done, total }) => {
                const percent = total === null || total === 0 ? 0 : (done / total) * 100;
                progress.report({ message: speaker.words(message), increment: Math.max(0, percent - last) });
                last = Math.max(last, percent);
              },
              toSignal(token),
            );
          },
        );
        await client.refresh();
        vscode.window.setStatusBarMessage(vscode.l10n.t('{0} files indexed', formatCount(report.indexed)), 5000);
      }),
    ),
    registerCommand(
      'longsight.pauseIndexing',
      guarded(log, () => pause(true)),
    ),
    registerCommand(
      'longsight.resumeIndexing',
      guarded(log, () => pause(false)),
    ),
    registerCommand(
      'longsight.clearIndex',
      guarded(log, async () => {
        const { engine, status } = await client.ready();
        const clear = vscode.l10n.t('Clear');
        const chosen = await vscode.window.showWarningMessage(
          vscode.l10n.t('Delete the index of this repository, and what models have read?'),
          {
            modal: true,
            detail: vscode.l10n.t(
              '{0} are freed. The files themselves are not touched; the index is built again by "Rebuild Index".',
              formatBytes(status.index.bytes + status.prefixCache.bytes),
            ),
          },
          clear,
        );
        if (chosen !== clear) return;
        await engine.clearIndex();
        await client.refresh();
      }),
    ),
    registerCommand(
      'longsight.showSkippedFiles',
      guarded(log, async (given: unknown) => {
        const ready = await client.ready();
        const reason = isSkipReason(given) ? given : await pickReason(ready);
        if (!reason) return;
        const files = await ready.engine.skippedFiles(reason);
        const uri = vscode.Uri.from({ scheme: listScheme, path: `/${skipWords(reason)}.txt` });
        lists.set(uri.path, `${files.join('\n')}\n`);
        changed.fire(uri);
        await vscode.window.showTextDocument(uri, { preview: true });
      }),
    ),
    registerCommand(
      'longsight.why',
      guarded(log, async (given: unknown) => {
        const { engine } = await client.ready();
        const file = given instanceof vscode.Uri ? given : vscode.window.activeTextEditor?.document.uri;
        const path = file && client.places.locate(file)?.path;
        if (!path) {
          void vscode.window.showInformationMessage(vscode.l10n.t('Open a file of the repository first.'));
          return;
        }
        const { indexed, explanation: why, chunks, symbols } = await engine.why(file.fsPath);
        const explanation = speaker.words(why);
        const words = indexed
          ? vscode.l10n.t('{0} is indexed: {1} chunks, {2} symbols. {3}', path, chunks, symbols, explanation)
          : vscode.l10n.t('{0} is not indexed. {1}', path, explanation);
        void vscode.window.showInformationMessage(words);
      }),
    ),
  );

  async function pause(paused: boolean): Promise<void> {
    const { engine } = await client.ready();
    await engine.pauseIndexing(paused);
    await client.refresh();
  }
}

function isSkipReason(value: unknown): value is SkipReason {
  return typeof value === 'string' && (skipReasons as readonly string[]).includes(value);
}

async function pickReason({ status }: ReadyEngine): Promise<SkipReason | undefined> {
  const reasons = Object.entries(status.index.skipped) as [SkipReason, number][];
  if (reasons.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('No file was skipped.'));
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(
    reasons.map(([reason, count]) => ({ label: skipWords(reason), description: formatCount(count), reason })),
    { title: vscode.l10n.t('Skipped Files'), placeHolder: vscode.l10n.t('Why files are not in the index') },
  );
  return picked?.reason;
}
