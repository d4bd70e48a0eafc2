/**
 * "Longsight: Summarize Repository" and "Summarize Folder": a cited Markdown document with a module map, made with progress and
 * cancel in the notification area and shown in the Markdown preview; it says which parts changed since, and can be saved.
 */
import { speaker } from '../speaker.ts';
import path from 'node:path';
import * as vscode from 'vscode';
import { z } from 'zod';
import { DisposableStore } from '../../base/disposable.ts';
import { fault, toUserError } from '../../base/errors.ts';
import { summaryScheme } from '../../protocol/contributions.ts';
import { registerCommand, setContext } from '../context.ts';
import type { EngineClient } from '../engine/engine-client.ts';
import { type Place, type WindowRepository, pathBelow } from '../repository.ts';
import { SavedFile } from '../saved-file.ts';
import { guarded, showError, toSignal } from '../show-error.ts';
import { refreshRestoredPreviews } from './restored-previews.ts';
import { summaryText } from './summary-text.ts';

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
  readonly #log: vscode.LogOutputChannel;
  readonly #saved: SavedFile<z.infer<typeof keptSummaries>>;
  #kept: readonly Kept[] = [];

  constructor({ client, log, file }: { client: EngineClient; log: vscode.LogOutputChannel; file: string }) {
    this.#client = client;
    this.#log = log;
    this.#saved = new SavedFile(file, keptSummaries, (message) => {
      log.warn(message);
    });
    const own = this.#store;
    own.add(vscode.workspace.registerTextDocumentContentProvider(summaryScheme, this));
    own.add(
      registerCommand(
        'longsight.summarizeRepository',
        guarded(log, async () => {
          const repository = await this.#pickRepository();
          if (repository) await this.summarize({ repository: repository.root, path: '' });
        }),
      ),
    );
    own.add(
      registerCommand(
        'longsight.summarizeFolder',
        guarded(log, async (folder: unknown) => {
          await client.ready();
          const place = folder instanceof vscode.Uri ? this.#folderPlace(folder) : null;
          if (place) await this.summarize(place);
        }),
      ),
    );
    own.add(
      registerCommand(
        'longsight.openSummary',
        guarded(log, () => this.#pickSummary()),
      ),
    );
    own.add(
      registerCommand(
        'longsight.refreshSummary',
        guarded(log, async () => {
          const kept = this.#kept.at(-1);
          if (kept)
            await this.summarize({ repository: vscode.Uri.parse(kept.repository).fsPath, path: kept.folder ?? '' });
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
    // A preview that VS Code opened again may have asked already: one that was told that there is no such file asks again.
    for (const { uri } of this.#kept) this.#changed.fire(vscode.Uri.parse(uri));
    if (this.#kept.length > 0)
      this.#store.add(
        refreshRestoredPreviews((reason) => {
          this.#log.warn(`the preview was not refreshed: ${reason}`);
        }),
      );
  }

  /**
   * Makes the summary and opens it in the preview. Resolves without one when the user cancelled.
   * @param place a folder; the empty path is the whole repository
   */
  async summarize(place: Place): Promise<void> {
    try {
      await this.#summarize(place);
    } catch (error) {
      if (toUserError(error).code !== 'LS7001') throw error;
      // What was written is kept: the next run writes the rest.
      const title = vscode.l10n.t('Go On with the Summary');
      const run = (): Promise<void> => {
        this.#client.revive();
        return this.summarize(place);
      };
      void showError(error, this.#log, { title, run });
    }
  }

  async #summarize({ repository, path: folder }: Place): Promise<void> {
    const { engine } = await this.#client.readyToAnswer();
    const known = this.#client.places.repositories;
    const { root, name: repositoryName } = known.find((one) => one.root === repository) ?? known[0] ?? noRepository();
    const name = folder === '' ? repositoryName : folder;
    const summary = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: vscode.l10n.t('Summarizing {0}', name),
        cancellable: true,
      },
      (progress, token) => {
        let last = 0;
        return engine.summarize(
          { repository: root, ...(folder === '' ? {} : { path: folder }) },
          ({ message, done, total }) => {
            const percent = total === null || total === 0 ? 0 : (done / total) * 100;
            progress.report({ message: speaker.words(message), increment: Math.max(0, percent - last) });
            last = Math.max(last, percent);
          },
          toSignal(token),
        );
      },
    );
    const uri = vscode.Uri.from({
      scheme: summaryScheme,
      path: `/${path.posix.basename(name)} ${vscode.l10n.t('summary')}.md`,
      query: vscode.Uri.file(root).toString(),
    });
    const kept: Kept = {
      uri: uri.toString(),
      repository: vscode.Uri.file(root).toString(),
      folder: folder === '' ? null : folder,
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
    const fileOf = (target: string): string =>
      this.#client.places.uri({ repository: vscode.Uri.parse(kept.repository).fsPath, path: target })?.path ??
      path.posix.join(repository, target);
    const link = (target: string): string => `/${path.posix.relative(first, fileOf(target))}`;
    return summaryText(kept.markdown, link, note);
  }

  dispose(): void {
    void this.#saved.flush();
    this.#store.dispose();
  }

  async #saveAs(): Promise<void> {
    const kept = this.#kept.at(-1);
    if (!kept) return;
    const form = await vscode.window.showQuickPick(
      [
        { label: vscode.l10n.t('One file'), pages: false },
        {
          label: vscode.l10n.t('A page for each folder'),
          description: vscode.l10n.t('with links between them'),
          pages: true,
        },
      ],
      { title: vscode.l10n.t('Save Summary As') },
    );
    if (form?.pages === true) await this.#savePages(kept);
    if (form?.pages === false) await this.#saveFile(kept);
  }

  /** Written by the engine, from what is kept: no model runs. */
  async #savePages(kept: Kept): Promise<void> {
    const repository = vscode.Uri.parse(kept.repository);
    const [target] =
      (await vscode.window.showOpenDialog({
        title: vscode.l10n.t('Folder for the Pages'),
        openLabel: vscode.l10n.t('Save Here'),
        defaultUri: vscode.Uri.joinPath(repository, kept.folder ?? ''),
        canSelectFiles: false,
        canSelectFolders: true,
      })) ?? [];
    if (!target) return;
    const { engine } = await this.#client.ready();
    const { pages = [] } = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Writing pages'), cancellable: true },
      (_, token) =>
        engine.summarize(
          {
            repository: repository.fsPath,
            ...(kept.folder !== null && { path: kept.folder }),
            keptOnly: true,
            pages: path.posix.relative(target.path, repository.path) || '.',
          },
          () => undefined,
          toSignal(token),
        ),
    );
    const [first] = pages;
    try {
      for (const page of pages)
        await vscode.workspace.fs.writeFile(
          vscode.Uri.joinPath(target, page.path),
          new TextEncoder().encode(page.markdown),
        );
    } catch (error) {
      throw fault('LS8006', error instanceof Error ? error.message : String(error), error);
    }
    if (first) await vscode.window.showTextDocument(vscode.Uri.joinPath(target, first.path));
  }

  async #saveFile(kept: Kept): Promise<void> {
    const repository = vscode.Uri.parse(kept.repository);
    const target = await vscode.window.showSaveDialog({
      title: vscode.l10n.t('Save Summary As'),
      defaultUri: vscode.Uri.joinPath(repository, kept.folder ?? '', 'SUMMARY.md'),
      filters: { Markdown: ['md'] },
    });
    if (!target) return;
    // Links are relative to where the file will stand.
    const folder = path.posix.dirname(target.path);
    const text = summaryText(
      kept.markdown,
      (to) => path.posix.relative(folder, path.posix.join(repository.path, to)),
      null,
    );
    try {
      await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
    } catch (error) {
      throw fault('LS8006', error instanceof Error ? error.message : String(error), error);
    }
    await vscode.window.showTextDocument(target);
  }

  /** The only repository, or the one the user picks; undefined when they turned away. */
  async #pickRepository(): Promise<WindowRepository | undefined> {
    await this.#client.ready();
    const { repositories } = this.#client.places;
    if (repositories.length < 2) return repositories[0];
    const picked = await vscode.window.showQuickPick(
      repositories.map((repository) => ({ label: repository.name, description: repository.root, repository })),
      { title: vscode.l10n.t('Summarize Repository') },
    );
    return picked?.repository;
  }

  /** Opens one of the summaries that are kept, newest first. */
  async #pickSummary(): Promise<void> {
    const picked = await vscode.window.showQuickPick(
      this.#kept.toReversed().map((kept) => ({
        label: kept.folder ?? path.basename(vscode.Uri.parse(kept.repository).fsPath),
        description: kept.changed.length === 0 ? '' : vscode.l10n.t('changed since: {0}', kept.changed.length),
        kept,
      })),
      { title: vscode.l10n.t('Open Summary'), placeHolder: vscode.l10n.t('Summaries that were made here') },
    );
    if (!picked) return;
    // The one that is open is the one that is saved and refreshed.
    this.#keep([...this.#kept.filter((other) => other !== picked.kept), picked.kept]);
    await vscode.commands.executeCommand('markdown.showPreview', vscode.Uri.parse(picked.kept.uri));
  }

  /** A folder of the explorer, which may itself be one that is open. */
  #folderPlace(folder: vscode.Uri): Place | null {
    const inside = this.#client.places.locate(vscode.Uri.joinPath(folder, 'x'));
    return inside && { repository: inside.repository, path: inside.path.split('/').slice(0, -1).join('/') };
  }

  #keep(summaries: readonly Kept[]): void {
    this.#kept = summaries;
    this.#saved.save({ version: 1, summaries: [...summaries] });
    setContext('longsight.hasSummary', summaries.length > 0);
  }

  #noteChange(file: vscode.Uri): void {
    for (const kept of this.#kept) {
      const place = this.#client.places.locate(file);
      const repository = vscode.Uri.parse(kept.repository);
      const changed = place?.repository === repository.fsPath ? place.path : pathBelow(repository, file);
      if (changed === null || kept.changed.includes(changed) || !kept.paths.includes(changed)) continue;
      this.#keep(this.#kept.map((one) => (one === kept ? { ...one, changed: [...one.changed, changed] } : one)));
      this.#changed.fire(vscode.Uri.parse(kept.uri));
    }
  }
}

/** Whether a Markdown preview is open; VS Code does not say of what. */
/** The engine is ready, so there is one. */
function noRepository(): never {
  throw fault('LS8001', '');
}
