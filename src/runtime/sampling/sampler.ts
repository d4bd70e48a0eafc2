/**
 * Chooses the next token: repetition penalty (Keskar et al. 2019), then temperature, top-k, top-p (Holtzman et al. 2020) and
 * min-p (Nguyen et al. 2024), in this order, then one draw.
 */
import type { Sampling } from '../decoder.ts';
import { seededRandom } from './random.ts';
import { type RankedLogit, bestId } from './top-logits.ts';

/** How many of the last tokens the repetition penalty looks at. */
const penaltyWindow = 64;

/** Tokens this many nats behind the best one are left out before sorting: all of a vocabulary together weigh under 1e-7. */
const negligible = 30;

export class Sampler {
  readonly #options: Sampling;
  readonly #random: () => number;
  readonly #recent: number[];

  /** @param prompt its last tokens count for the repetition penalty */
  constructor(options: Sampling, prompt: readonly number[]) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#recent = prompt.slice(-penaltyWindow);
  }

  /**
   * @param logits [vocabulary]; written to where the penalty applies
   * @param allowed ids to choose among, not empty; null: all
   */
  next(logits: Float32Array, allowed: Uint32Array | null): number {
    this.#penalise(logits);
    const id =
      this.#options.temperature === 0 ? bestId(logits, allowed) : this.#draw(this.#candidates(logits, allowed));
    this.#recent.push(id);
    if (this.#recent.length > penaltyWindow) this.#recent.shift();
    return id;
  }

  #penalise(logits: Float32Array): void {
    const penalty = this.#options.repetitionPenalty;
    if (penalty === 1) return;
    for (const id of new Set(this.#recent)) {
      const logit = logits[id] ?? 0;
      logits[id] = logit > 0 ? logit / penalty : logit * penalty;
    }
  }

  /** What is worth sorting, best first, with logits divided by the temperature. */
  #candidates(logits: Float32Array, allowed: Uint32Array | null): RankedLogit[] {
    const { temperature, topK } = this.#options;
    const best = logits[bestId(logits, allowed)] ?? 0;
    const floor = best - negligible * temperature;
    const kept: RankedLogit[] = [];
    const look = (id: number): void => {
      const logit = logits[id] ?? Number.NEGATIVE_INFINITY;
      if (logit >= floor) kept.push({ id, logit: (logit - best) / temperature });
    };
    if (allowed) for (const id of allowed) look(id);
    else for (let id = 0; id < logits.length; id++) look(id);
    kept.sort((a, b) => b.logit - a.logit || a.id - b.id);
    return topK > 0 ? kept.slice(0, topK) : kept;
  }

  #draw(candidates: readonly RankedLogit[]): number {
    const { topP, minP } = this.#options;
    const weights = candidates.map(({ logit }) => Math.exp(logit));
    const total = sum(weights);
    // The shortest beginning that holds topP of the weight, and of it what has at least minP of the best one's.
    let reached = 0;
    let count = 0;
    while (
      count < weights.length &&
      (count === 0 || (reached < topP * total && (weights[count] ?? 0) >= minP * (weights[0] ?? 0)))
    ) {
      reached += weights[count] ?? 0;
      count++;
    }
    let left = this.#random() * reached;
    for (let i = 0; i < count; i++) {
      left -= weights[i] ?? 0;
      const candidate = candidates[i];
      if (candidate && (left < 0 || i === count - 1)) return candidate.id;
    }
    throw new RangeError('there is nothing to choose from');
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
