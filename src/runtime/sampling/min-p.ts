/** Min-p (Nguyen et al. 2024): tokens that have at least the share p of the best token's probability stay. */
import { type Candidates, firstOf } from './candidates.ts';

/** @param p 0: all stay */
export function minP(candidates: Candidates, p: number): Candidates {
  if (p <= 0) return candidates;
  const floor = Math.log(p);
  const behind = candidates.logits.findIndex((logit) => logit < floor);
  return behind < 0 ? candidates : firstOf(candidates, behind);
}
