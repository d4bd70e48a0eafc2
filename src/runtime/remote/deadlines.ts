/** How long one exchange with a server may take, phase by phase: to connect, to the first token, and between two pieces. */
import { type Sentence, say } from '../../base/sentences.ts';
import { type LongsightError, fault } from '../../base/errors.ts';

/** Milliseconds. */
export interface ServerTimeouts {
  readonly connectMs: number;
  /** From the connection to the first token: the server reads the whole prompt in this time, and may load the model first. */
  readonly firstTokenMs: number;
  /** Without a byte, once the answer has begun. */
  readonly stallMs: number;
}

export const defaultTimeouts: ServerTimeouts = { connectMs: 10_000, firstTokenMs: 300_000, stallMs: 60_000 };

type Phase = 'connect' | 'first' | 'flow';

/** Watches one exchange and calls back once, when a phase takes too long. */
export class Deadlines {
  readonly #timeouts: ServerTimeouts;
  readonly #host: string;
  readonly #onLate: (error: LongsightError) => void;
  #phase: Phase = 'connect';
  #timer: NodeJS.Timeout | undefined;

  constructor(timeouts: ServerTimeouts, host: string, onLate: (error: LongsightError) => void) {
    this.#timeouts = timeouts;
    this.#host = host;
    this.#onLate = onLate;
    this.#arm(timeouts.connectMs, say('no connection to {0} within {1}', host, seconds(timeouts.connectMs)));
  }

  connected(): void {
    if (this.#phase !== 'connect') return;
    this.#phase = 'first';
    const { firstTokenMs } = this.#timeouts;
    this.#arm(firstTokenMs, say('nothing from {0} within {1}', this.#host, seconds(firstTokenMs)));
  }

  /** The server tells that it is reading the prompt: it has all the time for the next part of it. */
  working(): void {
    if (this.#phase !== 'first') return;
    this.#phase = 'connect';
    this.connected();
  }

  /** The first token is there. A server that only keeps the connection alive does not get here. */
  flowing(): void {
    if (this.#phase === 'flow') return;
    this.#phase = 'flow';
    this.received();
  }

  /** Some bytes came. */
  received(): void {
    if (this.#phase !== 'flow') return;
    const { stallMs } = this.#timeouts;
    this.#arm(stallMs, say('{0} stopped in the middle of its answer for {1}', this.#host, seconds(stallMs)));
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #arm(ms: number, detail: Sentence): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#onLate(fault('LS3206', detail));
    }, ms);
  }
}

function seconds(ms: number): string {
  return `${String(ms / 1000)} s`;
}
