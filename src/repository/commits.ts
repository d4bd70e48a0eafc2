/** What commits say that they did, and which files they changed. */
import { CancelledError } from '../base/cancellation.ts';
import { GitError, runGit } from './git.ts';
import { isSafeRelativePath } from './paths.ts';

export interface CommitChange {
  readonly id: string;
  /** The first line of its message. */
  readonly subject: string;
  readonly paths: readonly string[];
}

/** The last commits that are no merges, newest first; empty where there is no Git. @throws CancelledError */
export async function recentCommits(root: string, most: number, signal?: AbortSignal): Promise<CommitChange[]> {
  try {
    // Two separators that no path and no subject can hold.
    const output = await runGit(
      root,
      ['log', '--no-merges', '--no-renames', '-z', '--name-only', `--max-count=${most}`, '--format=%x01%H%x02%s%x02'],
      { signal },
    );
    return output
      .split('\u0001')
      .slice(1)
      .flatMap((entry): CommitChange[] => {
        const [id, subject, names] = entry.split('\u0002');
        if (id === undefined || subject === undefined || names === undefined) return [];
        const paths = names
          .split('\0')
          .map((name) => name.replace(/^\n+/, ''))
          .filter((name) => name !== '' && isSafeRelativePath(name));
        return [{ id, subject, paths }];
      });
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    if (error instanceof GitError) return [];
    throw error;
  }
}
