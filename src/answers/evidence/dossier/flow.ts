/**
 * What candidates lead to: a function that calls one which fits the question is part of the answer more often than its own words
 * say, for it is where the flow comes from.
 */
import type { Candidate } from './candidate.ts';

/** What the best that a candidate uses adds to it. */
const shareOfUsed = 0.2;
/** A name with more definitions says nothing of which is meant. */
const mostDefinitions = 3;
/** What more candidates use is a tool of all of them. */
const mostUsers = 12;

/** @param found candidates whose fit is told by words and meaning; by words alone it errs too often to be handed on */
export function withFlow(found: readonly Candidate[]): Candidate[] {
  const defined = new Map<string, Candidate[]>();
  for (const one of found)
    if (one.symbol && one.kind !== 'lines' && isUsable(one.symbol.kind)) {
      const known = defined.get(one.symbol.name);
      if (known) known.push(one);
      else defined.set(one.symbol.name, [one]);
    }
  const used = new Map(found.map((one) => [one, usedBy(one, defined)] as const));
  const users = new Map<Candidate, number>();
  for (const all of used.values()) for (const one of all) users.set(one, (users.get(one) ?? 0) + 1);
  return found.map((one) => {
    let best = 0;
    for (const other of used.get(one) ?? [])
      if ((users.get(other) ?? 0) <= mostUsers) best = Math.max(best, fitOf(other));
    return best === 0 ? one : { ...one, beyondWords: one.beyondWords + shareOfUsed * best };
  });
}

function usedBy(one: Candidate, defined: ReadonlyMap<string, readonly Candidate[]>): Candidate[] {
  return [...one.names].flatMap((name) => {
    const all = defined.get(name) ?? [];
    const own = all.filter(({ file, from }) => file.path === one.file.path && from === one.from);
    const meant = own.length > 0 ? own : all.filter(({ from }) => from === one.from);
    return meant.length > mostDefinitions ? [] : meant.filter((other) => other !== one);
  });
}

function isUsable(kind: string): boolean {
  return kind === 'function' || kind === 'method' || kind === 'type' || kind === 'constant';
}

function fitOf({ byWord, beyondWords }: Candidate): number {
  return beyondWords + byWord.reduce((sum, worth) => sum + worth, 0);
}
