/** One look at the whole repository: every file that should be indexed with its state on disk, and every other with the reason. */
import { type Sentence, say } from '../base/sentences.ts';
import { lstatSync } from 'node:fs';
import { throwIfCancelled, yieldToEventLoop } from '../base/cancellation.ts';
import type { Logger } from '../base/logging.ts';
import type { SkipReason } from '../protocol/status.ts';
import { skippedByName } from './generated.ts';
import { GitError } from './git.ts';
import { type Globs, compileGlobs } from './globs.ts';
import { listByGit } from './list-by-git.ts';
import { listByWalking } from './list-by-walking.ts';
import { absoluteOf, folderOf, isSafeRelativePath } from './paths.ts';
import { type FileStat, statFile } from './stat.ts';

export interface ScanSettings {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Bytes; a larger file is skipped. */
  readonly maxFileSize: number;
}

export interface ScannedFile extends FileStat {
  readonly path: string;
}

export interface SkippedFile {
  /** Ends in a slash when it stands for a folder with all below it. */
  readonly path: string;
  readonly reason: SkipReason;
  readonly explanation: Sentence;
}

export interface Scan {
  readonly files: readonly ScannedFile[];
  readonly skipped: readonly SkippedFile[];
  /** What the user should know when Git did not list its repository: its reason; the files were found by walking. */
  readonly refusal: Sentence | null;
}

/**
 * Lists and stats the files.
 * @param only paths relative to the root (files or folders) to look at; left out: all. Used after changes.
 * @throws CancelledError
 */
export async function scanRepository(
  root: string,
  settings: ScanSettings,
  options: {
    readonly git: boolean;
    readonly logger: Logger;
    /** Absolute folders that are never looked into: Longsight's own caches. */
    readonly without?: readonly string[];
    readonly only?: readonly string[];
    readonly signal?: AbortSignal | undefined;
    /** Milliseconds that each call of Git may take; left out: thirty seconds. */
    readonly gitLimit?: number;
  },
): Promise<Scan> {
  const include = compileGlobs(settings.include);
  const exclude = compileGlobs(settings.exclude);
  const skipped: SkippedFile[] = [];
  const { paths, refusal } = await list(root, include, skipped, options);
  const judge = fileJudge(root, settings, include, exclude, options.without ?? []);
  const files: ScannedFile[] = [];
  let lastPause = performance.now();
  for (const path of paths) {
    const verdict = judge(path);
    if (verdict.kind === 'file') files.push({ path, ...verdict.stat });
    else if (verdict.kind === 'skipped')
      skipped.push({ path, reason: verdict.reason, explanation: verdict.explanation });
    if (performance.now() - lastPause > 10) {
      throwIfCancelled(options.signal);
      await yieldToEventLoop();
      lastPause = performance.now();
    }
  }
  return { files, skipped, refusal };
}

async function list(
  root: string,
  include: Globs,
  skipped: SkippedFile[],
  options: Parameters<typeof scanRepository>[2],
): Promise<{ paths: readonly string[]; refusal: Sentence | null }> {
  let refusal: Sentence | null = null;
  if (options.git) {
    try {
      const listing = await listByGit(root, include, options);
      for (const path of listing.ignored)
        skipped.push({ path, reason: 'ignored', explanation: say('A Git ignore rule matches it.') });
      for (const one of listing.excluded) skipped.push({ ...one, reason: 'excluded' });
      skipped.push(...listing.unlistable);
      return { paths: listing.files, refusal };
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      options.logger.warn(
        { reason: error.reason },
        'Git could not list the repository; its files are found by walking',
      );
      refusal = say(
        'Git did not list the files of {0}: {1}. They were found by a walk through its folders.',
        root,
        error.reason,
      );
    }
  }
  const listing = await listByWalking(root, include, options);
  const under = options.only?.map((one) => `${one}/`);
  const wanted = (path: string): boolean =>
    !options.only || options.only.includes(path) || (under?.some((folder) => path.startsWith(folder)) ?? false);
  for (const path of listing.ignored) {
    if (wanted(path))
      skipped.push({ path, reason: 'ignored', explanation: say('A rule of a .gitignore file matches it.') });
  }
  for (const one of listing.excluded) if (wanted(one.path)) skipped.push({ ...one, reason: 'excluded' });
  for (const one of listing.unreadable) skipped.push({ ...one, reason: 'unreadable' });
  skipped.push(...listing.unlistable);
  return { paths: listing.files.filter(wanted), refusal };
}

export type Verdict = ReturnType<typeof statFile>;

/** Judges one listed path by the settings, its name, its size and what stands there, without reading it. */
export function fileJudge(
  root: string,
  settings: ScanSettings,
  include: Globs,
  exclude: Globs,
  without: readonly string[],
): (path: string) => Verdict {
  const realFolders = new Map<string, boolean>([['', true]]);
  /** Git's index may name a path through a symbolic link; following it would leave the repository. */
  const isRealFolder = (folder: string): boolean => {
    const known = realFolders.get(folder);
    if (known !== undefined) return known;
    const real =
      isRealFolder(folderOf(folder)) &&
      lstatSync(absoluteOf(root, folder), { throwIfNoEntry: false })?.isDirectory() === true;
    realFolders.set(folder, real);
    return real;
  };
  return (path) => {
    const skip = (reason: SkipReason, explanation: Sentence): Verdict => ({ kind: 'skipped', reason, explanation });
    if (!isSafeRelativePath(path)) return skip('outside-repository', say('Its path leads out of the repository.'));
    const folder = folderOf(path);
    if (!isRealFolder(folder)) {
      const gone = lstatSync(absoluteOf(root, folder), { throwIfNoEntry: false }) === undefined;
      return gone
        ? { kind: 'gone' }
        : skip('outside-repository', say('A folder on its path is a symbolic link; links are not followed.'));
    }
    const absolute = absoluteOf(root, path);
    if (without.some((one) => absolute === one || absolute.startsWith(one + (one.includes('\\') ? '\\' : '/')))) {
      return skip('excluded', say('It belongs to the caches of Longsight.'));
    }
    const state = statFile(root, path);
    if (state.kind !== 'file') return state;
    const excludedBy = exclude.match(path);
    if (excludedBy !== undefined) return skip('excluded', say('The exclude setting "{0}" matches it.', excludedBy));
    const named = include.match(path) === undefined ? skippedByName(path) : undefined;
    if (named) return skip(named.reason, named.explanation);
    if (state.stat.size > settings.maxFileSize) {
      return skip('too-large', say('It has {0} bytes; the limit is {1}.', state.stat.size, settings.maxFileSize));
    }
    return state;
  };
}
