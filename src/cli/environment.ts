/** What the command line takes from its surroundings: environment variables, the working directory, the repository around it. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { fault } from '../base/errors.ts';
import type { LogLevel } from '../base/logging.ts';
import { type EngineSettings, type FileRules, type InitializeParameters, protocolVersion } from '../protocol/engine.ts';
import { isServerAddress } from '../protocol/server-address.ts';
import { serverSettingsOf } from './server-settings.ts';
import { type ProviderChoice, providerChoices } from '../protocol/providers.ts';
import { wholeNumber } from './values.ts';

const logLevels = ['error', 'warn', 'info', 'debug', 'trace'] as const;

/** The nearest folder at or above `from` that holds `.git` (a folder, or a file in worktrees and submodules), else `from`. */
function repositoryAround(from: string): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, '.git'))) return folder;
    if (path.dirname(folder) === folder) return from;
  }
}

/** The repository's absolute path: `--repository` as it stands, else the Git root of the working directory, else that directory. */
export function repositoryOf(option: string | undefined): string {
  if (option === undefined) return repositoryAround(process.cwd());
  const folder = path.resolve(option);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw fault('LS4001', folder);
  return folder;
}

/** A model given as a file or folder becomes an absolute path; an address stays one, and anything else is taken for a catalogue id. */
export function modelOf(option: string | undefined): string | undefined {
  if (option === undefined || option === '') return undefined;
  if (isServerAddress(option)) return option;
  return existsSync(option) || /[\\/]/.test(option) ? path.resolve(option) : option;
}

function isOffline(): boolean {
  const value = process.env.LONGSIGHT_OFFLINE;
  return value !== undefined && value !== '' && value !== '0';
}

export function logLevel(): LogLevel | 'silent' {
  return logLevels.find((level) => level === process.env.LONGSIGHT_LOG) ?? 'silent';
}

function providerOf(name: string | undefined): ProviderChoice {
  if (name === undefined || name === '') return 'auto';
  const known = providerChoices.find((one) => one === name);
  if (!known) throw fault('LS1002', `LONGSIGHT_PROVIDER=${name}; there are ${providerChoices.join(', ')}`);
  return known;
}

function gigabytes(value: string): number {
  return wholeNumber('LONGSIGHT_PROMPTS_GB', 0)(value) * 1e9;
}

/** The engine's parameters for one run of a command. */
export function initializeParametersOf(
  repository: string,
  model: string | undefined,
  provider?: ProviderChoice,
  rules: FileRules = {},
): InitializeParameters {
  const threads = process.env.LONGSIGHT_THREADS;
  const prefixCache = process.env.LONGSIGHT_PROMPTS_GB;
  const chosen = modelOf(model ?? process.env.LONGSIGHT_MODEL) ?? null;
  const server = serverSettingsOf(chosen, process.env);
  const settings: EngineSettings = {
    model: chosen,
    threads: threads === undefined || threads === '' ? null : wholeNumber('LONGSIGHT_THREADS', 1)(threads),
    provider: provider ?? providerOf(process.env.LONGSIGHT_PROVIDER),
    ...rules,
    embeddings: true,
    ...(prefixCache !== undefined && prefixCache !== '' && { prefixCache: gigabytes(prefixCache) }),
    offline: isOffline(),
    ...(server && { server }),
  };
  const home = process.env.LONGSIGHT_HOME;
  return {
    protocolVersion,
    repository,
    home: home === undefined || home === '' ? null : path.resolve(home),
    settings,
    watchesFiles: false,
  };
}

/** A path on the command line, relative to the repository with forward slashes; outside of it, it stays as given. */
export function pathInRepository(repository: string, given: string): string {
  const fromHere = path.resolve(given);
  const absolute = existsSync(fromHere) || path.isAbsolute(given) ? fromHere : path.join(repository, given);
  const relative = path.relative(repository, absolute);
  if (relative.startsWith('..') || path.isAbsolute(relative)) return given;
  return relative.split(path.sep).join('/');
}
