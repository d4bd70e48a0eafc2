/** Results: what crosses a boundary (RPC, worker, command line) is a value or an error of the catalogue, never an exception. */
import { type UserError, toUserError } from './errors.ts';

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: UserError };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function failed(error: UserError): Result<never> {
  return { ok: false, error };
}

/** Runs the work and turns whatever it throws, but for a cancellation, into an error of the catalogue. */
export async function capture<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (error) {
    return failed(toUserError(error));
  }
}
