/** From SQLite's result codes to errors of the catalogue. */
import { LongsightError, fault } from '../../base/errors.ts';

/** Primary result codes, https://www.sqlite.org/rescode.html. */
export const sqliteCode = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

/** The primary result code of an error of node:sqlite; undefined for any other error. */
export function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}

const unwritable = new Set(['EACCES', 'EROFS', 'EPERM', 'ENOTDIR', 'EEXIST', 'ENOENT']);

/** Whether the file's content is damaged, as against unreachable. */
export function isDamage(error: unknown): boolean {
  const code = primaryCode(error);
  return code === sqliteCode.corrupt || code === sqliteCode.notADatabase;
}

/** The catalogue's form of what SQLite, or the file system under it, reported; other errors come back as they are. */
export function indexFault(error: unknown, file: string): unknown {
  if (error instanceof LongsightError) return error;
  switch (primaryCode(error)) {
    case sqliteCode.readOnly:
    case sqliteCode.cannotOpen:
      return fault('LS5001', file, error);
    case sqliteCode.full:
      return fault('LS5002', file, error);
    case sqliteCode.io:
      return fault('LS5006', file, error);
    case sqliteCode.corrupt:
    case sqliteCode.notADatabase:
      return fault('LS5003', file, error);
    case sqliteCode.busy:
    case sqliteCode.locked:
      return fault('LS5005', file, error);
    default:
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && unwritable.has(code)) return fault('LS5001', file, error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return fault('LS5002', file, error);
  return error;
}
