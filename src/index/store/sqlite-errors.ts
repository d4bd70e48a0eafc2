/** From SQLite's result codes to errors of the catalogue. */
import { statfsSync } from 'node:fs';
import path from 'node:path';
import { LongsightError, fault } from '../../base/errors.ts';

/** Bytes: with less free no page of a log or of shared memory fits. */
const nothingFree = 64 * 1024;

/** Primary result codes, https://www.sqlite.org/rescode.html. */
export const sqliteCode = {
  error: 1,
  permission: 3,
  busy: 5,
  locked: 6,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  schema: 17,
  tooBig: 18,
  constraint: 19,
  mismatch: 20,
  notADatabase: 26,
} as const;

/** The primary result code of an error of node:sqlite; undefined for any other error. */
export function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}

const unwritable = new Set(['EACCES', 'EROFS', 'EPERM', 'ENOTDIR', 'EEXIST', 'ENOENT']);

/**
 * Whether the file's content is damaged, as against unreachable. Our statements are fixed and their values checked: a missing
 * table, a broken constraint or a value of another kind can only come from a file that is not as it was written.
 */
export function isDamage(error: unknown): boolean {
  const code = primaryCode(error);
  return code !== undefined && damage.has(code);
}

const damage: ReadonlySet<number> = new Set([
  sqliteCode.error,
  sqliteCode.corrupt,
  sqliteCode.schema,
  sqliteCode.tooBig,
  sqliteCode.constraint,
  sqliteCode.mismatch,
  sqliteCode.notADatabase,
]);

/** The catalogue's form of what SQLite, or the file system under it, reported; other errors come back as they are. */
export function indexFault(error: unknown, file: string): unknown {
  if (error instanceof LongsightError) return error;
  if (isDamage(error)) return fault('LS5003', file, error);
  switch (primaryCode(error)) {
    case sqliteCode.permission:
    case sqliteCode.readOnly:
    case sqliteCode.cannotOpen:
      return fault('LS5001', file, error);
    case sqliteCode.full:
      return fault('LS5002', file, error);
    case sqliteCode.io:
      // Files of shared memory that cannot grow are reported as an error of the disk.
      return fault(isFull(file) ? 'LS5002' : 'LS5006', file, error);
    case sqliteCode.busy:
    case sqliteCode.locked:
      return fault('LS5005', file, error);
    case undefined:
      break;
    default:
      return fault('LS5006', file, error);
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && unwritable.has(code)) return fault('LS5001', file, error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return fault('LS5002', file, error);
  // Of the file system, as against a fault of ours.
  if (typeof code === 'string' && /^(ERR_FS_)?E[A-Z0-9]+$/.test(code)) return fault('LS5006', file, error);
  return error;
}

function isFull(file: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(path.dirname(file));
    return bavail * bsize < nothingFree;
  } catch {
    return false;
  }
}
