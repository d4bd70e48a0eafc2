/** Runs pip or mvn: no shell, no questions asked, killed with its own children when the caller cancels. */
import { spawn } from 'node:child_process';
import { CancelledError } from '../../base/cancellation.ts';
import { hasCode } from '../store/storage-faults.ts';

export interface Outcome {
  readonly code: number | null;
  /** Standard output and standard error, the last 64 kB. */
  readonly output: string;
}

const keptCharacters = 64_000;
const graceMs = 2000;

/**
 * @returns undefined when there is no such program
 * @throws CancelledError once the signal is aborted, after the process has been told to stop
 */
export async function runProgram(
  command: readonly string[],
  options: {
    readonly cwd: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Outcome | undefined> {
  const { signal } = options;
  if (signal?.aborted) throw new CancelledError();
  const [program = '', ...args] = command;
  const windows = process.platform === 'win32';
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that what the program started ends with it.
      detached: !windows,
      windowsHide: true,
    });
    let output = '';
    const collect = (bytes: Buffer): void => {
      output = (output + bytes.toString('utf8')).slice(-keptCharacters);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const stop = (how: NodeJS.Signals): void => {
      if (child.pid === undefined || child.exitCode !== null) return;
      try {
        if (windows) child.kill(how);
        else process.kill(-child.pid, how);
      } catch (error) {
        // ESRCH: it ended in this very moment.
        if (!hasCode(error, 'ESRCH')) reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    let timer: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      stop('SIGTERM');
      timer = setTimeout(() => {
        stop('SIGKILL');
      }, graceMs);
    };
    // A program must not outlive us when we are the ones who end.
    const onExit = (): void => {
      stop('SIGKILL');
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    process.once('exit', onExit);
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      process.removeListener('exit', onExit);
    };
    child.on('error', (error) => {
      settle();
      if (hasCode(error, 'ENOENT')) resolve(undefined);
      else reject(error);
    });
    child.on('close', (code) => {
      settle();
      if (signal?.aborted) reject(new CancelledError());
      else resolve({ code, output });
    });
  });
}
