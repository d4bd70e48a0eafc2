/** Top-k (Fan et al. 2018): only the k likeliest tokens stay. */
import { type Candidates, firstOf } from './candidates.ts';

/** @param k 0: all stay */
export function topK(candidates: Candidates, k: number): Candidates {
  return k > 0 ? firstOf(candidates, k) : candidates;
}
