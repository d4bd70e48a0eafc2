/** The user's settings as the engine takes them; a change takes effect without a reload. Shows nothing by itself. */
import * as vscode from 'vscode';
import { type SettingId, type SettingValue, settings } from '../protocol/contributions.ts';
import type { EngineSettings } from '../protocol/engine.ts';

/** The value of one setting for a folder; a value of the wrong type counts as not set. */
function readSetting<K extends SettingId>(id: K, scope?: vscode.Uri): SettingValue<K> {
  const value: unknown = vscode.workspace.getConfiguration(undefined, scope ?? null).get(id);
  const fallback: unknown = settings[id].default;
  const fits = Array.isArray(fallback)
    ? Array.isArray(value) && value.every((v) => typeof v === 'string')
    : typeof value === typeof fallback;
  return (fits ? value : fallback) as SettingValue<K>;
}

export function readEngineSettings(repository: vscode.Uri): EngineSettings {
  const model = readSetting('longsight.model', repository).trim();
  const threads = readSetting('longsight.threads', repository);
  return {
    model: model === '' ? null : model,
    threads: threads > 0 ? threads : null,
    include: readSetting('longsight.index.include', repository),
    exclude: readSetting('longsight.index.exclude', repository),
    maxFileSize: readSetting('longsight.index.maxFileSize', repository) * 1024,
    embeddings: readSetting('longsight.index.embeddings', repository),
    offline: readSetting('longsight.offline', repository),
  };
}

/** The folder of caches and models, or null for the platform's own. */
export function readDataFolder(): string | null {
  const folder = readSetting('longsight.dataFolder').trim();
  return folder === '' ? null : folder;
}
