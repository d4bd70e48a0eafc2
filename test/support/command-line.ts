/** Runs the built command line as a child process, the way a user does. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const entry = path.join(root, 'dist/longsight.mjs');

export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  /** LONGSIGHT_HOME. */
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Sends the signal as soon as it returns true for what was written so far. */
  readonly interruptWhen?: (written: { stdout: string; stderr: string }) => boolean;
  /** Sends the signal after this many milliseconds. */
  readonly interruptAfterMs?: number;
  readonly interrupt?: NodeJS.Signals;
}

/** Runs one command to its end. No model is fetched unless the options allow the network. */
export async function longsight(args: readonly string[], options: RunOptions): Promise<Run> {
  if (!existsSync(entry)) throw new Error('dist/ is not built: run "npm run build" first');
  const child = spawn(process.execPath, [entry, ...args], {
    cwd: options.cwd,
    env: {
      ...process.env,
      LONGSIGHT_MODEL: '',
      LONGSIGHT_OFFLINE: '1',
      NO_COLOR: '1',
      LONGSIGHT_HOME: options.home,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let interrupted = false;
  const interrupt = (): void => {
    if (!interrupted) child.kill(options.interrupt ?? 'SIGINT');
    interrupted = true;
  };
  const look = (): void => {
    if (options.interruptWhen?.({ stdout, stderr })) interrupt();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    look();
  });
  const timer = options.interruptAfterMs === undefined ? undefined : setTimeout(interrupt, options.interruptAfterMs);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr });
    });
  });
}
