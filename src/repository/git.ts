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

/** Milliseconds; the files of the largest repositories are listed within a few seconds. */
const usualLimit = 30_000;

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
    /** Milliseconds that it may take. */
    readonly limit?: number;
    /** Configuration that outranks the repository's. */
    readonly configuration?: readonly (readonly [key: string, value: string])[];
  } = {},
): Promise<string> {
  return (await runGitForBytes(folder, args, options)).toString('utf8');
}

/** As {@link runGit}; names in a listing may be bytes that are no UTF-8. */
export async function runGitForBytes(
  folder: string,
  args: readonly string[],
  options: Parameters<typeof runGit>[2] = {},
): Promise<Buffer> {
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
  const limit = options.limit ?? usualLimit;
  let timer: NodeJS.Timeout | undefined;
  const status = await new Promise<number | null>((resolve, reject) => {
    timer = setTimeout(() => {
      child.kill('SIGKILL');
      // What Git started itself may hold the pipes open after it.
      for (const stream of [child.stdout, child.stderr, child.stdin]) stream.destroy();
      reject(new GitError(`it gave no answer within ${limit / 1000} s`, null));
    }, limit);
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.name === 'AbortError') reject(new CancelledError());
      else reject(new GitError(error.code === 'ENOENT' ? 'not found' : error.message, null, { cause: error }));
    });
    child.on('close', resolve);
  }).finally(() => {
    clearTimeout(timer);
  });
  if (status === 0 || (status !== null && options.accept?.includes(status))) return Buffer.concat(output);
  const firstLine = Buffer.concat(errors).toString('utf8').split('\n')[0] ?? '';
  throw new GitError(firstLine || `exit status ${status ?? 'none'}`, status);
}

/** The entries of a `-z` listing. */
export function entriesOf(output: string): string[] {
  const entries = output.split('\0');
  if (entries.at(-1) === '') entries.pop();
  return entries;
}

/** Configuration that leaves every filter (`filter.<name>.clean` and its kin) without a program. */
export async function withoutFilters(
  root: string,
  signal: AbortSignal | undefined,
): Promise<(readonly [string, string])[]> {
  const keys = await runGit(root, ['config', '--name-only', '-z', '--get-regexp', '^filter\\.'], {
    signal,
    accept: [1],
  });
  return entriesOf(keys).map((key) => [key, key.toLowerCase().endsWith('.required') ? 'false' : ''] as const);
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** The entries of a `-z` listing as names, and those that are no UTF-8 in a form that can be shown. */
export function namesOf(output: Buffer): { readonly names: string[]; readonly unnameable: string[] } {
  const names: string[] = [];
  const unnameable: string[] = [];
  for (let start = 0; start < output.length;) {
    const zero = output.indexOf(0, start);
    const end = zero < 0 ? output.length : zero;
    const name = output.subarray(start, end);
    const text = nameOf(name);
    if (text === undefined) unnameable.push(shownName(name));
    else names.push(text);
    start = end + 1;
  }
  return { names, unnameable };
}

/** A file's name; undefined when its bytes are no UTF-8, so that no path of text leads to it. */
export function nameOf(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** A name that is no UTF-8, its other bytes as `\xNN`. */
export function shownName(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
}
