/** Structured logging: one line of JSON a record, to standard error or to whoever receives the records (VS Code's log channel). */
import { pino } from 'pino';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** What every room logs through; fields first, as in pino. Never log repository text or question text above `debug`. */
export interface Logger {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  trace(fields: object, message: string): void;
  child(bindings: Record<string, unknown>): Logger;
}

/** A logger whose records go to `write`, one JSON line each. `level` is the least severe one that is kept. */
export function createLogger(level: LogLevel | 'silent', write: (line: string) => void): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write });
}

/** A logger that keeps nothing; for tests and for libraries that must have one. */
export const silentLogger: Logger = pino({ level: 'silent' });
