/**
 * Context-aware decoding (Shi et al. 2023, "Trusting Your Evidence", equation 3): the answer is sampled from what the model says after
 * the sources, against what it would say to the same question without them. What it only takes to be usual is held back; what the
 * sources make likely comes to the fore.
 */
import { bestId } from '../sampling/top-logits.ts';
import type { AnswerSteps } from '../generate/sample-answer.ts';
import type { Inference } from '../step/inference.ts';
import { readTogether } from './read-together.ts';

/** Share of the best token's probability that another must have to be chosen at all (Li et al. 2023, equation 2). */
const leastPlausible = 0.1;

/**
 * (1 + alpha) · log p(with) - alpha · log p(without), up to a constant; minus infinity where a token is not plausible after the sources.
 * With alpha 0 these are the plausible tokens' logits as they are.
 * @param within logits after the sources, [vocabulary] @param without those without them
 */
export function contrasted(within: Float32Array, without: Float32Array, alpha: number): Float32Array {
  const least = (within[bestId(within, null)] ?? 0) + Math.log(leastPlausible);
  const logits = new Float32Array(within.length).fill(Number.NEGATIVE_INFINITY);
  for (let id = 0; id < within.length; id++) {
    const likely = within[id] ?? Number.NEGATIVE_INFINITY;
    if (likely >= least) logits[id] = (1 + alpha) * likely - alpha * (without[id] ?? 0);
  }
  return logits;
}

/** Steps of an answer over a prompt that was read, beside the same question alone. */
export class ContrastSteps implements AnswerSteps {
  readonly #within: Inference;
  readonly #without: Inference;
  readonly #alpha: number;

  private constructor(within: Inference, without: Inference, alpha: number) {
    this.#within = within;
    this.#without = without;
    this.#alpha = alpha;
  }

  /**
   * Reads the question alone.
   * @param within has read its prompt @param logits what it said after it, [vocabulary]
   * @param alone ids of the prompt without the sources @param alpha 0 and above; 0.5 is the paper's for questions
   * @returns the steps, to be disposed of, and the logits of the first token
   * @throws LS3002, CancelledError
   */
  static async begin(
    within: Inference,
    logits: Float32Array,
    alone: readonly number[],
    alpha: number,
    signal: AbortSignal,
  ): Promise<{ readonly steps: ContrastSteps; readonly first: Float32Array }> {
    const without = within.apart();
    const steps = new ContrastSteps(within, without, alpha);
    try {
      const [said = new Float32Array(0)] = await readTogether(
        [{ state: without, ids: alone }],
        () => undefined,
        signal,
      );
      return { steps, first: contrasted(logits, said, alpha) };
    } catch (error) {
      steps.dispose();
      throw error;
    }
  }

  async after(id: number): Promise<Float32Array> {
    // One pass over both would be a prompt's: each by itself goes through the graph of single tokens, which is faster than that.
    const within = new Float32Array(await this.#within.step([id], 'last'));
    return contrasted(within, await this.#without.step([id], 'last'), this.#alpha);
  }

  /** The state that read the sources stays as it is. */
  dispose(): void {
    this.#without.dispose();
  }
}
