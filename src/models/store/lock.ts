/**
 * A lock between processes: an SQLite file opened exclusively, or by many who share it, so that the operating system itself lets
 * go of it when the holder dies, however it dies.
 */
import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { throwIfCancelled } from '../../base/cancellation.ts';
import { type Disposable, toDisposable } from '../../base/disposable.ts';
import { fault } from '../../base/errors.ts';

const pollMs = 100;

/**
 * Waits for the lock.
 * @param file made when it is missing, never removed: removing it would let two holders in
 * @param patienceMs how long to wait; undefined comes back when it was not free by then
 * @throws LS2005, LS2006 when the file cannot be made, CancelledError
 */
export async function acquireLock(
  file: string,
  patienceMs: number,
  signal?: AbortSignal,
): Promise<Disposable | undefined> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    throwIfCancelled(signal);
    const held = tryLock(file, exclusively);
    if (held) return held;
    if (performance.now() >= deadline) return undefined;
    await delay(pollMs);
  }
}

/**
 * Takes the lock together with others who take it so; nobody gets it exclusively meanwhile.
 * @returns undefined when somebody holds it exclusively
 * @throws LS2005, LS2006 when the file cannot be made
 */
export function acquireSharedLock(file: string): Disposable | undefined {
  return tryLock(file, sharing);
}

const exclusively = 'PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE';
/** Reading is what makes SQLite take its shared lock, and an open transaction what keeps it. */
const sharing = 'BEGIN; SELECT count(*) FROM sqlite_schema';

function tryLock(file: string, statements: string): Disposable | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: 0 });
    database.exec(statements);
    const held = database;
    return toDisposable(() => {
      held.close();
    });
  } catch (error) {
    database?.close();
    switch (resultCode(error)) {
      case sqlite.busy:
        return undefined;
      case sqlite.full:
        throw fault('LS2005', file, error);
      case sqlite.readOnly:
      case sqlite.cannotOpen:
        throw fault('LS2006', file, error);
      case sqlite.notADatabase:
      case sqlite.corrupt:
        // Only a file that holds nothing is locked: no holder can have one open that holds something else.
        rmSync(file, { recursive: true, force: true });
        return undefined;
      default:
        throw fault('LS2006', file, error);
    }
  }
}

/** SQLite's result codes (sqlite.org/rescode.html). */
const sqlite = { busy: 5, readOnly: 8, corrupt: 11, full: 13, cannotOpen: 14, notADatabase: 26 } as const;

/** The primary code is the low byte of an extended one. */
function resultCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : undefined;
}
