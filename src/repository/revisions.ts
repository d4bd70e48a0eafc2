/** What changed since a revision, uncommitted changes and new files included. */
import { CancelledError } from '../base/cancellation.ts';
import { fault } from '../base/errors.ts';
import { entriesOf, runGit, runGitForBytes, withoutFilters } from './git.ts';
import { isSafeRelativePath } from './paths.ts';

/**
 * Paths relative to the root that differ between the revision and the working tree.
 * @param revision a commit, tag or branch
 * @throws LS6017 when it is none, or there is no Git; CancelledError
 */
export async function changedSince(root: string, revision: string, signal?: AbortSignal): Promise<readonly string[]> {
  try {
    if (revision.startsWith('-')) throw new Error('a revision does not begin with a hyphen');
    const commit = (
      await runGit(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`], { signal })
    ).trim();
    // Comparing files that were touched runs the programs a repository names for it, but for these options and for the filters,
    // which are switched off one by one. Looking into submodules would start Git there without our guards.
    const quiet = ['--no-ext-diff', '--no-textconv', '--ignore-submodules=dirty'];
    const configuration = await withoutFilters(root, signal);
    const [differing, untracked] = await Promise.all([
      runGit(root, ['diff-index', '--name-only', '-z', ...quiet, commit, '--'], { signal, configuration }),
      runGit(root, ['ls-files', '-z', '--others', '--exclude-standard'], { signal }),
    ]);
    return [...new Set([...entriesOf(differing), ...entriesOf(untracked)])].filter(isSafeRelativePath).sort();
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    throw fault('LS6017', revision, error);
  }
}

/**
 * Files as they were at a revision, the paths given that were files then; links are left out.
 * @throws LS6017 when it is none, or there is no Git; CancelledError
 */
export async function filesAt(
  root: string,
  revision: string,
  paths: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Buffer>> {
  try {
    if (revision.startsWith('-')) throw new Error('a revision does not begin with a hyphen');
    const listed = entriesOf(
      await runGit(root, ['ls-tree', '-r', '-z', '--full-tree', `${revision}^{commit}`], { signal }),
    );
    const wanted = listed.flatMap((entry) => {
      const [, id, path] = /^100\d{3} blob ([0-9a-f]+)\t([^]+)$/.exec(entry) ?? [];
      return id !== undefined && path !== undefined && paths.has(path) && isSafeRelativePath(path)
        ? [{ id, path }]
        : [];
    });
    if (wanted.length === 0) return new Map();
    const input = wanted.map(({ id }) => `${id}\n`).join('');
    const output = await runGitForBytes(root, ['cat-file', '--batch'], { input, signal });
    const files = new Map<string, Buffer>();
    let at = 0;
    for (const { path } of wanted) {
      // `<id> blob <size>`, a line feed, the bytes, a line feed; `<id> missing` where a partial clone does not have it.
      const end = output.indexOf(10, at);
      const size = /^[0-9a-f]+ blob (\d+)$/.exec(output.toString('latin1', at, end))?.[1];
      at = end + 1;
      if (size === undefined) continue;
      files.set(path, output.subarray(at, at + Number(size)));
      at += Number(size) + 1;
    }
    return files;
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    throw fault('LS6017', revision, error);
  }
}
