/** From a folder to the repository it belongs to: the nearest folder above with a `.git`, or the folder itself. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { fault } from '../base/errors.ts';

export interface RepositoryLocation {
  /** Absolute, symbolic links resolved, so that one repository has one index whichever way it is reached. */
  readonly root: string;
  /** Whether the root holds a `.git` folder or file (a linked worktree or submodule has a file). */
  readonly git: boolean;
}

/**
 * @param folder absolute or relative to the working directory
 * @throws LS4001 when there is no such folder, LS4002 for a bare repository, which has no files
 */
export function findRepository(folder: string): RepositoryLocation {
  let start: string;
  try {
    start = realpathSync(path.resolve(folder));
    if (!statSync(start).isDirectory()) throw new Error('not a folder');
  } catch (error) {
    throw fault('LS4001', path.resolve(folder), error);
  }
  for (let at = start; ; at = path.dirname(at)) {
    if (existsSync(path.join(at, '.git'))) return { root: at, git: true };
    if (isBare(at)) throw fault('LS4002', at);
    if (path.dirname(at) === at) return { root: start, git: false };
  }
}

/** Git's own sign of its database (gitrepository-layout): HEAD beside the folders objects and refs. */
function isBare(folder: string): boolean {
  return ['HEAD', 'objects', 'refs'].every((name) => existsSync(path.join(folder, name)));
}
