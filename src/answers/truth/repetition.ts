/** Whether a sentence says again, in the same runs of words, what was said before it. */
import { wordsOf } from '../code/words.ts';

const runLength = 4;
/** Share of a sentence's runs of words that earlier sentences have. */
const mostSaid = 0.75;
/** Shorter sentences may well come twice. */
const fewestWords = 6;

export interface Repetition {
  /** Whether the sentence repeats one that was remembered. */
  repeats(sentence: string): boolean;
  remember(sentence: string): void;
}

export function createRepetition(): Repetition {
  const said: ReadonlySet<string>[] = [];
  return {
    repeats: (sentence) => {
      const runs = runsOf(sentence);
      return (
        runs.size > 0 &&
        said.some((before) => [...runs].filter((run) => before.has(run)).length >= mostSaid * runs.size)
      );
    },
    remember: (sentence) => void said.push(runsOf(sentence)),
  };
}

/** Runs of words next to each other; none of a short sentence. */
function runsOf(sentence: string): ReadonlySet<string> {
  const words = wordsOf(sentence);
  if (words.length < fewestWords) return new Set();
  return new Set(
    Array.from({ length: words.length - runLength + 1 }, (_, at) => words.slice(at, at + runLength).join(' ')),
  );
}
