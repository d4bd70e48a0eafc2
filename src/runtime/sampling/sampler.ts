/**
 * Chooses the next token. The chain is the transformers library's: logit bias, repetition penalty, temperature, top-k, top-p,
 * min-p, then one draw (llama.cpp differs in one thing: its temperature comes last, so that top-p and min-p look at the
 * probabilities of temperature 1). At temperature 0 the best logit is taken after bias and penalty, and nothing is sorted or
 * allocated.
 */
import type { Sampling } from '../decoder.ts';
import { type Candidates, candidatesOf } from './candidates.ts';
import { type BiasTable, applyBias } from './logit-bias.ts';
import { minP } from './min-p.ts';
import { seededRandom } from './random.ts';
import { RepetitionPenalty } from './repetition-penalty.ts';
import { topK } from './top-k.ts';
import { bestId } from './top-logits.ts';
import { topP } from './top-p.ts';

export class Sampler {
  readonly #options: Sampling;
  readonly #bias: BiasTable;
  readonly #penalty: RepetitionPenalty;
  readonly #random: () => number;

  /** @param prompt its last tokens count for the repetition penalty */
  constructor(options: Sampling, prompt: readonly number[], bias: BiasTable = new Map()) {
    this.#options = options;
    this.#bias = bias;
    this.#penalty = new RepetitionPenalty(options.repetitionPenalty, options.repetitionWindow, prompt);
    this.#random = seededRandom(options.seed);
  }

  /**
   * @param logits [vocabulary]; written to where bias and penalty apply
   * @param allowed ids to choose among, not empty; null: all
   */
  next(logits: Float32Array, allowed: Uint32Array | null): number {
    applyBias(logits, this.#bias);
    this.#penalty.apply(logits);
    const { temperature } = this.#options;
    const id =
      temperature === 0
        ? bestId(logits, allowed)
        : this.#draw(this.#filtered(candidatesOf(logits, allowed, temperature)));
    this.#penalty.accept(id);
    return id;
  }

  #filtered(candidates: Candidates): Candidates {
    const { topK: k, topP: p, minP: share } = this.#options;
    return minP(topP(topK(candidates, k), p), share);
  }

  #draw({ ids, logits }: Candidates): number {
    let total = 0;
    for (const logit of logits) total += Math.exp(logit);
    let left = this.#random() * total;
    let at = 0;
    // The last one takes what rounding leaves over.
    for (; at < ids.length - 1; at++) {
      left -= Math.exp(logits[at] ?? 0);
      if (left < 0) break;
    }
    return ids[at] ?? 0;
  }
}
