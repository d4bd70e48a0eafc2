/**
 * SelfExtend (Jin et al. 2024, arXiv 2401.01325): distances below W are real; beyond, positions are floored to groups of G and the
 * query moved so that both parts meet: floor(m/G) - floor(n/G) + W - W/G, with true division as in the authors' code, hence
 * steps of 1/G. It reaches (L - W) G + W tokens.
 */
import type { DistanceRule } from './distance-rule.ts';

/** @param window W @param group G, a whole number */
export function selfExtend(window: number, group: number): DistanceRule {
  return {
    name: `self-extend:${String(window)}:${String(group)}`,
    steps: group,
    near: window,
    window: null,
    distance: (query, key) =>
      query - key < window
        ? query - key
        : Math.floor(query / group) - Math.floor(key / group) + window - window / group,
    farQuery: (query) => Math.floor(query / group) * group + window * group - window,
    farKey: (key) => Math.floor(key / group) * group,
    reach: (trainedLength) => (window <= trainedLength ? (trainedLength - window) * group + window : trainedLength),
  };
}
