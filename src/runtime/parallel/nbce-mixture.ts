/**
 * Naive Bayes-based context extension (Su 2023): of several contexts the one that makes the model surest of the next token is
 * believed, against what the model would say without any context.
 */
import { bestId } from '../sampling/top-logits.ts';

export interface NbceOptions {
  /** Nucleus within which a context's entropy counts. */
  readonly topP: number;
  /** What a context's entropy is lowered by when it was believed for the token before. */
  readonly eta: number;
  /** How much the context-free prediction is held against the believed one. */
  readonly beta: number;
}

/** Su's own constants. */
export const usualNbce: NbceOptions = { topP: 0.95, eta: 0.1, beta: 0.25 };

/** Log-probabilities are counted no lower. */
const floor = -100;

export interface Mixture {
  /** (1 + beta) * log p(believed) - beta * log p(without context), [vocabulary]; minus infinity outside the believed nucleus. */
  readonly logits: Float32Array;
  /** Index of the context that was believed. */
  readonly believed: number;
}

/**
 * @param contexts logits of each context, [vocabulary] @param without those without any context
 * @param before the context that was believed for the token before; null at first
 */
export function mixContexts(
  contexts: readonly Float32Array[],
  without: Float32Array,
  before: number | null,
  { topP, eta, beta }: NbceOptions,
): Mixture {
  let believed = 0;
  let least = Number.POSITIVE_INFINITY;
  const nuclei = contexts.map((logits) => nucleus(logits, topP));
  for (const [index, { entropy }] of nuclei.entries()) {
    const counted = entropy - (index === before ? eta : 0);
    if (counted >= least) continue;
    least = counted;
    believed = index;
  }
  const chosen = nuclei[believed]?.logProbabilities ?? new Map<number, number>();
  const free = nucleus(without, topP).logProbabilities;
  const logits = new Float32Array(without.length).fill(Number.NEGATIVE_INFINITY);
  for (const [id, likely] of chosen) {
    const unconditioned = free.get(id) ?? Number.NEGATIVE_INFINITY;
    logits[id] = unconditioned > floor ? (1 + beta) * likely - beta * unconditioned : likely;
  }
  return { logits, believed };
}

interface Nucleus {
  /** Log-probabilities of the tokens in it, over the whole vocabulary, not over the nucleus. */
  readonly logProbabilities: ReadonlyMap<number, number>;
  /** Nats: the sum over the nucleus of -p log p. */
  readonly entropy: number;
}

function nucleus(logits: Float32Array, topP: number): Nucleus {
  const best = logits[bestId(logits, null)] ?? 0;
  let total = 0;
  for (const logit of logits) total += Math.exp(logit - best);
  const logTotal = best + Math.log(total);
  const logProbabilities = new Map<number, number>();
  let entropy = 0;
  let reached = 0;
  for (const id of likeliest(logits, best)) {
    const logProbability = (logits[id] ?? 0) - logTotal;
    logProbabilities.set(id, logProbability);
    entropy -= Math.exp(logProbability) * Math.max(floor, logProbability);
    reached += Math.exp(logProbability);
    if (topP < 1 && reached >= topP) break;
  }
  return { logProbabilities, entropy };
}

/** Ids by falling logit, as far as anybody asks: those far behind the best are sorted only when they are reached. */
function* likeliest(logits: Float32Array, best: number): Generator<number> {
  let above = Number.POSITIVE_INFINITY;
  for (const reach of [8, 16, 32, Number.POSITIVE_INFINITY]) {
    const from = best - reach;
    const ids: number[] = [];
    for (let id = 0; id < logits.length; id++) {
      const logit = logits[id] ?? 0;
      if (logit >= from && logit < above) ids.push(id);
    }
    yield* ids.sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b);
    above = from;
  }
}
