/** The list of models: on this machine, of other programs, on a model server, to download, and the model that sharpens the search. */
import * as vscode from 'vscode';
import type { ModelListing } from '../../protocol/models.ts';
import type { DecoderStatus } from '../../protocol/status.ts';
import { formatBytes, formatCount } from '../bytes.ts';
import type { ListOpener } from '../context.ts';
import { speaker } from '../speaker.ts';
import { outlookWords, verdictWords } from './model-words.ts';

/** What was chosen: a model, or the server of the settings. */
export type PickedModel = { readonly kind: 'model'; readonly model: ModelListing } | { readonly kind: 'server' };

interface ModelItem extends vscode.QuickPickItem {
  readonly choice?: PickedModel;
}

export interface ModelChoices {
  readonly models: readonly ModelListing[];
  /** The decoder in use. */
  readonly current: DecoderStatus | null;
  /** Host of the server of the settings; null without one. */
  readonly server: string | null;
}

export async function pickModel(
  choices: ModelChoices,
  words: { readonly title: string; readonly placeHolder: string },
  opener: ListOpener | null,
): Promise<PickedModel | undefined> {
  const picked = await vscode.window.showQuickPick(modelItems(choices), {
    ...words,
    matchOnDescription: true,
    matchOnDetail: true,
    ignoreFocusOut: opener !== null,
  });
  opener?.listClosed();
  return picked?.choice;
}

/** The rows with their headings; exported for the tests. */
export function modelItems({ models, current, server }: ModelChoices): readonly ModelItem[] {
  const decoders = models.filter(({ kind }) => kind === 'decoder');
  const of = (state: ModelListing['state']): readonly ModelItem[] =>
    decoders
      .filter((model) => model.state === state)
      // What suits this machine comes first; the rest stays in the order of the list.
      .toSorted((a, b) => Number(b.outlook?.advice !== undefined) - Number(a.outlook?.advice !== undefined))
      .map((model) => decoderItem(model, current));
  const section = (label: string, items: readonly ModelItem[]): readonly ModelItem[] =>
    items.length === 0 ? [] : [{ label, kind: vscode.QuickPickItemKind.Separator }, ...items];
  const embedders = models.filter(({ kind, state }) => kind === 'embedder' && state === 'available');
  return [
    ...section(vscode.l10n.t('On this machine'), of('installed')),
    ...section(vscode.l10n.t('Model server'), server === null ? [] : [serverItem(server, current)]),
    ...section(vscode.l10n.t('Of other programs'), of('found')),
    ...section(vscode.l10n.t('To download'), of('available')),
    ...section(vscode.l10n.t('To search by meaning'), embedders.map(embedderItem)),
  ];
}

function decoderItem(model: ModelListing, current: DecoderStatus | null): ModelItem {
  const inUse = current && !current.server && (model.id === current.id || model.path === current.id) ? current : null;
  return {
    label: model.displayName,
    description: [
      ...(inUse ? [vscode.l10n.t('in use')] : []),
      ...(model.outlook?.advice && model.state === 'available' ? [vscode.l10n.t('suits this machine')] : []),
      ...(inUse && inUse.tokensPerSecond !== null
        ? [vscode.l10n.t('{0} tokens/s here', formatCount(inUse.tokensPerSecond))]
        : []),
      formatBytes(model.size),
      ...(model.contextLength > 0 ? [vscode.l10n.t('window {0}', formatCount(model.contextLength))] : []),
      model.licence,
    ].join(' · '),
    detail: [outlookWords(model), speaker.words(model.note)].filter((part) => part !== '').join(' · '),
    iconPath: new vscode.ThemeIcon(model.state === 'available' ? 'cloud-download' : 'chip'),
    choice: { kind: 'model', model },
  };
}

function serverItem(host: string, current: DecoderStatus | null): ModelItem {
  const inUse = current?.server ? current : null;
  return {
    label: inUse?.server ? inUse.displayName : host,
    description: [...(inUse ? [vscode.l10n.t('in use')] : []), host].join(' · '),
    detail: inUse
      ? verdictWords(inUse.readingTest)
      : vscode.l10n.t('It answers in place of a model on this machine when it is chosen.'),
    iconPath: new vscode.ThemeIcon('server'),
    choice: { kind: 'server' },
  };
}

function embedderItem(model: ModelListing): ModelItem {
  return {
    label: model.displayName,
    description: [formatBytes(model.size), model.licence].join(' · '),
    detail: speaker.words(model.note),
    iconPath: new vscode.ThemeIcon('symbol-array'),
    choice: { kind: 'model', model },
  };
}
