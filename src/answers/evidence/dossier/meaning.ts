/** How near the best candidates are to the question in meaning, where an embedder can tell: a word of the question need not be in them. */
import type { Candidate } from './candidate.ts';
import type { Place } from './piece.ts';
import { unitCard } from './unit-card.ts';

/** Cosines of the question and texts of a repository, in their order; null where it is not known. */
export type Similarities = (from: Place, texts: readonly string[]) => Promise<readonly (number | null)[]>;

/** Candidates whose cards are compared, by their words; further ones gain nothing (docs/places.md). */
const mostCompared = 100;

/** The candidates with what their words and their meaning make them worth, half and half; null where no meaning is known. */
export async function withMeaning(
  found: readonly Candidate[],
  similarities: Similarities,
): Promise<Candidate[] | null> {
  const best = found.toSorted((a, b) => worthOf(b) - worthOf(a)).slice(0, mostCompared);
  const cosines = new Map<Candidate, number | null>();
  for (const from of new Set(best.map((one) => one.from))) {
    const own = best.filter((one) => one.from === from);
    const known = await similarities(from, own.map(unitCard));
    own.forEach((one, at) => cosines.set(one, known[at] ?? null));
  }
  const known = [...cosines.values()].filter((cosine) => cosine !== null);
  if (known.length === 0) return null;
  const nearest = Math.max(...known, Number.MIN_VALUE);
  // What there was no time for is taken to be as near as the others.
  const usual = known.reduce((sum, cosine) => sum + Math.max(cosine, 0), 0) / known.length;
  return found.map((one) => {
    const cosine = cosines.has(one) ? (cosines.get(one) ?? usual) : 0;
    return {
      ...one,
      byWord: one.byWord.map((worth) => worth / 2),
      beyondWords: (Math.max(cosine, 0) / nearest / 2) * one.factor,
    };
  });
}

function worthOf({ byWord, base }: Candidate): number {
  return base + byWord.reduce((sum, worth) => sum + worth, 0);
}
