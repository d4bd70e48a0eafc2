/**
 * LM-Infinite (Han et al. 2024, arXiv 2308.16137): a query sees the first `global` tokens and those less than `local` behind it
 * (the Lambda-shaped mask), and no distance counts as more than `local`. What it does not see is never seen again, so the cache
 * forgets it. Unlike StreamingLLM the sinks stand at the distance `local`, all of them, once they are that far away.
 */
import type { DistanceRule } from './distance-rule.ts';

export function lmInfinite(local: number, global: number): DistanceRule {
  return {
    name: `lm-infinite:${String(local)}:${String(global)}`,
    steps: 1,
    near: local,
    window: { sinks: global, recent: local - 1 },
    distance: (query, key) => Math.min(query - key, local),
    farQuery: () => local,
    farKey: () => 0,
    reach: (trainedLength) => (local <= trainedLength ? Number.POSITIVE_INFINITY : trainedLength),
  };
}
