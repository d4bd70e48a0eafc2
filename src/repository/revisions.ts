/** What changed since a revision, uncommitted changes and new files included. */
import { CancelledError } from '../base/cancellation.ts';
import { fault } from '../base/errors.ts';
import { entriesOf, runGit } from './git.ts';
import { isSafeRelativePath } from './paths.ts';

/**
 * Paths relative to the root that differ between the revision and the working tree.
 * @param revision a commit, tag or branch
 * @throws LS6017 when it is none, or there is no Git; CancelledError
 */
export async function changedSince(root: string, revision: string, signal?: AbortSignal): Promise<readonly string[]> {
  try {
    if (revision.startsWith('-')) throw new Error('a revision does not begin with a hyphen');
    const commit = (await runGit(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`], { signal })).trim();
    // Plumbing: `git diff` would run the external programs that a repository may name for it.
    const [differing, untracked] = await Promise.all([
      runGit(root, ['diff-index', '--name-only', '-z', '--no-ext-diff', '--no-textconv', commit, '--'], { signal }),
      runGit(root, ['ls-files', '-z', '--others', '--exclude-standard'], { signal }),
    ]);
    return [...new Set([...entriesOf(differing), ...entriesOf(untracked)])].filter(isSafeRelativePath).sort();
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    throw fault('LS6017', revision, error);
  }
}
