/**
 * Choosing, getting, importing and testing a model: a quick pick, a download with progress and cancel, and after it the reading
 * test, once for each model. In the palette, in the title of "Index & Model", behind the model's name in the sidebar.
 */
import * as vscode from 'vscode';
import type { SettingId } from '../../protocol/contributions.ts';
import type { DownloadProgress, ModelListing, ReadingTestReport } from '../../protocol/models.ts';
import type { DecoderStatus } from '../../protocol/status.ts';
import { formatBytes } from '../bytes.ts';
import { asListOpener, registerCommand } from '../context.ts';
import type { Parts } from '../parts.ts';
import { readServer, serverIsEnabled } from '../settings.ts';
import { guarded, toSignal } from '../show-error.ts';
import { speaker } from '../speaker.ts';
import { pickModel } from './model-pick.ts';

export function registerModelCommands({ client, log }: Parts): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(
      'longsight.getModel',
      guarded(log, (opener: unknown) =>
        choose(vscode.l10n.t('Get Model'), vscode.l10n.t('It is downloaded once and runs on this machine'), opener),
      ),
    ),
    registerCommand(
      'longsight.selectModel',
      guarded(log, (opener: unknown) =>
        choose(vscode.l10n.t('Select Model'), vscode.l10n.t('The model that answers'), opener),
      ),
    ),
    registerCommand('longsight.getEmbedder', guarded(log, getEmbedder)),
    registerCommand(
      'longsight.testModel',
      guarded(log, () => test({ model: null, again: true })),
    ),
    registerCommand(
      'longsight.importModel',
      guarded(log, async (given: unknown) => {
        const { engine } = await client.ready();
        const file = given instanceof vscode.Uri ? given.fsPath : await chooseFile();
        if (file === undefined) return;
        const model = await vscode.window.withProgress(
          {
            location: vscode.ProgressLocation.Notification,
            title: vscode.l10n.t('Importing {0}', file),
            cancellable: true,
          },
          (_progress, token) => engine.importModel(file, toSignal(token)),
        );
        await select(model);
      }),
    ),
  );

  function decoderNow(): DecoderStatus | null {
    return client.state.kind === 'ready' ? client.state.status.decoder : null;
  }

  async function choose(title: string, placeHolder: string, opener: unknown): Promise<void> {
    const { engine } = await client.ready();
    const models = await engine.listModels();
    const choices = { models, current: decoderNow(), server: readServer() };
    const picked = await pickModel(choices, { title, placeHolder }, asListOpener(opener));
    if (picked?.kind === 'server') await selectServer();
    else if (picked) await use(picked.model);
  }

  async function getEmbedder(): Promise<void> {
    const { engine } = await client.ready();
    const embedders = (await engine.listModels()).filter(({ kind }) => kind === 'embedder');
    const missing = embedders.filter(({ state }) => state === 'available');
    const [only] = missing;
    if (only && missing.length === 1) await use(only);
    else if (missing.length === 0)
      void vscode.window.showInformationMessage(vscode.l10n.t('The model for search is on this machine.'));
    else
      await choose(
        vscode.l10n.t('Get Model for Search'),
        vscode.l10n.t('It sharpens the search and answers nothing'),
        null,
      );
  }

  /** Gets the model when it is not here, and makes it the one that answers; one for search has nothing to answer. */
  async function use(model: ModelListing): Promise<void> {
    const here = model.state === 'available' ? await download(model) : model;
    if (here.kind === 'decoder') await select(here);
    else
      vscode.window.setStatusBarMessage(
        vscode.l10n.t('{0} is here: the search uses it as soon as it is ready', here.displayName),
        5000,
      );
  }

  async function download(model: ModelListing): Promise<ModelListing> {
    const { engine } = await client.ready();
    return vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: vscode.l10n.t('Getting {0}', model.displayName),
        cancellable: true,
      },
      (progress, token) => {
        const report = byShare(progress);
        return engine.getModel(
          model.id,
          (event) => {
            report(progressWords(event), event.done, event.total);
          },
          toSignal(token),
        );
      },
    );
  }

  async function select(model: ModelListing): Promise<void> {
    const value = model.state === 'found' && model.path !== null ? model.path : model.id;
    const server = serverIsEnabled() ? readServer() : null;
    await update('longsight.model', value);
    if (server !== null) {
      await update('longsight.server.enabled', false);
      void vscode.window.showInformationMessage(
        vscode.l10n.t(
          '{0} answers now. The server {1} stays in the settings; "Select Model…" lets it answer again.',
          model.displayName,
          server,
        ),
      );
    }
    await client.refresh();
    await test({ model: value, again: false });
  }

  async function selectServer(): Promise<void> {
    await update('longsight.server.enabled', undefined);
    await client.refresh();
  }

  /** Lets the model take the reading test, `again` even if its result is known, and says what came out. */
  async function test(request: { readonly model: string | null; readonly again: boolean }): Promise<void> {
    const { engine, status } = await client.readyToAnswer();
    const name = request.model === null ? (status.decoder?.displayName ?? '') : request.model;
    let steps = 0;
    const report = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: vscode.l10n.t('Testing the model'),
        cancellable: true,
      },
      (progress, token) => {
        const show = byShare(progress);
        return engine.testReading(
          request,
          ({ message, done, total }) => {
            steps += 1;
            show(speaker.words(message), done, total);
          },
          toSignal(token),
        );
      },
    );
    await client.refresh();
    // What was known before is no news.
    if (steps > 0 || request.again)
      void vscode.window.showInformationMessage(resultWords(decoderNow()?.displayName ?? name, report));
  }
}

function update(id: SettingId, value: unknown): Thenable<void> {
  return vscode.workspace.getConfiguration().update(id, value, vscode.ConfigurationTarget.Global);
}

async function chooseFile(): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Import Model'),
    openLabel: vscode.l10n.t('Import'),
    filters: { [vscode.l10n.t('Model files')]: ['gguf', 'safetensors'] },
  });
  return chosen?.[0]?.fsPath;
}

/** Reports by how much the share grew, as notifications want it; where the work begins again, the bar stays. */
function byShare(
  progress: vscode.Progress<{ message?: string; increment?: number }>,
): (message: string, done: number, total: number | null) => void {
  let last = 0;
  return (message, done, total) => {
    const percent = total === null || total === 0 ? last : (100 * done) / total;
    progress.report({ message, increment: Math.max(0, percent - last) });
    last = Math.max(last, percent);
  };
}

function resultWords(name: string, { passed, correct, asked, questions, needed }: ReadingTestReport): string {
  return passed
    ? vscode.l10n.t('{0} may write: it answered {1} of {2} questions correctly.', name, correct, asked ?? questions)
    : vscode.l10n.t(
        '{0} only quotes: it answered {1} of {2} questions correctly, and {3} of {4} are needed.',
        name,
        correct,
        asked ?? questions,
        needed,
        questions,
      );
}

function progressWords({ source, phase, done, total }: DownloadProgress): string {
  const words = {
    download: vscode.l10n.t('downloading from {0}', source),
    extract: vscode.l10n.t('unpacking'),
    verify: vscode.l10n.t('checking'),
    build: vscode.l10n.t('preparing'),
  };
  return total === null
    ? `${words[phase]} ${formatBytes(done)}`
    : `${words[phase]} ${vscode.l10n.t('{0} of {1}', formatBytes(done), formatBytes(total))}`;
}
