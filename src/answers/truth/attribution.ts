/**
 * Which source a sentence rests on, when the decoder did not say: the one that shares most with it, rare words and names of code
 * counting most, and what it defines more than what it mentions.
 */
import { wordsOf } from '../code/words.ts';
import { skeletonOf } from './statements/mentions.ts';

export interface AttributableSource {
  readonly number: number;
  readonly path: string;
  readonly text: string;
  /** Qualified name of what the text defines. */
  readonly symbol?: string;
  /** It is a commit's message: it defines nothing. */
  readonly commit?: object;
}

export interface Attribution {
  /** The source; null: none shares enough. */
  readonly number: number | null;
  /** Whether no source has anything of what the sentence says. */
  readonly isForeign: boolean;
}

/** The source must have this share of the sentence's weight… */
const leastShare = 0.34;
/** …and a name or so many of its words. */
const leastWords = 3;
const nameWeight = 2;
const definedWeight = 3;
/** A sentence with fewer words of its own states nothing that could be looked for. */
const shortestStatement = 4;

export function createAttribution(sources: readonly AttributableSource[]): (sentence: string) => Attribution {
  const read = sources.map((source) => ({
    ...source,
    words: new Set(wordsOf(`${source.path} ${source.symbol ?? ''} ${source.text}`)),
    names: new Set(source.text.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu)),
    defined: new Set(source.commit ? [] : source.symbol?.split(/[.:]+/)),
  }));
  /** A word that every source has tells none from another, but shows that the sentence is about them. */
  const rarity = (held: (source: (typeof read)[number]) => boolean): number => {
    const having = read.filter(held).length;
    return having === 0 ? 1 : 0.3 + Math.log(1 + read.length / having);
  };

  return (sentence) => {
    const { text, mentions } = skeletonOf(sentence);
    const names = [...new Set(mentions.flatMap(({ name }) => name ?? []))];
    const words = [...new Set(wordsOf(text.replaceAll(/⟦\d+⟧/g, ' ')))].filter(
      (word) => word.length > 2 && !common.has(word),
    );
    const weights = new Map<string, number>();
    for (const word of words)
      weights.set(
        word,
        rarity((source) => source.words.has(word)),
      );
    const all =
      [...weights.values()].reduce((sum, weight) => sum + weight, 0) +
      names.reduce((sum, name) => sum + nameWeight * rarity((source) => source.names.has(name)), 0);
    const scored = read.map((source) => {
      const held = words.filter((word) => source.words.has(word));
      const named = names.filter((name) => source.names.has(name));
      const score =
        held.reduce((sum, word) => sum + (weights.get(word) ?? 0), 0) +
        named.reduce((sum, name) => {
          const weight = source.defined.has(name) ? definedWeight : nameWeight;
          return sum + weight * rarity((other) => other.names.has(name));
        }, 0);
      return { number: source.number, score, isEnough: named.length > 0 || held.length >= leastWords };
    });
    const best = scored.reduce<(typeof scored)[number] | null>(
      (found, one) => (found === null || one.score > found.score ? one : found),
      null,
    );
    const isStatement = words.length + names.length >= shortestStatement;
    if (best?.isEnough === true && best.score >= leastShare * all) return { number: best.number, isForeign: false };
    return { number: null, isForeign: isStatement && scored.every(({ score }) => score === 0) };
  };
}

/** Stems of words that say how one speaks, not what of. */
const common = new Set(
  wordsOf(
    'the and this that these those with from into for are was were has have had been being will would can could should may might ' +
      'not does did its their there here then than when where which who what how why all any each both also only just such some ' +
      'more most other over under after before about between through because while until but however therefore thus first second ' +
      'next finally code function method file class line lines source sources repository provide provided shown show following',
  ),
);
