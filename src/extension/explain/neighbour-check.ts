/**
 * Whether what an explained piece of code uses, or what uses it, has changed since: the engine is asked what the explanation
 * would be made from now, a moment after files were saved, when they are in the index.
 */
import type { Disposable } from '../../base/disposable.ts';
import { isCancelled } from '../../base/cancellation.ts';
import { LongsightError } from '../../base/errors.ts';
import type { EngineApi } from '../../protocol/engine.ts';
import type { SavedExplanation } from './explanation-store.ts';

/** Milliseconds until saved files are in the index, and until a series of saves is over. */
const pauseMs = 3_000;

/** An explanation that is shown, as far as it is checked. */
interface Checked {
  readonly saved: SavedExplanation;
  readonly running: AbortController | null;
}

/** Where the engine is had. */
interface Engines {
  ready(): Promise<{ readonly engine: Pick<EngineApi, 'explain'> }>;
}

export class NeighbourCheck<One extends Checked> implements Disposable {
  readonly #client: Engines;
  readonly #all: () => Iterable<One>;
  readonly #onChange: (explained: One, outdated: boolean) => void;
  #timer: NodeJS.Timeout | null = null;
  #running: AbortController | null = null;

  constructor(client: Engines, all: () => Iterable<One>, onChange: (explained: One, outdated: boolean) => void) {
    this.#client = client;
    this.#all = all;
    this.#onChange = onChange;
  }

  /** Checks all explanations in a moment; a check that runs is ended. */
  soon(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#running?.abort();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#check();
    }, pauseMs);
  }

  dispose(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#running?.abort();
  }

  async #check(): Promise<void> {
    const abort = new AbortController();
    this.#running = abort;
    try {
      const { engine } = await this.#client.ready();
      for (const explained of [...this.#all()]) {
        const { saved, running } = explained;
        // One whose own code has changed is stale already.
        if (running || saved.stale || saved.madeFrom === null) continue;
        const { repository, path, startLine, endLine } = saved;
        const place = { path, startLine, endLine, ...(repository !== null && { repository }) };
        const { subject } = await engine.explain({ ...place, keptOnly: true }, () => undefined, abort.signal);
        const outdated = subject.madeFrom !== saved.madeFrom;
        if (explained.saved === saved && outdated !== saved.outdated) this.#onChange(explained, outdated);
      }
    } catch (error) {
      // A file that is gone or an engine that restarts: the next save checks again.
      if (!isCancelled(error) && !(error instanceof LongsightError)) throw error;
    }
  }
}
