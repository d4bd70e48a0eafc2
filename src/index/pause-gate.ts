/** A gate that work passes between two steps, and that can be shut for a while. */
import { raceCancellation } from '../base/cancellation.ts';

export class PauseGate {
  #opened: Promise<void> | undefined;
  #open: (() => void) | undefined;

  get isShut(): boolean {
    return this.#opened !== undefined;
  }

  set(shut: boolean): void {
    if (shut === this.isShut) return;
    if (shut) {
      this.#opened = new Promise((resolve) => {
        this.#open = resolve;
      });
    } else {
      this.#open?.();
      this.#opened = undefined;
      this.#open = undefined;
    }
  }

  /** Resolves as soon as the gate is open. @throws CancelledError */
  async pass(signal: AbortSignal | undefined): Promise<void> {
    while (this.#opened) await raceCancellation(this.#opened, signal);
  }
}
