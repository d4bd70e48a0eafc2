/** Mean negative log-likelihood of a text, each token predicted from those before it, in one pass of slices. */
import { throwIfCancelled, yieldToEventLoop } from '../base/cancellation.ts';
import { fault } from '../base/errors.ts';
import type { Hyperparameters } from '../models/architectures/hyperparameters.ts';
import type { PerplexityReport } from '../protocol/models.ts';
import { checkWindow } from './cache-window.ts';
import type { CacheWindow } from './decoder.ts';
import { checkIds } from './generate.ts';
import type { Inference } from './inference.ts';
import { parseRope } from './rope/specification.ts';

export interface PerplexityOptions {
  readonly tokenIds: readonly number[];
  /** Without it every token sees all before it, however many they are. */
  readonly window?: CacheWindow;
  readonly rope?: string;
  /** Predictions a bucket; the prediction made at position i counts in the bucket of i. */
  readonly bucket: number;
}

/**
 * @param onProgress told how many tokens are done
 * @throws LS3003, LS3005 for options that make no sense; LS3002 when a step fails; CancelledError between two slices
 */
export async function perplexity(
  inference: Inference,
  hyperparameters: Hyperparameters,
  { tokenIds, window, rope, bucket }: PerplexityOptions,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<PerplexityReport> {
  checkIds(tokenIds, hyperparameters.vocabulary);
  if (tokenIds.length < 2) throw fault('LS3005', 'a text of one token has nothing to predict');
  if (!Number.isInteger(bucket) || bucket < 1)
    throw fault('LS3005', `a bucket of ${String(bucket)} tokens is not possible`);
  const scaling = rope === undefined ? null : parseRope(rope);
  inference.reset();
  inference.begin(tokenIds, { rope: scaling, window: window ? checkWindow(window) : null, length: tokenIds.length });

  const sums = new Float64Array(Math.ceil((tokenIds.length - 1) / bucket));
  for (let done = 0; done < tokenIds.length - 1;) {
    throwIfCancelled(signal);
    // The last token has nothing to predict.
    const slice = tokenIds.slice(done, Math.min(done + inference.sliceLength('all'), tokenIds.length - 1));
    const logits = await inference.step(slice, 'all');
    for (let t = 0; t < slice.length; t++) {
      const position = done + t;
      const row = logits.subarray(t * hyperparameters.vocabulary, (t + 1) * hyperparameters.vocabulary);
      const at = Math.floor(position / bucket);
      sums[at] = (sums[at] ?? 0) + negativeLogLikelihood(row, tokenIds[position + 1] ?? 0);
    }
    done += slice.length;
    onProgress(done);
    await yieldToEventLoop();
  }
  const predictions = tokenIds.length - 1;
  return {
    tokens: tokenIds.length,
    meanNll: sums.reduce((a, b) => a + b, 0) / predictions,
    buckets: [...sums].map((total, i) => ({
      start: i * bucket,
      end: Math.min((i + 1) * bucket, tokenIds.length),
      meanNll: total / (Math.min((i + 1) * bucket, predictions) - i * bucket),
    })),
  };
}

/** Nats: the log of the sum of all exponentials, less the target's logit; in float64. */
function negativeLogLikelihood(logits: Float32Array, target: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > most) most = logit;
  let total = 0;
  for (const logit of logits) total += Math.exp(logit - most);
  return most + Math.log(total) - (logits[target] ?? Number.NaN);
}
