/** What the words of a question are worth: the rarer one is among the places that search found, the more it tells them apart. */
import type { NearWords } from '../../../search/static-space.ts';
import { wordsOf } from '../../code/words.ts';

export interface QuestionWords {
  /** What each word, as a stem, is worth. */
  readonly weights: ReadonlyMap<string, number>;
  /** Words of the repository that may mean the same, by the question's word, with what one is worth beside the word itself. */
  readonly near: ReadonlyMap<string, readonly { readonly stem: string; readonly share: number }[]>;
  /** What any word of a line is worth. */
  readonly inLine: ReadonlyMap<string, number>;
  /** Names of code in the question, exactly as they are spelled. */
  readonly names: ReadonlySet<string>;
}

/** A name of the question in a line says more than any word. */
const nameWeight = 3;
/** Of a word that stands in nothing of what search found: how the question is put, more often than what it is about. */
const unfound = 0.5;
/** Words nearer than this may mean the same; the nearest are forms of one word, and so are opposites. */
const leastNear = 0.5;
const nearShare = 0.6;
const mostNear = 4;

/**
 * @param words the question's content words as stems
 * @param names the names of code in it
 * @param texts what search found; the inverse document frequency (Spärck Jones 1972) is that of these
 */
export function questionWords(
  words: readonly string[],
  names: readonly string[],
  texts: readonly string[],
  nearWords: readonly NearWords[] = [],
): QuestionWords {
  const held = texts.map((text) => new Set(wordsOf(text)));
  const weights = new Map(
    words.map((word) => {
      const holders = held.filter((text) => text.has(word)).length;
      return [word, Math.log(1 + (held.length + 1) / (holders + 0.5)) * (holders === 0 ? unfound : 1)] as const;
    }),
  );
  const asked = new Set(words);
  const near = new Map(
    words.map((word) => [
      word,
      nearWords
        .flatMap((of) => of.get(word) ?? [])
        .filter(({ stem, cosine }) => cosine >= leastNear && !asked.has(stem) && !isNumbered(stem, word))
        .toSorted((a, b) => b.cosine - a.cosine)
        .slice(0, mostNear)
        .map(({ stem, cosine }) => ({ stem, share: nearShare * cosine })),
    ]),
  );
  const inLine = new Map(weights);
  for (const [word, others] of near)
    for (const { stem, share } of others)
      inLine.set(stem, Math.max(inLine.get(stem) ?? 0, share * (weights.get(word) ?? 0)));
  return { weights, near, inLine, names: new Set(names) };
}

/** `value1` is no other word than `value`, and no telling one. */
function isNumbered(stem: string, word: string): boolean {
  return /\d$/.test(stem) && stem.replace(/\d+$/, '') === word;
}

/** What the question's words in a line are worth together. */
export function worthOfLine(line: string, { inLine, names }: QuestionWords): number {
  let worth = 0;
  for (const word of new Set(wordsOf(line))) worth += inLine.get(word) ?? 0;
  if (names.size > 0)
    for (const [name] of line.matchAll(/[\p{L}_$][\p{L}\p{N}_$]*/gu)) if (names.has(name)) worth += nameWeight;
  return worth;
}
