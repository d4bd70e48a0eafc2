/**
 * Leaky ReRoPE (Su 2023, kexue.fm 9708): distances up to w are real, those beyond grow k times slower, w + (delta - w) / k.
 * The second rotation has steps of 1/k: query m at (m + w (k - 1)) / k, key n at n / k.
 */
import type { DistanceRule } from './distance-rule.ts';

/** @param window w @param slowdown k, a whole number */
export function leakyRerope(window: number, slowdown: number): DistanceRule {
  return {
    name: `leaky-rerope:${String(window)}:${String(slowdown)}`,
    steps: slowdown,
    near: window,
    window: null,
    distance: (query, key) => {
      const delta = query - key;
      return delta < window ? delta : window + (delta - window) / slowdown;
    },
    farQuery: (query) => query + window * (slowdown - 1),
    farKey: (key) => key,
    reach: (trainedLength) => (window <= trainedLength ? window + (trainedLength - window) * slowdown : trainedLength),
  };
}
