/** What is written from once a decoder has judged what it read, and what is said of the rest. */
import { say } from '../base/sentences.ts';
import type { PlannedSource, ReadableSource, ReadingPlan } from './plan.ts';

/** What is chosen: until so much of the probability is covered, none below the least, not more than a few. */
const covered = 0.9;
const leastProbability = 0.03;
const mostChosen = 5;
/**
 * The sources that the decoder would name, and whatever the user put in front; the best of search where it names none.
 * @param shares of the probability, by number, likeliest first
 */
export function chosenBy(
  read: readonly PlannedSource[],
  shares: ReadonlyMap<number, number>,
): readonly ReadableSource[] {
  const numbers = new Map<number, number>();
  let taken = 0;
  for (const [number, share] of shares) {
    if (numbers.size >= mostChosen || taken >= covered || (numbers.size > 0 && share < leastProbability)) break;
    numbers.set(number, share);
    taken += share;
  }
  if (numbers.size === 0) return bestThatFit(read);
  // What search is surest of is read too: a decoder may take what is like the question's subject for the subject.
  const best = bestOf(read.map(({ source }) => source));
  const isChosen = (source: ReadableSource): boolean =>
    numbers.has(source.number) || source.isGiven === true || source === best;
  // As they were read: only what is the same word for word is moved.
  return read.flatMap(({ source }) =>
    isChosen(source) ? [{ ...source, worth: numbers.get(source.number) ?? leastProbability }] : [],
  );
}

/** Where it does not choose: the best of search, as many as it would have chosen. */
function bestThatFit(read: readonly PlannedSource[]): readonly ReadableSource[] {
  return read
    .map(({ source }) => source)
    .toSorted((a, b) => (b.worth ?? 0) - (a.worth ?? 0))
    .slice(0, mostChosen);
}

function bestOf(sources: readonly ReadableSource[]): ReadableSource | undefined {
  return sources.toSorted((a, b) => (b.worth ?? 0) - (a.worth ?? 0))[0];
}

/** The plan of the answer, with what else was read: nothing that was looked at is passed over in silence. */
export function withPassed(
  plan: ReadingPlan,
  candidates: Pick<ReadingPlan, 'read' | 'leftOut'>,
  chosen: readonly ReadableSource[],
): ReadingPlan {
  const inAnswer = new Set(plan.read.map(({ source }) => source.number));
  const isChosen = new Set(chosen.map(({ number }) => number));
  const alsoRead = candidates.read
    .filter(({ source }) => !inAnswer.has(source.number))
    .map((one): PlannedSource => ({
      ...one,
      reason: isChosen.has(one.source.number)
        ? say('read to choose from; it did not fit beside the others that were chosen')
        : say('read to choose from; others answer the question better'),
    }));
  const read = new Set([...inAnswer, ...alsoRead.map(({ source }) => source.number)]);
  const reasons = new Map([...plan.leftOut, ...candidates.leftOut].map((one) => [one.number, one]));
  const leftOut = [...reasons.values()].filter(({ number }) => !read.has(number));
  return { ...plan, alsoRead, leftOut };
}
