/** Mean negative log-likelihood of a text, each token predicted from those before it, in one pass of slices. */
import { throwIfCancelled, yieldToEventLoop } from '../../base/cancellation.ts';
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { Hyperparameters } from '../../models/description/hyperparameters.ts';
import type { PerplexityReport } from '../../protocol/models.ts';
import { checkIds } from './generate.ts';
import type { Inference } from '../step/inference.ts';
import { type PositionRequest, requireRoom, schemeOf } from '../positions/scheme.ts';

/** Without a window every token sees all before it, however many they are. */
export interface PerplexityOptions extends PositionRequest {
  readonly tokenIds: readonly number[];
  /** Every how-manieth prediction counts; without it each one. The text is read whole in any case. */
  readonly every?: number;
  /** Positions a bucket; the prediction made at position i counts in the bucket of i. */
  readonly bucket: number;
  /** Tokens that fit in memory at once; without it, any number. */
  readonly mostTokens?: number;
}

/**
 * @param onProgress told how many tokens are done
 * @throws LS3003, LS3005, LS3006, LS3007 for options that make no sense; LS3009 for more tokens than memory has
 * room for; LS3002 when a step fails; CancelledError between two slices
 */
export async function perplexity(
  inference: Inference,
  hyperparameters: Hyperparameters,
  { tokenIds, every = 1, bucket, mostTokens = Number.POSITIVE_INFINITY, ...positions }: PerplexityOptions,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<PerplexityReport> {
  checkIds(tokenIds, hyperparameters.vocabulary);
  if (tokenIds.length < 2) throw fault('LS3005', say('a text of one token has nothing to predict'));
  if (!Number.isInteger(bucket) || bucket < 1)
    throw fault('LS3005', say('a bucket of {0} tokens is not possible', String(bucket)));
  const scheme = schemeOf(hyperparameters, positions, tokenIds.length);
  const { window } = scheme;
  requireRoom(window ? Math.min(tokenIds.length, window.sinks + window.recent) : tokenIds.length, mostTokens);
  inference.reset();
  // With retrieval each token from where it begins is computed as if it had been generated.
  const singlesFrom = scheme.retrieval?.from ?? Number.POSITIVE_INFINITY;
  inference.begin(tokenIds.slice(0, Math.min(tokenIds.length, singlesFrom)), scheme);

  if (!Number.isInteger(every) || every < 1)
    throw fault('LS3005', say('every {0}th prediction is not possible', String(every)));
  const { vocabulary } = hyperparameters;
  const buckets = Array.from({ length: Math.ceil((tokenIds.length - 1) / bucket) }, () => ({ nats: 0, count: 0 }));
  for (let done = 0; done < tokenIds.length - 1;) {
    throwIfCancelled(signal);
    // The last token has nothing to predict.
    const most = done < singlesFrom ? Math.min(inference.sliceLength('all'), singlesFrom - done) : 1;
    const slice = tokenIds.slice(done, Math.min(done + most, tokenIds.length - 1));
    const counted = [...slice.keys()].filter((t) => (done + t) % every === 0);
    // A step gives some logits in any case.
    const logits = await inference.step(slice, counted.length > 0 ? counted : 'last');
    for (const [row, t] of counted.entries()) {
      const at = buckets[Math.floor((done + t) / bucket)];
      if (!at) continue;
      at.nats += negativeLogLikelihood(
        logits.subarray(row * vocabulary, (row + 1) * vocabulary),
        tokenIds[done + t + 1] ?? 0,
      );
      at.count += 1;
    }
    done += slice.length;
    onProgress(done);
    await yieldToEventLoop();
  }
  const total = (of: 'nats' | 'count'): number => buckets.reduce((sum, one) => sum + one[of], 0);
  return {
    tokens: tokenIds.length,
    meanNll: total('nats') / total('count'),
    buckets: buckets.map(({ nats, count }, i) => ({
      start: i * bucket,
      end: Math.min((i + 1) * bucket, tokenIds.length),
      meanNll: count > 0 ? nats / count : 0,
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
