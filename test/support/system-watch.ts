/**
 * What processes do outside of their own folders, as the system sees it: sockets that lead to other machines, and files that are
 * written. Native libraries, threads and child processes are seen too. It needs strace, which is for Linux alone.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';

const tool = 'strace';
const network = ['socket', 'connect', 'sendto', 'sendmsg', 'sendmmsg', 'bind'];
const writing = [
  ...['open', 'openat', 'openat2', 'creat', 'truncate', 'mkdir', 'mkdirat', 'mknod', 'mknodat'],
  ...['rename', 'renameat', 'renameat2', 'link', 'linkat', 'symlink', 'symlinkat', 'unlink', 'unlinkat', 'rmdir'],
];

/** The program and its arguments that run what follows them and write what it does to `log`. */
export function watchedBy(log: string): readonly string[] {
  return [
    tool,
    '-f',
    '-qq',
    '-s',
    '400',
    '--seccomp-bpf',
    '-e',
    `trace=${[...network, ...writing].join(',')}`,
    '-o',
    log,
  ];
}

/** The same for a process that runs already. */
export function watchProcess(pid: number, log: string): readonly string[] {
  return [
    tool,
    '-f',
    '-qq',
    '-s',
    '400',
    '-e',
    `trace=${[...network, ...writing].join(',')}`,
    '-o',
    log,
    '-p',
    String(pid),
  ];
}

/** Why nothing can be watched here; null when it can. */
export function unwatchable(): string | null {
  if (process.platform !== 'linux') return `needs ${tool}, which ${process.platform} does not have`;
  const { status, error } = spawnSync(tool, ['-f', '--seccomp-bpf', '-o', '/dev/null', 'true']);
  if (error) return `needs ${tool}: apt-get install ${tool}`;
  return status === 0 ? null : `${tool} may not trace here`;
}

/** True when processes can be watched; else the test is skipped by name, but where CI is set it fails. */
export function requireWatch(t: TestContext): boolean {
  const reason = unwatchable();
  if (reason === null) return true;
  if (process.env['CI']) throw new Error(reason);
  t.skip(reason);
  return false;
}

export interface Seen {
  /** System calls for sockets of any kind but those between a process and its own children. */
  readonly sockets: readonly string[];
  /** System calls that made, changed or removed a file outside of the folders; a failed one counts too. */
  readonly writes: readonly string[];
}

/** What the log tells of. @param folders where writing is allowed */
export function seenIn(log: string, folders: readonly string[]): Seen {
  const allowed = folders.flatMap((folder) => [path.resolve(folder), realpathSync(folder)]);
  const calls = wholeCalls(readFileSync(log, 'utf8'));
  return {
    sockets: calls
      .filter(({ name, text }) => network.includes(name) && leavesProcess(name, text))
      .map(({ text }) => text),
    writes: calls
      .filter(({ name, text }) => writing.includes(name) && changes(name, text, allowed))
      .map(({ text }) => text),
  };
}

interface Call {
  readonly name: string;
  readonly text: string;
}

/** The beginning of a call that another thread interrupted holds all that is asked of it here: its arguments. */
function wholeCalls(log: string): readonly Call[] {
  return log.split('\n').flatMap((line) => {
    const found = /^\d+ +((\w+)\(.*)$/.exec(line);
    return found?.[1] !== undefined && found[2] !== undefined ? [{ name: found[2], text: found[1] }] : [];
  });
}

/** Sending over a socket that is there already is seen by how it came to be there. */
function leavesProcess(name: string, text: string): boolean {
  if (name === 'socket') return true;
  return (name === 'connect' || name.startsWith('send') || name === 'bind') && /sa_family=AF_/.test(text);
}

const quoted = /"((?:[^"\\]|\\.)*)"/g;
/** Devices are no files of anybody's; a process writes of itself in /proc. */
const system = ['/dev', '/proc/self'];

function changes(name: string, text: string, allowed: readonly string[]): boolean {
  if (name.startsWith('open') && !/O_WRONLY|O_RDWR|O_CREAT|O_TRUNC/.test(text)) return false;
  const paths = [...text.matchAll(quoted)].map(([, found = '']) => found);
  // A link's target and the old name of what is renamed are places as well.
  return paths.some((at) => path.isAbsolute(at) && ![...allowed, ...system].some((folder) => isWithin(folder, at)));
}

function isWithin(folder: string, at: string): boolean {
  const relative = path.relative(folder, path.resolve(at));
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
}
