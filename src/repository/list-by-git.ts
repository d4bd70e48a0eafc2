/** Lists a repository's files as Git sees them: tracked ones and untracked ones that no ignore rule names, submodules included. */
import { existsSync, lstatSync } from 'node:fs';
import path from 'node:path';
import type { Globs } from './globs.ts';
import { entriesOf, runGit } from './git.ts';
import { defaultExclude } from './default-excludes.ts';
import type { Listing } from './listing.ts';
import { absoluteOf, isSafeRelativePath } from './paths.ts';
import { walkUnder } from './list-by-walking.ts';

/**
 * @param include globs of files that are wanted although an ignore rule names them
 * @param only limits the listing to these paths (files or folders); left out: all
 * @throws GitError, CancelledError
 */
export async function listByGit(
  root: string,
  include: Globs,
  options: { readonly only?: readonly string[]; readonly signal?: AbortSignal | undefined } = {},
): Promise<Listing> {
  const files = new Set<string>();
  const ignored: string[] = [];
  const excluded = new Map<string, string>();
  const verdicts = new Map<string, string | undefined>();

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

  const pending = [''];
  for (let prefix = pending.pop(); prefix !== undefined; prefix = pending.pop()) {
    const folder = prefix === '' ? root : absoluteOf(root, prefix.slice(0, -1));
    const within = options.only?.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
    const limit = within && within.length > 0 && !within.includes('') ? ['--', ...within] : [];
    const list = (...args: string[]): Promise<string> =>
      runGit(folder, ['--literal-pathspecs', 'ls-files', '-z', ...args, ...limit], { signal: options.signal });
    const [tracked, untracked, left] = await Promise.all([
      list('--cached'),
      list('--others', '--exclude-standard'),
      list('--others', '--ignored', '--exclude-standard', '--directory'),
    ]);
    for (const entry of entriesOf(tracked)) {
      const file = prefix + entry;
      if (!isSafeRelativePath(file) || files.has(file)) continue;
      if (isSubmodule(root, file)) pending.push(`${file}/`);
      else files.add(file);
    }
    for (const entry of entriesOf(untracked)) {
      const file = prefix + entry;
      if (!isSafeRelativePath(file.endsWith('/') ? file.slice(0, -1) : file) || excludedBy(file)) continue;
      // Git names a folder only when it is a repository of its own.
      if (file.endsWith('/')) {
        if (existsSync(path.join(absoluteOf(root, file.slice(0, -1)), '.git'))) pending.push(file);
      } else files.add(file);
    }
    for (const entry of entriesOf(left)) ignored.push(prefix + entry);
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
  return {
    files: [...files],
    ignored: ignored.filter((entry) => !files.has(entry)),
    excluded: [...excluded].map(([at, explanation]) => ({ path: at, explanation })),
  };
}

/** Tracked, but a folder in the working tree: a submodule that is checked out when it has a `.git`. */
function isSubmodule(root: string, file: string): boolean {
  const absolute = absoluteOf(root, file);
  const stat = lstatSync(absolute, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && existsSync(path.join(absolute, '.git'));
}
