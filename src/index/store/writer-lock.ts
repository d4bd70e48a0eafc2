/** The right to index: one process at a time, given back by the operating system when that process ends, however it ends. */
import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { CancelledError, throwIfCancelled } from '../../base/cancellation.ts';
import { type Disposable, toDisposable } from '../../base/disposable.ts';
import { indexFault, isDamage, primaryCode, sqliteCode } from './sqlite-errors.ts';

/**
 * Waits for the lock. It is an exclusive transaction on a small database of its own beside the index: readers and writers of the
 * index are not held up by it, they only do not index the same files twice.
 * @param onWait called once when another process holds the lock
 * @throws CancelledError, LS5001, LS5002
 */
export async function lockForWriting(file: string, onWait: () => void, signal?: AbortSignal): Promise<Disposable> {
  for (let attempt = 0; ; attempt++) {
    throwIfCancelled(signal);
    const lock = tryLock(file);
    if (lock) return lock;
    if (attempt === 0) onWait();
    try {
      await setTimeout(Math.min(50 + attempt * 25, 500), undefined, signal ? { signal } : {});
    } catch {
      throw new CancelledError();
    }
  }
}

function tryLock(file: string): Disposable | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    database.exec('BEGIN EXCLUSIVE');
    const held = database;
    return toDisposable(() => held.close());
  } catch (error) {
    database?.close();
    if (primaryCode(error) === sqliteCode.busy) return undefined;
    // Only a file that holds nothing is locked: what is in it was put there by somebody else, and no holder can have it open.
    if (isDamage(error)) {
      rmSync(file, { recursive: true, force: true });
      return undefined;
    }
    throw indexFault(error, file);
  }
}
