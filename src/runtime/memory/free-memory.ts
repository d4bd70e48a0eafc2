/**
 * How many bytes this process may still take without pushing anything out of memory: what the system could give at once,
 * what the control group around us (a container, a systemd slice) still allows, and what the process' own limit does.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import path from 'node:path';

export interface FreeMemory {
  /** Bytes that can be taken now; caches that the system would give up count as free. */
  readonly available: number;
  /** Bytes of memory there are in all under the tightest limit. */
  readonly total: number;
  /** What sets the limit, for messages. */
  readonly limit: 'machine' | 'container' | 'process' | 'adapter';
}

/** Where the numbers come from; a test puts its own in. */
export interface MemorySources {
  readonly platform: NodeJS.Platform;
  /** Text of a file; null when it is not there. */
  readonly read: (file: string) => Promise<string | null>;
  /** Output of a command; null when it cannot be run. */
  readonly run: (command: string) => Promise<string | null>;
  /** Node's own answer, bytes: what libuv knows about free memory. */
  readonly nodeAvailable: () => number;
  readonly nodeTotal: () => number;
}

const machine: MemorySources = {
  platform: process.platform,
  read: async (file) => {
    try {
      return await readFile(file, 'utf8');
    } catch {
      // Not every kernel has every file; what is not there limits nothing.
      return null;
    }
  },
  run: (command) =>
    new Promise((resolve) => {
      execFile(command, { timeout: 2000 }, (error, output) => {
        resolve(error ? null : output);
      });
    }),
  nodeAvailable: () => process.availableMemory(),
  nodeTotal: totalmem,
};

/** The tightest of the limits. */
export async function freeMemory(sources: MemorySources = machine): Promise<FreeMemory> {
  const limits = [await machineMemory(sources)];
  if (sources.platform === 'linux') {
    limits.push(...(await containerMemory(sources)));
    const process = await processMemory(sources);
    if (process) limits.push(process);
  }
  return limits.reduce((least, one) => (one.available < least.available ? one : least));
}

async function machineMemory(sources: MemorySources): Promise<FreeMemory> {
  const total = sources.nodeTotal();
  const known =
    sources.platform === 'linux'
      ? fieldOf(await sources.read('/proc/meminfo'), /^MemAvailable:\s+(\d+) kB$/m, 1024)
      : sources.platform === 'darwin'
        ? darwinAvailable(await sources.run('vm_stat'))
        : null;
  return { available: known ?? sources.nodeAvailable(), total, limit: 'machine' };
}

/**
 * macOS keeps almost nothing free: pages that hold clean copies of files or were not used for long are given up at once
 * (vm_stat(1): free, inactive, speculative, purgeable).
 */
function darwinAvailable(output: string | null): number | null {
  const page = fieldOf(output, /page size of (\d+) bytes/, 1);
  const free = fieldOf(output, /^Pages free:\s+(\d+)\.$/m, 1);
  if (output === null || page === null || free === null) return null;
  const others = [/^Pages inactive:\s+(\d+)\.$/m, /^Pages speculative:\s+(\d+)\.$/m, /^Pages purgeable:\s+(\d+)\.$/m];
  return page * others.reduce((sum, pattern) => sum + (fieldOf(output, pattern, 1) ?? 0), free);
}

/**
 * Control groups nest, and each may have a limit (cgroup v2: memory.max; v1: memory.limit_in_bytes; the kernel's
 * Documentation/admin-guide/cgroup-v2.rst). Pages of files nobody uses count as used there and are given up first.
 */
async function containerMemory({ read }: MemorySources): Promise<readonly FreeMemory[]> {
  const groups = (await read('/proc/self/cgroup')) ?? '';
  const unified = /^0::(.*)$/m.exec(groups)?.[1];
  const own = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(groups)?.[1];
  const limits: FreeMemory[] = [];
  const look = async (root: string, group: string, files: readonly [string, string, string]): Promise<void> => {
    for (let folder = path.posix.join(root, group); folder.startsWith(root); folder = path.posix.dirname(folder)) {
      const total = fieldOf(await read(path.posix.join(folder, files[0])), /^(\d+)$/m, 1);
      const used = fieldOf(await read(path.posix.join(folder, files[1])), /^(\d+)$/m, 1);
      if (total === null || used === null || total >= 2 ** 60) continue;
      const idle = fieldOf(
        await read(path.posix.join(folder, 'memory.stat')),
        new RegExp(`^${files[2]} (\\d+)$`, 'm'),
        1,
      );
      limits.push({ available: Math.max(0, total - used + (idle ?? 0)), total, limit: 'container' });
    }
  };
  if (unified !== undefined) await look('/sys/fs/cgroup', unified, ['memory.max', 'memory.current', 'inactive_file']);
  if (own !== undefined)
    await look('/sys/fs/cgroup/memory', own, ['memory.limit_in_bytes', 'memory.usage_in_bytes', 'total_inactive_file']);
  return limits;
}

/** `ulimit -v`: the address space, of which mapped weights and reserved buffers take their part too. */
async function processMemory({ read }: MemorySources): Promise<FreeMemory | null> {
  const total = fieldOf(await read('/proc/self/limits'), /^Max address space\s+(\d+)/m, 1);
  const used = fieldOf(await read('/proc/self/status'), /^VmSize:\s+(\d+) kB$/m, 1024);
  return total === null || used === null ? null : { available: Math.max(0, total - used), total, limit: 'process' };
}

function fieldOf(text: string | null, pattern: RegExp, unit: number): number | null {
  const found = text === null ? null : pattern.exec(text)?.[1];
  return found === undefined || found === null ? null : Number(found) * unit;
}
