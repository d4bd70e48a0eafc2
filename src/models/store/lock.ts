/**
 * A lock between processes: an SQLite file opened exclusively, so that the operating system itself lets go of it when the
 * holder dies, however it dies.
 */
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { throwIfCancelled } from '../../base/cancellation.ts';
import { type Disposable, toDisposable } from '../../base/disposable.ts';

const pollMs = 100;

/**
 * Waits for the lock.
 * @param file made when it is missing, never removed: removing it would let two holders in
 * @param patienceMs how long to wait; undefined comes back when it was not free by then
 */
export async function acquireLock(
  file: string,
  patienceMs: number,
  signal?: AbortSignal,
): Promise<Disposable | undefined> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    throwIfCancelled(signal);
    const held = tryLock(file);
    if (held) return held;
    if (performance.now() >= deadline) return undefined;
    await delay(pollMs);
  }
}

function tryLock(file: string): Disposable | undefined {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return toDisposable(() => {
    database.close();
  });
}

const sqliteBusy = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy;
}
