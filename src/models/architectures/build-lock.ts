/** One process at a time builds a model's graphs: a lock file that names its owner and dies with it. */
import { open, readFile, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfCancelled } from '../../base/cancellation.ts';

const pollMs = 200;
/** A lock without a readable owner is being written this moment, unless it is this old. */
const graceMs = 5000;

/** Runs the work while holding the lock; waits for another process that holds it, and takes over from one that died. */
export async function withBuildLock<T>(file: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  while (!(await tryLock(file))) {
    throwIfCancelled(signal);
    await sleep(pollMs);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

/** Whether a process of that id runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function tryLock(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    await handle.writeFile(String(process.pid));
    await handle.close();
    return true;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
    if (await isAbandoned(file)) await rm(file, { force: true });
    return false;
  }
}

async function isAbandoned(file: string): Promise<boolean> {
  try {
    const owner = Number(await readFile(file, 'utf8'));
    if (owner > 0) return !isAlive(owner);
    return Date.now() - (await stat(file)).mtimeMs > graceMs;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
