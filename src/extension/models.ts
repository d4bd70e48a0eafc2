/** Choosing, getting and importing a model: quick picks with licence, size and memory, and a download with progress and cancel. */
import * as vscode from 'vscode';
import type { SettingId } from '../protocol/contributions.ts';
import type { DownloadProgress, ModelListing } from '../protocol/models.ts';
import type { DecoderStatus } from '../protocol/status.ts';
import { formatBytes, formatCount } from './bytes.ts';
import { registerCommand } from './context.ts';
import type { Parts } from './parts.ts';
import { guarded, toSignal } from './show-error.ts';

interface ModelItem extends vscode.QuickPickItem {
  readonly model?: ModelListing;
}

export function registerModelCommands({ client, log }: Parts): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(
      'longsight.getModel',
      guarded(log, async () => {
        const { engine } = await client.ready();
        const models = decoders(await engine.listModels());
        const model = await pick(
          models,
          vscode.l10n.t('Get Model'),
          vscode.l10n.t('It is downloaded once and runs on this machine'),
          decoderNow(),
        );
        if (model) await use(model);
      }),
    ),
    registerCommand(
      'longsight.selectModel',
      guarded(log, async () => {
        const { engine } = await client.ready();
        const models = decoders(await engine.listModels());
        const model = await pick(
          models,
          vscode.l10n.t('Select Model'),
          vscode.l10n.t('The model that answers'),
          decoderNow(),
        );
        if (model) await use(model);
      }),
    ),
    registerCommand(
      'longsight.importModel',
      guarded(log, async () => {
        const { engine } = await client.ready();
        const chosen = await vscode.window.showOpenDialog({
          title: vscode.l10n.t('Import Model'),
          openLabel: vscode.l10n.t('Import'),
          filters: { [vscode.l10n.t('Model files')]: ['gguf', 'safetensors'] },
        });
        const file = chosen?.[0]?.fsPath;
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

  /** Gets the model when it is not here, and makes it the one that answers. */
  async function use(model: ModelListing): Promise<void> {
    const { engine } = await client.ready();
    if (model.state !== 'available') {
      await select(model);
      return;
    }
    const installed = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: vscode.l10n.t('Getting {0}', model.displayName),
        cancellable: true,
      },
      (progress, token) => {
        let last = 0;
        return engine.getModel(
          model.id,
          (event) => {
            const percent = event.total === null || event.total === 0 ? null : (event.done / event.total) * 100;
            progress.report({
              message: progressWords(event),
              ...(percent === null ? {} : { increment: Math.max(0, percent - last) }),
            });
            if (percent !== null) last = Math.max(last, percent);
          },
          toSignal(token),
        );
      },
    );
    await select(installed);
  }

  async function select(model: ModelListing): Promise<void> {
    const value = model.state === 'found' && model.path !== null ? model.path : model.id;
    const configuration = vscode.workspace.getConfiguration();
    await configuration.update('longsight.model' satisfies SettingId, value, vscode.ConfigurationTarget.Global);
    // A server would go on to answer in its place.
    if (configuration.get('longsight.server.url' satisfies SettingId) !== '')
      await configuration.update(
        'longsight.server.url' satisfies SettingId,
        undefined,
        vscode.ConfigurationTarget.Global,
      );
    await client.refresh();
  }
}

function decoders(models: readonly ModelListing[]): readonly ModelListing[] {
  return models.filter(({ kind }) => kind === 'decoder');
}

/** What is here first, then what can be had, each with what it takes. */
async function pick(
  models: readonly ModelListing[],
  title: string,
  placeHolder: string,
  current: DecoderStatus | null,
): Promise<ModelListing | undefined> {
  const here = models.filter(({ state }) => state !== 'available');
  const elsewhere = models.filter(({ state }) => state === 'available');
  const separator = (label: string): ModelItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const item = (model: ModelListing): ModelItem => ({
    label: model.displayName,
    description: [
      ...(model.id === current?.id ? [vscode.l10n.t('in use')] : []),
      ...(model.id === current?.id && current.tokensPerSecond !== null
        ? [vscode.l10n.t('{0} tokens/s here', formatCount(current.tokensPerSecond))]
        : []),
      formatBytes(model.size),
      vscode.l10n.t('{0} memory', formatBytes(model.recommendedMemory)),
      model.licence,
      ...(model.origin === 'catalogue' ? [] : [model.origin]),
    ].join(' · '),
    detail: `${model.note}${model.contextLength > 0 ? ` ${vscode.l10n.t('Window of {0} tokens.', formatCount(model.contextLength))}` : ''}`,
    iconPath: new vscode.ThemeIcon(model.state === 'available' ? 'cloud-download' : 'chip'),
    model,
  });
  const items: ModelItem[] = [
    ...(here.length > 0 ? [separator(vscode.l10n.t('On this machine')), ...here.map(item)] : []),
    ...(elsewhere.length > 0 ? [separator(vscode.l10n.t('To download')), ...elsewhere.map(item)] : []),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title,
    placeHolder,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked?.model;
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
