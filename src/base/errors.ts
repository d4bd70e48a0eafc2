/** Errors of the catalogue as values: made by {@link fault}, carried by {@link LongsightError}, put into words by each client. */
import { isCancelled } from './cancellation.ts';
import { type ErrorCode, catalogue } from './error-catalogue/catalogue.ts';
import { type CodedError, type Sentence, type Words, isSentence } from './sentences.ts';
import { english } from './speaker.ts';

/** An error that a user can meet; plain data, so that it crosses processes. */
export interface UserError extends CodedError {
  readonly code: ErrorCode;
  /** For the log: the underlying error, paths, numbers. Never shown as the message. */
  readonly diagnostic?: string;
}

/** Carries a {@link UserError} through code that throws; made by {@link fault}, unpacked by {@link toUserError}. */
export class LongsightError extends Error {
  readonly userError: UserError;
  constructor(userError: UserError, options?: ErrorOptions) {
    super(`${userError.code}: ${english.error(userError).message}`, options);
    this.name = 'LongsightError';
    this.userError = userError;
  }
}

/**
 * An error of the catalogue, ready to throw.
 * @param detail what fills the message: a path, an id, or a part of a sentence made by `say`; empty where it has no gap
 * @param cause the underlying error, kept for the log
 */
export function fault(code: ErrorCode, detail: Words, cause?: unknown): LongsightError {
  const diagnostic = cause === undefined ? undefined : describe(cause);
  return new LongsightError(
    { code, values: [bounded(detail)], ...(diagnostic === undefined ? {} : { diagnostic }) },
    { cause },
  );
}

/** The message of an error as a part of another sentence, without what to do. */
export function messageOf({ code, values }: UserError): Sentence {
  return { say: catalogue[code].message, values };
}

/** Whether something that came from another process is an error of the catalogue. */
export function isUserError(value: unknown): value is UserError {
  return (
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    typeof value.code === 'string' &&
    Object.hasOwn(catalogue, value.code) &&
    'values' in value &&
    Array.isArray(value.values)
  );
}

/** What a file from anywhere says of itself may be in a detail: of bounded length, and without what steers a terminal. */
function bounded(detail: Words): Words {
  if (typeof detail === 'number') return detail;
  if (typeof detail !== 'string')
    return isSentence(detail)
      ? { ...detail, values: detail.values.map(bounded) }
      : { code: detail.code, values: detail.values.map(bounded) };
  const short = detail.length > mostDetail ? `${detail.slice(0, mostDetail)}…` : detail;
  return short.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
}

const mostDetail = 1000;

/** The catalogue's form of anything that was thrown. A cancellation is rethrown: it is no failure. */
export function toUserError(error: unknown): UserError {
  if (isCancelled(error)) throw error;
  if (error instanceof LongsightError) return error.userError;
  const system = systemFault(error);
  if (system) return system.userError;
  return fault('LS1000', error instanceof Error ? error.message : String(error), error).userError;
}

/** What the file system refused is told by the file, wherever it was met; undefined for any other error. */
function systemFault(error: unknown): LongsightError | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('path' in error) || typeof error.path !== 'string')
    return undefined;
  const code = 'code' in error ? error.code : undefined;
  const isWrite =
    ['write', 'mkdir', 'rename', 'unlink', 'rmdir', 'rm', 'copyfile', 'utime', 'ftruncate', 'fsync'].includes(
      String(error.syscall),
    ) || ['ENOSPC', 'EDQUOT', 'EROFS'].includes(String(code));
  // A program that is not there is no file that cannot be read.
  if (String(error.syscall).startsWith('spawn')) return undefined;
  return fault(isWrite ? 'LS1004' : 'LS1003', error.path, error);
}

function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

/** Whether an index cannot be written (no right, a full or failing disk), although one that is there may be read. */
export function isUnwritable(error: unknown): error is LongsightError {
  return error instanceof LongsightError && ['LS5001', 'LS5002', 'LS5006'].includes(error.userError.code);
}
