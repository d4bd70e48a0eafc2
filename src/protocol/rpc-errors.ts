/** Errors across the wire: an error of the catalogue travels whole in the response's `data`, a cancellation as its own code. */
import { ResponseError } from 'vscode-jsonrpc/node';
import { CancelledError, isCancelled } from '../base/cancellation.ts';
import { LongsightError, fault, isUserError, toUserError } from '../base/errors.ts';
import { english } from '../base/speaker.ts';
import type { ErrorData } from './answers.ts';

/** JSON-RPC's free range for servers; the Language Server Protocol's number for the same thing. */
const requestCancelled = -32_800;
const requestFailed = -32_803;

/** What a handler rejects with. */
export function toResponseError(error: unknown): ResponseError<ErrorData | undefined> {
  if (isCancelled(error)) return new ResponseError(requestCancelled, 'cancelled');
  const userError = toUserError(error);
  return new ResponseError(requestFailed, `${userError.code}: ${english.error(userError).message}`, {
    error: userError,
  });
}

/** What the caller gets: a LongsightError, a CancelledError, or LS7001 when the other side is gone. */
export function fromResponseError(error: unknown): Error {
  if (error instanceof ResponseError) {
    if (error.code === requestCancelled) return new CancelledError();
    const data: unknown = error.data;
    if (isErrorData(data)) return new LongsightError(data.error, { cause: error });
  }
  const detail = error instanceof Error ? error.message : String(error);
  return fault('LS7001', detail, error);
}

function isErrorData(data: unknown): data is ErrorData {
  return typeof data === 'object' && data !== null && 'error' in data && isUserError(data.error);
}
