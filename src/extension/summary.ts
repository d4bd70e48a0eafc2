/**
 * "Longsight: Summarize Repository" and "Summarize Folder": a cited Markdown document with a module map, made with progress and
 * cancel in the notification area and shown in the Markdown preview; it says which parts changed since, and can be saved.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable.ts';
import { fault } from '../base/errors.ts';
import type { Summary } from '../protocol/answers.ts';
import { summaryScheme } from '../protocol/contributions.ts';
import { registerCommand, setContext } from './context.ts';
import type { EngineClient } from './engine-client.ts';
import { pathInRepository } from './repository.ts';
import { guarded, toSignal } from './show-error.ts';
import { relinkTo, withStaleNote } from './summary-text.ts';

interface Kept {
  readonly repository: vscode.Uri;
  /** Folder relative to the repository; null for the whole. */
  readonly folder: string | null;
  readonly summary: Summary;
  /** Paths, relative to the repository, that changed since. */
  readonly changed: Set<string>;
}

export class Summaries implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<vscode.Uri>());
  readonly onDidChange = this.#changed.event;
  readonly #client: EngineClient;
  readonly #kept = new Map<string, Kept>();
  #last: string | null = null;

  constructor({ client, log }: { client: EngineClient; log: vscode.LogOutputChannel }) {
    this.#client = client;
    const own = this.#store;
    own.add(vscode.workspace.registerTextDocumentContentProvider(summaryScheme, this));
    own.add(
      registerCommand(
        'longsight.summarizeRepository',
        guarded(log, () => this.summarize(null)),
      ),
    );
    own.add(
      registerCommand(
        'longsight.summarizeFolder',
        guarded(log, async (folder: unknown) => {
          const { repository } = await client.ready();
          const relative = folder instanceof vscode.Uri ? pathInRepository(repository.uri, folder) : null;
          await this.summarize(relative);
        }),
      ),
    );
    own.add(
      registerCommand(
        'longsight.refreshSummary',
        guarded(log, async () => {
          const kept = this.#lastKept();
          if (kept) await this.summarize(kept.folder);
        }),
      ),
    );
    own.add(
      registerCommand(
        'longsight.saveSummaryAs',
        guarded(log, () => this.#saveAs()),
      ),
    );
    own.add(
      vscode.workspace.onDidSaveTextDocument(({ uri }) => {
        this.#noteChange(uri);
      }),
    );
    own.add(
      vscode.workspace.onDidDeleteFiles(({ files }) => {
        for (const uri of files) this.#noteChange(uri);
      }),
    );
  }

  /** The summary made last, or null before the first. */
  get last(): { readonly uri: vscode.Uri } | null {
    return this.#last === null ? null : { uri: vscode.Uri.parse(this.#last) };
  }

  /** Makes the summary and opens it in the preview. Resolves without one when the user cancelled. */
  async summarize(folder: string | null): Promise<void> {
    const { engine, repository } = await this.#client.ready();
    const name = folder === null ? repository.name : folder;
    const summary = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: vscode.l10n.t('Summarizing {0}', name),
        cancellable: true,
      },
      (progress, token) => {
        let last = 0;
        return engine.summarize(
          folder === null ? {} : { path: folder },
          ({ message, done, total }) => {
            const percent = total === null || total === 0 ? 0 : (done / total) * 100;
            progress.report({ message, increment: Math.max(0, percent - last) });
            last = Math.max(last, percent);
          },
          toSignal(token),
        );
      },
    );
    const uri = vscode.Uri.from({
      scheme: summaryScheme,
      path: `/${path.posix.basename(name)} ${vscode.l10n.t('summary')}.md`,
      query: repository.uri.toString(),
    });
    this.#kept.set(uri.toString(), { repository: repository.uri, folder, summary, changed: new Set() });
    this.#last = uri.toString();
    setContext('longsight.hasSummary', true);
    this.#changed.fire(uri);
    await vscode.commands.executeCommand('markdown.showPreview', uri);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const kept = this.#kept.get(uri.toString());
    if (!kept) return vscode.l10n.t('This summary is gone; run "Longsight: Summarize Repository" again.');
    const note =
      kept.changed.size === 0
        ? null
        : vscode.l10n.t(
            'Changed since this was written: {0}. "Longsight: Refresh Summary" reads only these again.',
            [...kept.changed].join(', '),
          );
    // The preview takes a path from / to be in the window's first folder.
    const first = vscode.workspace.workspaceFolders?.[0]?.uri.path ?? kept.repository.path;
    const link = (target: string): string =>
      `/${path.posix.relative(first, path.posix.join(kept.repository.path, target))}`;
    return withStaleNote(relinkTo(kept.summary.markdown, link), note);
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #saveAs(): Promise<void> {
    const kept = this.#lastKept();
    if (!kept) return;
    const target = await vscode.window.showSaveDialog({
      title: vscode.l10n.t('Save Summary As'),
      defaultUri: vscode.Uri.joinPath(kept.repository, kept.folder ?? '', 'SUMMARY.md'),
      filters: { Markdown: ['md'] },
    });
    if (!target) return;
    // Links are relative to where the file will stand.
    const folder = path.posix.dirname(target.path);
    const text = relinkTo(kept.summary.markdown, (to) =>
      path.posix.relative(folder, path.posix.join(kept.repository.path, to)),
    );
    try {
      await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
    } catch (error) {
      throw fault('LS8006', error instanceof Error ? error.message : String(error), error);
    }
    await vscode.window.showTextDocument(target);
  }

  #lastKept(): Kept | undefined {
    return this.#last === null ? undefined : this.#kept.get(this.#last);
  }

  #noteChange(file: vscode.Uri): void {
    for (const [key, kept] of this.#kept) {
      const changed = pathInRepository(kept.repository, file);
      if (changed === null || kept.changed.has(changed) || !kept.summary.nodes.some((node) => node.path === changed))
        continue;
      kept.changed.add(changed);
      this.#changed.fire(vscode.Uri.parse(key));
    }
  }
}
