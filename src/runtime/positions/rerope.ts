/**
 * ReRoPE (Su 2023, kexue.fm 9708): distances up to w are real, all beyond count as w. The second rotation puts every query at w
 * and every key at 0: the scores of far pairs are rot(q, w) . k with the key as it is in the cache.
 */
import type { DistanceRule } from './distance-rule.ts';

/** @param window w */
export function rerope(window: number): DistanceRule {
  return {
    name: `rerope:${String(window)}`,
    steps: 1,
    near: window,
    window: null,
    distance: (query, key) => Math.min(query - key, window),
    farQuery: () => window,
    farKey: () => 0,
    reach: (trainedLength) => (window <= trainedLength ? Number.POSITIVE_INFINITY : trainedLength),
  };
}
