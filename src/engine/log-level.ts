/** How much the engine process logs. */
import type { LogLevel } from '../base/logging.ts';

const levels = ['error', 'warn', 'info', 'debug', 'trace'] as const;

/** LONGSIGHT_LOG, else `info`: the door's log channel has a level of its own and filters further. */
export function logLevelOf(environment: Readonly<Record<string, string | undefined>>): LogLevel {
  return levels.find((level) => level === environment.LONGSIGHT_LOG) ?? 'info';
}
