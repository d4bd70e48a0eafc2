/**
 * Streamed text, sent on in gulps. When an answer is continued, the text that already stands is kept until the new stream
 * has caught up with it or says something else.
 */

/** Text is sent on at most this often, milliseconds. */
const textPauseMs = 40;

export class TextStream {
  readonly #standing: string;
  /** `added` is what was put at the end, or null when the whole text changed. */
  readonly #send: (whole: string, added: string | null) => void;
  #whole = '';
  #sent = '';
  #caughtUp: boolean;
  #timer: NodeJS.Timeout | null = null;

  constructor(standing: string, send: (whole: string, added: string | null) => void) {
    this.#standing = standing;
    this.#send = send;
    this.#caughtUp = standing === '';
  }

  add(text: string): void {
    this.#whole += text;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#flush();
    }, textPauseMs);
  }

  end(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#flush();
  }

  #flush(): void {
    if (!this.#caughtUp) {
      if (this.#standing.startsWith(this.#whole)) return;
      this.#caughtUp = true;
      const grows = this.#whole.startsWith(this.#standing);
      this.#send(this.#whole, grows ? this.#whole.slice(this.#standing.length) : null);
    } else if (this.#whole.length > this.#sent.length) {
      this.#send(this.#whole, this.#whole.slice(this.#sent.length));
    }
    this.#sent = this.#whole;
  }
}
