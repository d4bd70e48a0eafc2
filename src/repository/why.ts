/** Why a path is not listed: the rule by its file and line, the setting, the limit. */
import { type Sentence, joined, say } from '../base/sentences.ts';
import { existsSync, lstatSync } from 'node:fs';
import path from 'node:path';
import type { SkipReason } from '../protocol/status.ts';
import { defaultExclude } from './default-excludes.ts';
import { GitError, entriesOf, runGit } from './git.ts';
import { compileGlobs } from './globs.ts';
import { ignoreChain, isIgnored } from './list-by-walking.ts';
import { absoluteOf, isSafeRelativePath } from './paths.ts';
import { type ScanSettings, fileJudge } from './scan.ts';

export interface NotListed {
  /** Null when there is no such file. */
  readonly reason: SkipReason | null;
  readonly explanation: Sentence;
}

/**
 * @param file relative to the root, as a user may have typed it
 * @returns undefined when nothing that can be told without reading the file keeps it out
 */
export async function whyNotListed(
  root: string,
  file: string,
  settings: ScanSettings,
  options: { readonly git: boolean; readonly without?: readonly string[] },
): Promise<NotListed | undefined> {
  if (!isSafeRelativePath(file)) {
    return file.split('/').some((part) => part.toLowerCase() === '.git')
      ? { reason: 'excluded', explanation: say('It belongs to Git itself.') }
      : { reason: 'outside-repository', explanation: say('It is outside the repository.') };
  }
  const include = compileGlobs(settings.include);
  const verdict = fileJudge(root, settings, include, compileGlobs(settings.exclude), options.without ?? [])(file);
  if (verdict.kind === 'gone')
    return { reason: null, explanation: say('There is no file {0} in the repository.', file) };
  const rule = include.match(file) === undefined ? await ruleOver(root, file, options.git) : undefined;
  if (verdict.kind === 'skipped' && (verdict.reason !== 'not-a-file' || !rule)) return verdict;
  return rule;
}

async function ruleOver(root: string, file: string, git: boolean): Promise<NotListed | undefined> {
  if (git) {
    try {
      return (await isTracked(root, file)) ? undefined : ((await gitRule(root, file)) ?? defaultRule(root, file));
    } catch (error) {
      // Git refuses this repository; its files were found by walking, so the walk's rules are the answer.
      if (!(error instanceof GitError)) throw error;
    }
  }
  const chain = ignoreChain(root, file);
  for (let slash = file.indexOf('/'); slash >= 0; slash = file.indexOf('/', slash + 1)) {
    const folder = file.slice(0, slash);
    if (isIgnored(chain, folder, true)) return walkRule(folder);
  }
  return isIgnored(chain, file, false) ? walkRule(file) : defaultRule(root, file);
}

function walkRule(what: string): NotListed {
  return { reason: 'ignored', explanation: say('A .gitignore rule ignores {0}.', what) };
}

function defaultRule(root: string, file: string): NotListed | undefined {
  for (let slash = file.indexOf('/'); slash >= 0; slash = file.indexOf('/', slash + 1)) {
    const folder = absoluteOf(root, file.slice(0, slash));
    const verdict = defaultExclude(path.dirname(folder), path.basename(folder));
    if (verdict !== undefined)
      return { reason: 'excluded', explanation: joined([file.slice(0, slash), verdict], ': ') };
  }
  return undefined;
}

async function isTracked(root: string, file: string): Promise<boolean> {
  const { folder, rest } = gitFolderOf(root, file);
  return (await runGit(folder, ['--literal-pathspecs', 'ls-files', '-z', '--cached', '--', rest])) !== '';
}

async function gitRule(root: string, file: string): Promise<NotListed | undefined> {
  const { folder, rest } = gitFolderOf(root, file);
  const output = await runGit(folder, ['check-ignore', '-v', '-z', '--stdin'], { input: `${rest}\0`, accept: [1] });
  const [source, line, pattern] = entriesOf(output);
  // Git also reports the rule that takes a path back in.
  if (source === undefined || pattern === undefined || pattern.startsWith('!')) return undefined;
  return {
    reason: 'ignored',
    explanation: say('The rule "{0}" ignores it: {1}.', pattern, `${source}:${line ?? '?'}`),
  };
}

/** The innermost repository, submodules included, that the file belongs to. */
function gitFolderOf(root: string, file: string): { folder: string; rest: string } {
  for (let slash = file.lastIndexOf('/'); slash > 0; slash = file.lastIndexOf('/', slash - 1)) {
    const folder = absoluteOf(root, file.slice(0, slash));
    const isFolder = lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
    if (isFolder && existsSync(path.join(folder, '.git'))) return { folder, rest: file.slice(slash + 1) };
  }
  return { folder: root, rest: file };
}
