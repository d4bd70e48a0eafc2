/** The user's settings as the engine takes them; a change takes effect without a reload. Shows nothing by itself. */
import * as vscode from 'vscode';
import { type IndexStart, type SettingId, type SettingValue, settings } from '../protocol/contributions.ts';
import { type Effort, efforts } from '../protocol/effort.ts';
import { type UnsupportedSentences, unsupportedSentences } from '../protocol/unsupported.ts';
import type { EngineSettings, FileRules, ServerSettings } from '../protocol/engine.ts';
import { type ProviderChoice, providerChoices } from '../protocol/providers.ts';
import { serverModel } from '../protocol/server-address.ts';

/** The value of one setting for a folder; a value of the wrong type counts as not set. */
function readSetting<K extends SettingId>(id: K, scope?: vscode.Uri): SettingValue<K> {
  const value: unknown = vscode.workspace.getConfiguration(undefined, scope ?? null).get(id);
  const fallback: unknown = settings[id].default;
  const fits = Array.isArray(fallback)
    ? Array.isArray(value) && value.every((v) => typeof v === 'string')
    : typeof value === typeof fallback;
  return (fits ? value : fallback) as SettingValue<K>;
}

/** The model that answers: an id, a path, or the address of a server, which has precedence; null for the first on this machine. */
export function readModel(repository?: vscode.Uri): string | null {
  const url = readSetting('longsight.server.url', repository).trim();
  if (url !== '' && serverIsEnabled()) return serverModel(url, readSetting('longsight.server.model', repository));
  const model = readSetting('longsight.model', repository).trim();
  return model === '' ? null : model;
}

/** Whether the server of the settings is to answer, when there is one. */
export function serverIsEnabled(): boolean {
  return readSetting('longsight.server.enabled');
}

/** The address of the server in the settings, whether it answers or not; null without one. */
export function readServer(): string | null {
  const url = readSetting('longsight.server.url').trim();
  return url === '' ? null : url;
}

/** How long a server may take and how much it takes. */
export function readServerLimits(): Pick<ServerSettings, 'timeouts' | 'contextLength'> {
  const contextLength = readSetting('longsight.server.contextLength');
  return {
    timeouts: {
      connectMs: readSetting('longsight.server.connectTimeout') * 1000,
      firstTokenMs: readSetting('longsight.server.firstTokenTimeout') * 1000,
      stallMs: readSetting('longsight.server.stallTimeout') * 1000,
    },
    contextLength: contextLength > 0 ? contextLength : null,
  };
}

/**
 * @param folders the window's; each has rules of its own for its files, all else is the first one's
 * @param allRules whether rules for files are stated that the user has not set
 */
export function readEngineSettings(folders: readonly vscode.Uri[], allRules: boolean): EngineSettings {
  const [repository] = folders;
  const threads = readSetting('longsight.threads', repository);
  return {
    model: readModel(repository),
    threads: threads > 0 ? threads : null,
    provider: readProvider(),
    ...readFileRules(repository, allRules),
    ...(folders.length > 1 && {
      ofRepository: Object.fromEntries(folders.map((folder) => [folder.fsPath, readFileRules(folder, allRules)])),
    }),
    embeddings: readSetting('longsight.index.embeddings', repository),
    prefixCache: readSetting('longsight.prefixCache.size') * 1024 ** 2,
    offline: readSetting('longsight.offline', repository),
  };
}

/**
 * Only what the user has set: the rest stays as the repository's index has it, for instance from the command line.
 * @param all also what was put back to its default, just now
 */
function readFileRules(folder: vscode.Uri | undefined, all: boolean): FileRules {
  const isStated = (id: SettingId): boolean => all || isSet(id, folder);
  return {
    ...(isStated('longsight.index.include') && { include: readSetting('longsight.index.include', folder) }),
    ...(isStated('longsight.index.exclude') && { exclude: readSetting('longsight.index.exclude', folder) }),
    ...(isStated('longsight.index.maxFileSize') && {
      maxFileSize: readSetting('longsight.index.maxFileSize', folder) * 1024,
    }),
  };
}

function isSet(id: SettingId, scope: vscode.Uri | undefined): boolean {
  const found = vscode.workspace.getConfiguration(undefined, scope ?? null).inspect(id);
  return [found?.globalValue, found?.workspaceValue, found?.workspaceFolderValue].some((value) => value !== undefined);
}

/** A provider there is not counts as none that was chosen. */
/** What becomes of a sentence of an answer that nothing read supports. */
export function readUnsupported(): UnsupportedSentences {
  const value = readSetting('longsight.answers.unsupported');
  return unsupportedSentences.find((one) => one === value) ?? settings['longsight.answers.unsupported'].default;
}

/** How long the first word of an answer may take. */
export function readEffort(): Effort {
  const value = readSetting('longsight.effort');
  return efforts.find((effort) => effort === value) ?? settings['longsight.effort'].default;
}

function readProvider(): ProviderChoice {
  const wanted: string = readSetting('longsight.provider');
  return providerChoices.find((one) => one === wanted) ?? 'auto';
}

/** When the engine starts, and with it the indexing. */
export function readStart(): IndexStart {
  return readSetting('longsight.index.start') === 'onOpen' ? 'onOpen' : 'onFirstUse';
}

/** The folder of caches and models, or null for the platform's own. */
export function readDataFolder(): string | null {
  const folder = readSetting('longsight.dataFolder').trim();
  return folder === '' ? null : folder;
}
