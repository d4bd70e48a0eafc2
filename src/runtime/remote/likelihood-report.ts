/** Likelihoods of a text's tokens as a report in buckets, like that of a decoder here. */
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { PerplexityReport } from '../../protocol/models.ts';

/**
 * @param costs nats of each token but the first; the one at i was predicted at position i
 * @param bucket predictions a bucket
 * @throws LS3005 for a bucket that holds nothing
 */
export function likelihoodReport(costs: readonly number[], bucket: number): PerplexityReport {
  if (!Number.isInteger(bucket) || bucket < 1)
    throw fault('LS3005', say('a bucket of {0} tokens is not possible', String(bucket)));
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const starts = Array.from({ length: Math.ceil(costs.length / bucket) }, (_, at) => at * bucket);
  return {
    tokens: costs.length + 1,
    meanNll: mean(costs),
    buckets: starts.map((start) => ({
      start,
      end: Math.min(start + bucket, costs.length + 1),
      meanNll: mean(costs.slice(start, start + bucket)),
    })),
  };
}
