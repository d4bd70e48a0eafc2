/** Top-p, nucleus sampling (Holtzman et al. 2020): the likeliest tokens that together hold the probability p stay. */
import { type Candidates, firstOf } from './candidates.ts';

/** The token with which p is reached stays too. @param p 1 or more: all stay */
export function topP(candidates: Candidates, p: number): Candidates {
  if (p >= 1) return candidates;
  const { logits } = candidates;
  let total = 0;
  for (const logit of logits) total += Math.exp(logit);
  let reached = 0;
  let count = 0;
  while (count < logits.length && reached < p * total) reached += Math.exp(logits[count++] ?? 0);
  return firstOf(candidates, count);
}
