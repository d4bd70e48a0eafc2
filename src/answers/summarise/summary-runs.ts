/** The record of a run that writes a summary, by which the next one knows that it was broken off: killed, or out of memory. */
import { isCancelled } from '../../base/cancellation.ts';
import type { ClaimStore, SummaryRun } from '../dependencies.ts';

/** Every so many parts the record is brought up to date; what is lost of it costs only the number in a sentence. */
const every = 8;

export interface RecordedRun {
  /** The run before, when its process ended in the middle of it. */
  readonly brokenOff: SummaryRun | null;
  progress(done: number, total: number): void;
  /** @param error what ended it; left out: it is whole */
  end(error?: unknown): void;
}

export function recordRun(store: ClaimStore): RecordedRun {
  const before = store.run();
  const brokenOff = before?.state === 'running' && !isAlive(before.pid) ? before : null;
  let last = { done: 0, total: 0 };
  const put = (state: SummaryRun['state']): void => {
    store.putRun({ pid: process.pid, state, ...last });
  };
  return {
    brokenOff,
    progress: (done, total) => {
      last = { done, total };
      if (done % every === 1) put('running');
    },
    end: (error) => {
      // An error is told when it happens.
      put(error === undefined ? 'finished' : isCancelled(error) ? 'cancelled' : 'finished');
    },
  };
}

/** Whether another process still works at it; a process of ours never works at two at once. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is there, and is another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
