/** A real Git repository in a folder of a test: each commit is made of files and a message, on a day of its own. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface GitFolder {
  /** Runs Git there and gives back what it says. */
  readonly git: (...args: readonly string[]) => string;
  /** Writes the files, commits them, and gives back the commit's id. @param day `2020-01-31` */
  readonly commit: (files: Readonly<Record<string, string>>, message: string, day?: string) => string;
}

export function gitFolder(root: string): GitFolder {
  const run = (args: readonly string[], day: string): string =>
    execFileSync(
      'git',
      ['-c', 'user.name=Test', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false', ...args],
      {
        cwd: root,
        encoding: 'utf8',
        env: { ...process.env, GIT_AUTHOR_DATE: `${day}T12:00:00Z`, GIT_COMMITTER_DATE: `${day}T12:00:00Z` },
      },
    ).trim();
  const git = (...args: readonly string[]): string => run(args, '2020-01-01');
  git('init', '-q');
  return {
    git,
    commit: (files, message, day = '2020-01-01') => {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
        writeFileSync(path.join(root, name), text);
      }
      run(['add', '-A'], day);
      run(['commit', '-q', '-m', message], day);
      return run(['rev-parse', 'HEAD'], day);
    },
  };
}
