/** Sends the engine's status when it changed: at once after a quiet time, then a few times a second, and never twice the same. */
import type { Event } from '../base/emitter.ts';
import type { Disposable } from '../base/disposable.ts';
import type { EngineStatus } from '../protocol/status.ts';

export interface StatusFeedOptions {
  /** Fires whenever something of the status may have changed. */
  readonly onDidChange: Event<undefined>;
  readonly read: () => Promise<EngineStatus>;
  readonly send: (status: EngineStatus) => void;
  /** A status that cannot be read is not sent. */
  readonly onFault: (error: unknown) => void;
  /** Between two that are sent, milliseconds. */
  readonly pauseMs?: number;
}

export class StatusFeed implements Disposable {
  readonly #options: StatusFeedOptions;
  readonly #subscription: Disposable;
  #timer: NodeJS.Timeout | undefined;
  #lastAt = -Infinity;
  #last = '';
  #reading = false;
  #again = false;

  constructor(options: StatusFeedOptions) {
    this.#options = options;
    this.#subscription = options.onDidChange(() => {
      this.#schedule();
    });
  }

  dispose(): void {
    this.#subscription.dispose();
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#reading) this.#again = true;
    if (this.#reading || this.#timer) return;
    const { pauseMs = 250 } = this.#options;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.#read();
      },
      Math.max(0, this.#lastAt + pauseMs - performance.now()),
    );
    this.#timer.unref();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    this.#lastAt = performance.now();
    try {
      const status = await this.#options.read();
      // The memory of the process changes with every step and is no news by itself.
      const news = JSON.stringify({ ...status, memory: 0 });
      if (news !== this.#last) this.#options.send(status);
      this.#last = news;
    } catch (error) {
      this.#options.onFault(error);
    } finally {
      this.#reading = false;
      if (this.#again) {
        this.#again = false;
        this.#schedule();
      }
    }
  }
}
