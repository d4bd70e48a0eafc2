/** The tokens a draw may choose among, best first; the filters of the chain shorten the list from its end. */
import { bestId } from './top-logits.ts';

/** Tokens this many nats behind the best one are left out before sorting: all of a vocabulary together weigh under 1e-7. */
const negligible = 30;

export interface Candidates {
  readonly ids: Uint32Array;
  /** Nats behind the best one, after the temperature: from 0 down. */
  readonly logits: Float64Array;
}

/**
 * What is worth sorting, best first, of equals the lowest id.
 * @param logits [vocabulary] @param allowed restricts the choice; null: all
 * @param temperature above 0; every logit is divided by it
 */
export function candidatesOf(logits: Float32Array, allowed: Uint32Array | null, temperature: number): Candidates {
  const best = logits[bestId(logits, allowed)] ?? 0;
  const floor = best - negligible * temperature;
  const kept: number[] = [];
  const look = (id: number): void => {
    if ((logits[id] ?? Number.NaN) >= floor) kept.push(id);
  };
  if (allowed) for (const id of allowed) look(id);
  else for (let id = 0; id < logits.length; id++) look(id);
  const ids = Uint32Array.from(kept).sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b);
  return { ids, logits: Float64Array.from(ids, (id) => ((logits[id] ?? 0) - best) / temperature) };
}

/** The first `count` of them, at least one. */
export function firstOf({ ids, logits }: Candidates, count: number): Candidates {
  const kept = Math.max(1, count);
  return kept >= ids.length ? { ids, logits } : { ids: ids.subarray(0, kept), logits: logits.subarray(0, kept) };
}
