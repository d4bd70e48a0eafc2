/** Long work that several requests need at the same time is done once: it ends early only when the last of them leaves. */
import { raceCancellation } from '../base/cancellation.ts';

interface Run<Result, Progress> {
  readonly result: Promise<Result>;
  readonly end: AbortController;
  readonly listeners: Set<(progress: Progress) => void>;
  latest: Progress | undefined;
}

export class SharedRuns<Result, Progress> {
  readonly #runs = new Map<string, Run<Result, Progress>>();

  /** How far the run of this key is; undefined when there is none. */
  progressOf(key: string): Progress | undefined {
    return this.#runs.get(key)?.latest;
  }

  /** Joins the run of this key, or starts it. Rejects with CancelledError when the caller's signal is aborted. */
  async join(
    key: string,
    start: (onProgress: (progress: Progress) => void, signal: AbortSignal) => Promise<Result>,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<Result> {
    const run = this.#runs.get(key) ?? this.#start(key, start);
    // Of its own, so that the same function can listen twice.
    const listener = (progress: Progress): void => {
      onProgress(progress);
    };
    run.listeners.add(listener);
    if (run.latest !== undefined) listener(run.latest);
    try {
      return await raceCancellation(run.result, signal);
    } finally {
      run.listeners.delete(listener);
      if (run.listeners.size === 0) {
        // Who comes from now on starts another.
        if (this.#runs.get(key) === run) this.#runs.delete(key);
        run.end.abort();
      }
    }
  }

  #start(
    key: string,
    start: (onProgress: (progress: Progress) => void, signal: AbortSignal) => Promise<Result>,
  ): Run<Result, Progress> {
    const end = new AbortController();
    const listeners = new Set<(progress: Progress) => void>();
    const run: Run<Result, Progress> = {
      end,
      listeners,
      latest: undefined,
      result: Promise.resolve().then(() =>
        start((progress) => {
          run.latest = progress;
          for (const listener of [...listeners]) listener(progress);
        }, end.signal),
      ),
    };
    // Those who wait hear of a failure; there may be none left.
    run.result.catch(() => undefined);
    this.#runs.set(key, run);
    return run;
  }
}
