/** File system errors of the cache folder as errors of the catalogue, and the check for free space before a download. */
import { statfs } from 'node:fs/promises';
import { LongsightError, fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function hasCode(error: unknown, code: string): boolean {
  return codeOf(error) === code;
}

/** The catalogue's error for a full disk or a folder that cannot be written; undefined for every other error. */
export function storageFault(error: unknown, place: string): LongsightError | undefined {
  if (error instanceof LongsightError) return ['LS2005', 'LS2006'].includes(error.userError.code) ? error : undefined;
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return fault('LS2005', place, error);
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
    case 'ENOTDIR':
      return fault('LS2006', place, error);
    case 'ENOENT':
      // What Node says when it cannot make the first of several folders on a disk that is mounted read-only.
      return error instanceof Error && 'syscall' in error && error.syscall === 'mkdir'
        ? fault('LS2006', place, error)
        : undefined;
    default:
      return undefined;
  }
}

/** @throws LS2005 when the disk of `folder` has less than `needed` bytes free */
export async function requireSpace(folder: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free < needed)
    throw fault('LS2005', say('{0} are needed and {1} are free in {2}', megabytes(needed), megabytes(free), folder));
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
