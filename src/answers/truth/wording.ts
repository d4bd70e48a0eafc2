/**
 * Whether a sentence says what some lines that were read say, in their own words: all names of code in it, most of the words that it takes
 * from the question, and most that it adds, stand within a few lines of one source. Lines about something else than the question say
 * nothing of it, however closely they are repeated. What is said so closely was seldom found to be wrong
 * (docs/answers.md); what is said in other words may be right, but is not known to be.
 */
import { contentWords, wordsOf } from '../code/words.ts';
import { skeletonOf } from './statements/mentions.ts';
import type { AttributableSource } from './attribution.ts';

/** Lines that are looked at together: a comment, or the part of a body that does one thing. */
const windowLines = 14;
/** Share of a sentence's words that are the question's, and of the others, that the lines must have. */
const leastShare = 0.75;
/** A sentence that adds less to the question is not known to say anything. */
const fewestAdded = 2;

/** Gives the number of the source whose lines say the sentence, the likeliest first; null: none does. */
export type Wording = (sentence: string) => number | null;

/** @param question its content words as stems */
export function createWording(sources: readonly AttributableSource[], question: readonly string[]): Wording {
  const asked = new Set(question);
  const read = sources.map(({ number, path, symbol = '', text }) => ({
    number,
    place: wordsOf(`${path} ${symbol}`),
    placeNames: namesIn(`${path} ${symbol}`),
    lines: text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => ({ words: wordsOf(line), names: namesIn(line) })),
  }));
  return (sentence) => {
    const words = contentWords(sentence.replaceAll(/\s*\[\d+\]/g, ''));
    const added = words.filter((word) => !asked.has(word));
    const taken = words.filter((word) => asked.has(word));
    if (added.length < fewestAdded) return null;
    const mentioned = skeletonOf(sentence).mentions.flatMap(({ name }) => name ?? []);
    let best: { number: number; share: number } | null = null;
    for (const { number, place, placeNames, lines } of read)
      for (let from = 0; from < lines.length; from++) {
        const near = lines.slice(from, from + windowLines);
        const names = new Set([...placeNames, ...near.flatMap((line) => line.names)]);
        if (!mentioned.every((name) => names.has(name))) continue;
        const window = new Set([...place, ...near.flatMap((line) => line.words)]);
        const share = Math.min(shareIn(taken, window), shareIn(added, window));
        if (share >= leastShare && share > (best?.share ?? 0)) best = { number, share };
      }
    return best?.number ?? null;
  };
}

function namesIn(text: string): string[] {
  return text.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu) ?? [];
}

function shareIn(words: readonly string[], window: ReadonlySet<string>): number {
  return words.length === 0 ? 1 : words.filter((word) => window.has(word)).length / words.length;
}
