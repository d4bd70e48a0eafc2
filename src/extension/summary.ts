/**
 * "Longsight: Summarize Repository" and "Summarize Folder": a cited Markdown document with a module map, made with progress and
 * cancel in the notification area and shown in the Markdown preview; it says which parts changed since, and can be saved.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import { z } from 'zod';
import { DisposableStore } from '../base/disposable.ts';
import { fault } from '../base/errors.ts';
import { summaryScheme } from '../protocol/contributions.ts';
import { registerCommand, setContext } from './context.ts';
import type { EngineClient } from './engine-client.ts';
import { pathInRepository } from './repository.ts';
import { SavedFile } from './saved-file.ts';
import { guarded, toSignal } from './show-error.ts';
import { relinkTo, withStaleNote } from './summary-text.ts';

const keptSummary = z.object({
  /** URI of the document. */
  uri: z.string(),
  /** URI of the repository's folder. */
  repository: z.string(),
  /** Folder relative to the repository; null for the whole. */
  folder: z.string().nullable(),
  markdown: z.string(),
  /** What it is about, relative to the repository. */
  paths: z.array(z.string()),
  /** Of these, what changed since. */
  changed: z.array(z.string()),
});
type Kept = z.infer<typeof keptSummary>;
/** Oldest first; the last is the one that is saved and refreshed. */
const keptSummaries = z.object({ version: z.literal(1), summaries: z.array(keptSummary) });

/** Summaries that are kept; a new one of the same folder takes the place of the old. */
const most = 10;

export class Summaries implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<vscode.Uri>());
  readonly onDidChange = this.#changed.event;
  readonly #client: EngineClient;
  readonly #saved: SavedFile<z.infer<typeof keptSummaries>>;
  #kept: readonly Kept[] = [];

  constructor({ client, log, file }: { client: EngineClient; log: vscode.LogOutputChannel; file: string }) {
    this.#client = client;
    this.#saved = new SavedFile(file, keptSummaries, (message) => {
      log.warn(message);
    });
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
          const kept = this.#kept.at(-1);
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
    const kept = this.#kept.at(-1);
    return kept ? { uri: vscode.Uri.parse(kept.uri) } : null;
  }

  async load(): Promise<void> {
    const file = await this.#saved.load();
    if (file) this.#keep(file.summaries);
    // A preview that VS Code opened again may have asked already.
    for (const { uri } of this.#kept) this.#changed.fire(vscode.Uri.parse(uri));
  }

  /** Makes the summary and opens it in the preview. Resolves without one when the user cancelled. */
  async summarize(folder: string | null): Promise<void> {
    const { engine, repository } = await this.#client.readyToAnswer();
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
    const kept: Kept = {
      uri: uri.toString(),
      repository: repository.uri.toString(),
      folder,
      markdown: summary.markdown,
      paths: summary.nodes.map((node) => node.path),
      changed: [],
    };
    this.#keep([...this.#kept.filter((other) => other.uri !== kept.uri), kept].slice(-most));
    this.#changed.fire(uri);
    await vscode.commands.executeCommand('markdown.showPreview', uri);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const key = uri.toString();
    const kept = this.#kept.find((one) => one.uri === key);
    if (!kept) return vscode.l10n.t('This summary is gone; run "Longsight: Summarize Repository" again.');
    const note =
      kept.changed.length === 0
        ? null
        : vscode.l10n.t(
            'Changed since this was written: {0}. "Longsight: Refresh Summary" reads only these again.',
            kept.changed.join(', '),
          );
    // The preview takes a path from / to be in the window's first folder.
    const repository = vscode.Uri.parse(kept.repository).path;
    const first = vscode.workspace.workspaceFolders?.[0]?.uri.path ?? repository;
    const link = (target: string): string => `/${path.posix.relative(first, path.posix.join(repository, target))}`;
    return withStaleNote(relinkTo(kept.markdown, link), note);
  }

  dispose(): void {
    void this.#saved.flush();
    this.#store.dispose();
  }

  async #saveAs(): Promise<void> {
    const kept = this.#kept.at(-1);
    if (!kept) return;
    const repository = vscode.Uri.parse(kept.repository);
    const target = await vscode.window.showSaveDialog({
      title: vscode.l10n.t('Save Summary As'),
      defaultUri: vscode.Uri.joinPath(repository, kept.folder ?? '', 'SUMMARY.md'),
      filters: { Markdown: ['md'] },
    });
    if (!target) return;
    // Links are relative to where the file will stand.
    const folder = path.posix.dirname(target.path);
    const text = relinkTo(kept.markdown, (to) => path.posix.relative(folder, path.posix.join(repository.path, to)));
    try {
      await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
    } catch (error) {
      throw fault('LS8006', error instanceof Error ? error.message : String(error), error);
    }
    await vscode.window.showTextDocument(target);
  }

  #keep(summaries: readonly Kept[]): void {
    this.#kept = summaries;
    this.#saved.save({ version: 1, summaries: [...summaries] });
    setContext('longsight.hasSummary', summaries.length > 0);
  }

  #noteChange(file: vscode.Uri): void {
    for (const kept of this.#kept) {
      const changed = pathInRepository(vscode.Uri.parse(kept.repository), file);
      if (changed === null || kept.changed.includes(changed) || !kept.paths.includes(changed)) continue;
      this.#keep(this.#kept.map((one) => (one === kept ? { ...one, changed: [...one.changed, changed] } : one)));
      this.#changed.fire(vscode.Uri.parse(kept.uri));
    }
  }
}
