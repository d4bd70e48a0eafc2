/** The user's settings as the engine takes them; a change takes effect without a reload. Shows nothing by itself. */
import * as vscode from 'vscode';
import { type SettingId, type SettingValue, settings } from '../protocol/contributions.ts';
import type { EngineSettings, ServerSettings } from '../protocol/engine.ts';
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
  if (url !== '') return serverModel(url, readSetting('longsight.server.model', repository));
  const model = readSetting('longsight.model', repository).trim();
  return model === '' ? null : model;
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

export function readEngineSettings(repository: vscode.Uri): EngineSettings {
  const threads = readSetting('longsight.threads', repository);
  return {
    model: readModel(repository),
    threads: threads > 0 ? threads : null,
    provider: readProvider(),
    include: readSetting('longsight.index.include', repository),
    exclude: readSetting('longsight.index.exclude', repository),
    maxFileSize: readSetting('longsight.index.maxFileSize', repository) * 1024,
    embeddings: readSetting('longsight.index.embeddings', repository),
    offline: readSetting('longsight.offline', repository),
  };
}

/** A provider there is not counts as none that was chosen. */
function readProvider(): ProviderChoice {
  const wanted: string = readSetting('longsight.provider');
  return providerChoices.find((one) => one === wanted) ?? 'auto';
}

/** The folder of caches and models, or null for the platform's own. */
export function readDataFolder(): string | null {
  const folder = readSetting('longsight.dataFolder').trim();
  return folder === '' ? null : folder;
}
