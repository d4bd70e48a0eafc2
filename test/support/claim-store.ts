/** A store of claims in memory, for answers that are made without an engine. */
import type { ClaimStore, SummaryRun } from '../../src/answers/dependencies.ts';
import type { KeptPart } from '../../src/answers/summarise/claims.ts';

/** @param parts what is kept, by key */
export function memoryClaimStore(parts = new Map<string, KeptPart>()): ClaimStore {
  const last = new Map<string, string>();
  let run: SummaryRun | undefined;
  return {
    get: (key) => parts.get(key),
    put: (key, part) => void parts.set(key, part),
    last: (place) => last.get(place),
    putLast: (place, key) => void last.set(place, key),
    run: () => run,
    putRun: (now) => {
      run = now;
    },
  };
}
