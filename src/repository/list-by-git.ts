/** Lists a repository's files as Git sees them: tracked ones and untracked ones that no ignore rule names, submodules included. */
import type { Sentence } from '../base/sentences.ts';
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Globs } from './globs.ts';
import { namesOf, runGitForBytes } from './git.ts';
import { defaultExclude } from './default-excludes.ts';
import { type Listing, type Unlistable, special, unnameable } from './listing.ts';
import { absoluteOf, folderOf, isSafeRelativePath } from './paths.ts';
import { walkUnder } from './list-by-walking.ts';

/**
 * @param include globs of files that are wanted although an ignore rule names them
 * @param only limits the listing to these paths (files or folders); left out: all
 * @throws GitError, CancelledError
 */
export async function listByGit(
  root: string,
  include: Globs,
  options: {
    readonly only?: readonly string[];
    readonly signal?: AbortSignal | undefined;
    readonly gitLimit?: number;
  } = {},
): Promise<Listing> {
  const files = new Set<string>();
  const ignored: string[] = [];
  const excluded = new Map<string, Sentence>();
  const verdicts = new Map<string, Sentence | undefined>();

  /** The outermost folder on the way to an untracked path that the defaults leave out. */
  const excludedBy = (file: string): boolean => {
    for (let slash = file.indexOf('/'); slash >= 0; slash = file.indexOf('/', slash + 1)) {
      const folder = file.slice(0, slash);
      if (!verdicts.has(folder)) {
        const absolute = absoluteOf(root, folder);
        verdicts.set(folder, defaultExclude(path.dirname(absolute), path.basename(absolute)));
      }
      const verdict = verdicts.get(folder);
      if (verdict !== undefined) {
        if (include.match(file) !== undefined) return false;
        excluded.set(`${folder}/`, verdict);
        return true;
      }
    }
    return false;
  };

  const unlistable = new Map<string, Unlistable>();

  const pending = [''];
  for (let prefix = pending.pop(); prefix !== undefined; prefix = pending.pop()) {
    const folder = prefix === '' ? root : absoluteOf(root, prefix.slice(0, -1));
    const within = options.only?.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
    const limit = within && within.length > 0 && !within.includes('') ? ['--', ...within] : [];
    const list = async (...args: string[]): Promise<readonly string[]> => {
      const command = ['--literal-pathspecs', 'ls-files', '-z', ...args, ...limit];
      const listed = namesOf(
        await runGitForBytes(folder, command, {
          signal: options.signal,
          ...(options.gitLimit !== undefined && { limit: options.gitLimit }),
        }),
      );
      for (const name of listed.unnameable) unlistable.set(prefix + name, unnameable(prefix + name));
      return listed.names;
    };
    const [tracked, untracked, left] = await Promise.all([
      list('--cached'),
      list('--others', '--exclude-standard'),
      list('--others', '--ignored', '--exclude-standard', '--directory'),
    ]);
    for (const entry of tracked) {
      const file = prefix + entry;
      if (!isSafeRelativePath(file) || files.has(file)) continue;
      if (isSubmodule(root, file)) pending.push(`${file}/`);
      else files.add(file);
    }
    for (const entry of untracked) {
      const file = prefix + entry;
      if (!isSafeRelativePath(file.endsWith('/') ? file.slice(0, -1) : file) || excludedBy(file)) continue;
      // Git names a folder only when it is a repository of its own.
      if (file.endsWith('/')) {
        if (existsSync(path.join(absoluteOf(root, file.slice(0, -1)), '.git'))) pending.push(file);
      } else files.add(file);
    }
    for (const entry of left) ignored.push(prefix + entry);
  }

  if (!include.isEmpty) {
    for (const entry of ignored) {
      if (!entry.endsWith('/')) {
        if (include.match(entry) !== undefined) files.add(entry);
      } else if (include.mayMatchBelow(entry.slice(0, -1))) {
        for (const file of walkUnder(root, entry.slice(0, -1), include)) files.add(file);
      }
    }
  }
  if (!options.only) for (const path of specialFiles(root, files)) unlistable.set(path, special(path));
  return {
    files: [...files],
    ignored: ignored.filter((entry) => !files.has(entry)),
    excluded: [...excluded].map(([at, explanation]) => ({ path: at, explanation })),
    unlistable: [...unlistable.values()],
  };
}

/** Tracked, but a folder in the working tree: a submodule that is checked out when it has a `.git`. */
function isSubmodule(root: string, file: string): boolean {
  const absolute = absoluteOf(root, file);
  const stat = lstatSync(absolute, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && existsSync(path.join(absolute, '.git'));
}

/** Pipes, sockets and devices in the folders of these files: Git does not name them at all. */
function specialFiles(root: string, files: ReadonlySet<string>): string[] {
  const folders = new Set(['']);
  for (const file of files) folders.add(folderOf(file));
  return [...folders].flatMap((folder) => {
    try {
      return readdirSync(folder === '' ? root : absoluteOf(root, folder), { withFileTypes: true })
        .filter((entry) => entry.isFIFO() || entry.isSocket() || entry.isCharacterDevice() || entry.isBlockDevice())
        .map(({ name }) => (folder === '' ? name : `${folder}/${name}`));
    } catch {
      // A folder that went, or cannot be read: its files say so themselves.
      return [];
    }
  });
}
