/**
 * Repetition penalty (Keskar et al. 2019, CTRL): the logit of a token among the last ones is divided by the penalty when it is
 * above 0 and multiplied with it when it is below.
 */

/** As many of the last tokens are looked at unless said otherwise; llama.cpp's default too. */
const usualWindow = 64;

export class RepetitionPenalty {
  readonly #penalty: number;
  readonly #window: number;
  readonly #last: number[] = [];
  readonly #counts = new Map<number, number>();

  /**
   * @param penalty 1 does nothing @param window tokens that are looked at; 0: none, -1: all of prompt and output
   * @param prompt its last tokens count too
   */
  constructor(penalty: number, window: number = usualWindow, prompt: readonly number[] = []) {
    this.#penalty = penalty;
    this.#window = penalty === 1 ? 0 : window < 0 ? Number.POSITIVE_INFINITY : window;
    if (this.#window > 0) for (const id of prompt.slice(-this.#window)) this.accept(id);
  }

  /** @param logits [vocabulary], written to */
  apply(logits: Float32Array): void {
    for (const id of this.#counts.keys()) {
      const logit = logits[id] ?? 0;
      logits[id] = logit > 0 ? logit / this.#penalty : logit * this.#penalty;
    }
  }

  /** Takes the token that was chosen. */
  accept(id: number): void {
    if (this.#window === 0) return;
    this.#last.push(id);
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
    if (this.#last.length <= this.#window) return;
    const gone = this.#last.shift() ?? 0;
    const left = (this.#counts.get(gone) ?? 0) - 1;
    if (left > 0) this.#counts.set(gone, left);
    else this.#counts.delete(gone);
  }
}
