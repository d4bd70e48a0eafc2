/** Runs Git without a shell and so that nothing a repository configures can start a program, open a socket or write. */
import { spawn } from 'node:child_process';
import { CancelledError } from '../base/cancellation.ts';

/** Git is missing, or refused (not a repository, dubious ownership, a damaged index). `reason` is Git's own first line. */
export class GitError extends Error {
  readonly reason: string;
  readonly status: number | null;
  constructor(reason: string, status: number | null, options?: ErrorOptions) {
    super(`git: ${reason}`, options);
    this.name = 'GitError';
    this.reason = reason;
    this.status = status;
  }
}

// Hooks, the file-system monitor and pagers are the ways by which reading commands start programs named in a repository.
const guards = [
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.quotepath=off',
  '-c',
  'core.hooksPath=/dev/null',
  '--no-pager',
];

function environment(configuration: readonly (readonly [string, string])[]): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  return {
    ...Object.fromEntries(kept),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    // A partial clone must not fetch because somebody lists its files.
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    LC_ALL: 'C',
    // By environment, for a key may hold an equals sign, at which `-c` would cut it.
    GIT_CONFIG_COUNT: String(configuration.length),
    ...Object.fromEntries(
      configuration.flatMap(([key, value], i) => [
        [`GIT_CONFIG_KEY_${i}`, key],
        [`GIT_CONFIG_VALUE_${i}`, value],
      ]),
    ),
  };
}

/**
 * Runs `git <args>` in the folder and gives back its standard output.
 * @param accept exit statuses that are answers (`check-ignore` says "no" with 1)
 * @throws GitError when Git is missing or leaves with another status
 * @throws CancelledError when the signal is aborted; the process is killed
 */
export async function runGit(
  folder: string,
  args: readonly string[],
  options: {
    readonly input?: string;
    readonly accept?: readonly number[];
    readonly signal?: AbortSignal | undefined;
    /** Configuration that outranks the repository's. */
    readonly configuration?: readonly (readonly [key: string, value: string])[];
  } = {},
): Promise<string> {
  // `--work-tree` outranks a `core.worktree` in the repository's configuration, which could point anywhere.
  const child = spawn('git', [...guards, `--work-tree=${folder}`, ...args], {
    cwd: folder,
    env: environment(options.configuration ?? []),
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => output.push(data));
  child.stderr.on('data', (data: Buffer) => errors.push(data));
  // A command that leaves without reading its input breaks the pipe; its exit status says all there is to say.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.name === 'AbortError') reject(new CancelledError());
      else reject(new GitError(error.code === 'ENOENT' ? 'not found' : error.message, null, { cause: error }));
    });
    child.on('close', resolve);
  });
  if (status === 0 || (status !== null && options.accept?.includes(status)))
    return Buffer.concat(output).toString('utf8');
  const firstLine = Buffer.concat(errors).toString('utf8').split('\n')[0] ?? '';
  throw new GitError(firstLine || `exit status ${status ?? 'none'}`, status);
}

/** The entries of a `-z` listing. */
export function entriesOf(output: string): string[] {
  const entries = output.split('\0');
  if (entries.at(-1) === '') entries.pop();
  return entries;
}
