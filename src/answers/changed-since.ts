/** Which files differ from a revision: committed since, changed, or not yet known to Git. */
import { fault } from '../base/errors.ts';
import { GitError, runGit } from '../repository/git.ts';

/**
 * Paths relative to the repository, deleted ones left out.
 * @throws LS6017 when the folder is no repository or the revision is unknown
 */
export async function changedSince(
  repositoryRoot: string,
  revision: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  // A revision that begins with a dash would be an option.
  if (revision.startsWith('-') || revision.trim() === '') throw fault('LS6017', revision);
  try {
    const commit = (
      await runGit(repositoryRoot, ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`], { signal })
    ).trim();
    const changed = await runGit(
      repositoryRoot,
      ['diff', '--name-only', '--diff-filter=d', '--no-ext-diff', '--no-textconv', '--relative', '-z', commit, '--'],
      { signal },
    );
    const untracked = await runGit(repositoryRoot, ['ls-files', '--others', '--exclude-standard', '-z'], { signal });
    return new Set([...changed.split('\0'), ...untracked.split('\0')].filter((path) => path !== ''));
  } catch (error) {
    if (error instanceof GitError) throw fault('LS6017', revision, error);
    throw error;
  }
}
