/**
 * The one catalogue of what can go wrong for a user: a number, a sentence on what happened and one on what to do.
 *
 * Numbers are for ever: 1xxx the doors (command line, settings), 2xxx models, 3xxx the decoder and embedder, 4xxx the
 * repository, 5xxx the index, 6xxx search and answers, 7xxx the engine process, 8xxx the editor.
 */
import { isCancelled } from './cancellation.ts';

interface Entry {
  readonly message: (detail: string) => string;
  readonly hint: string;
}

const entry = (message: (detail: string) => string, hint: string): Entry => ({ message, hint });

export const catalogue = {
  LS1000: entry((d) => `Longsight failed in a way it does not know: ${d}`, 'Run again with LONGSIGHT_LOG=debug and report the log.'),
  LS1001: entry((d) => `This Node is too old: ${d}.`, 'Longsight needs Node 22.16 or later; in a checkout use "npm run longsight --", which brings its own.'),
  LS1002: entry((d) => `That is not a valid value: ${d}.`, 'See --help for what is accepted.'),
  LS2001: entry((d) => `The model "${d}" is not on this machine.`, 'Get it with "longsight models get <id>", or pick another with "longsight models list".'),
  LS4001: entry((d) => `There is no folder at ${d}.`, 'Give an existing folder with --repository.'),
  LS7001: entry((d) => `The engine stopped working: ${d}`, 'It is started again by itself; if it keeps stopping, see the log.'),
} as const satisfies Record<`LS${number}`, Entry>;

export type ErrorCode = keyof typeof catalogue;

/** An error as a user sees it; plain data, so that it crosses processes. */
export interface UserError {
  readonly code: ErrorCode;
  /** What happened, one sentence. */
  readonly message: string;
  /** What to do now, one sentence. */
  readonly hint: string;
  /** For the log: the underlying error, paths, numbers. Never shown as the message. */
  readonly diagnostic?: string;
}

/** Carries a {@link UserError} through code that throws; made by {@link fault}, unpacked by {@link toUserError}. */
export class LongsightError extends Error {
  readonly userError: UserError;
  constructor(userError: UserError, options?: ErrorOptions) {
    super(`${userError.code}: ${userError.message}`, options);
    this.name = 'LongsightError';
    this.userError = userError;
  }
}

/**
 * An error of the catalogue, ready to throw.
 * @param detail what fills the sentence: a path, an id, a number with its unit
 * @param cause the underlying error, kept for the log
 */
export function fault(code: ErrorCode, detail: string, cause?: unknown): LongsightError {
  const { message, hint } = catalogue[code];
  const diagnostic = cause === undefined ? undefined : describe(cause);
  return new LongsightError({ code, message: message(detail), hint, ...(diagnostic === undefined ? {} : { diagnostic }) }, { cause });
}

/** The catalogue's form of anything that was thrown. A cancellation is rethrown: it is no failure. */
export function toUserError(error: unknown): UserError {
  if (isCancelled(error)) throw error;
  if (error instanceof LongsightError) return error.userError;
  return fault('LS1000', error instanceof Error ? error.message : String(error), error).userError;
}

function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
