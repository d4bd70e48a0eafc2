/** An answer over several contexts by NBCE: the same question behind each of them and behind none, stepped together. */
import { type Inference, stepTogether } from '../step/inference.ts';
import type { AnswerSteps } from '../generate/sample-answer.ts';
import { type NbceOptions, mixContexts } from './nbce-mixture.ts';
import { readTogether } from './read-together.ts';

export class NbceSteps implements AnswerSteps {
  readonly #states: readonly Inference[];
  readonly #options: NbceOptions;
  #believed: number | null = null;

  /** @param states one a context and last the one without, all of which have read the question */
  private constructor(states: readonly Inference[], options: NbceOptions) {
    this.#states = states;
    this.#options = options;
  }

  /**
   * Reads the prompts.
   * @param base an empty state whose scheme is that of all; it stays empty
   * @param prompts ids of each context with the question behind it, and last the question alone
   * @returns the steps, to be disposed of, and the logits of the first token
   * @throws LS3002, CancelledError
   */
  static async begin(
    base: Inference,
    prompts: readonly (readonly number[])[],
    options: NbceOptions,
    onRead: (count: number) => void,
    signal: AbortSignal,
  ): Promise<{ readonly steps: NbceSteps; readonly first: Float32Array }> {
    const readings = prompts.map((ids) => ({ state: base.sibling(), ids }));
    const steps = new NbceSteps(
      readings.map(({ state }) => state),
      options,
    );
    try {
      return { steps, first: steps.#mix(await readTogether(readings, onRead, signal)) };
    } catch (error) {
      steps.dispose();
      throw error;
    }
  }

  /** Every state takes the token. */
  async after(id: number): Promise<Float32Array> {
    return this.#mix(
      await stepTogether(
        this.#states.map((state) => ({ state, ids: [id] })),
        'last',
      ),
    );
  }

  dispose(): void {
    for (const state of this.#states) state.dispose();
  }

  #mix(rows: readonly Float32Array[]): Float32Array {
    const without = rows.at(-1) ?? new Float32Array(0);
    const { logits, believed } = mixContexts(rows.slice(0, -1), without, this.#believed, this.#options);
    this.#believed = believed;
    return logits;
  }
}
