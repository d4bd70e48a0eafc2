/**
 * Whether any one place of the code speaks of all that a question asks together. Words that a repository has one by one may
 * presuppose a thing that it has not: "the cache of sessions" where there are caches and sessions.
 *
 * Four figures are weighed by a logistic regression: the share of the question, by the rarity of its words, that the best piece of code
 * holds; the same of twelve lines; how much of the question occurs nowhere; and, with an embedder, how near in meaning the best place
 * of search is. The weights are those of 601 questions over 21 repositories (`node test/bench/truth/absence.ts`), each repository judged by
 * weights of the others: with an embedder 96 of 134 absent ones are refused and 15 of 467 answerable ones, without 86 and 14.
 */
import type { IndexReader } from '../../../index/types.ts';
import type { CoveringChunk } from '../../../search/coverage.ts';
import type { Search } from '../../../search/search.ts';
import { contentWords, wordsOf } from '../../code/words.ts';

const withMeaning = { chunk: -3.324, lines: -2.261, gone: 4.194, meaning: -6.239, all: 4.894 };
const byWords = { chunk: -3.46, lines: -2.673, gone: 4.255, all: 2.946 };
/** Beyond it a question is refused. */
const refused = 1.3;
/** The nearest and the farthest that the best place of a question was found to be in meaning. */
const nearest = 0.9;
const farthest = -0.1;
/** Of fewer pieces of code shares tell nothing. */
const fewestChunks = 60;
/** As many as fit in the bits of a number. */
const mostWords = 30;
const windowLines = 12;
const step = 4;

export interface TogetherPlace {
  readonly reader: Pick<IndexReader, 'chunksOf'>;
  readonly search: Pick<Search, 'coverage' | 'likeness' | 'search'>;
  /** What the repository is called: a question that says it asks for nothing by that. */
  readonly name?: string;
}

export interface Together {
  readonly isAbsent: boolean;
  /** Words of the question, as stems, that the best place lacks. */
  readonly lacking: readonly string[];
}

/** @param gone how much of the question, from 0 to 1, occurs nowhere */
export async function togetherIn(
  question: string,
  places: readonly TogetherPlace[],
  gone: number,
  signal: AbortSignal,
): Promise<Together> {
  let best: { readonly chunk: number; readonly lines: number; readonly place: TogetherPlace } | null = null;
  let lacking: readonly string[] = [];
  for (const place of places) {
    const name = place.name?.toLowerCase() ?? '';
    const words = contentWords(question)
      .filter((word) => word !== name && word !== name.replaceAll('-', ''))
      .slice(0, mostWords);
    const coverage = await place.search.coverage(words, signal);
    if (coverage.chunks < fewestChunks || words.length === 0) return { isAbsent: false, lacking: [] };
    const [first] = coverage.best;
    const chunk = first?.share ?? 0;
    const lines = bestLines(coverage.best, coverage.weights, place.reader);
    if (best && best.chunk + best.lines >= chunk + lines) continue;
    best = { chunk, lines, place };
    lacking = words.filter((word) => first?.held.has(word) !== true);
  }
  if (!best) return { isAbsent: false, lacking };
  const { chunk, lines, place } = best;
  const said = withMeaning.chunk * chunk + withMeaning.lines * lines + withMeaning.gone * gone + withMeaning.all;
  // How near it is in meaning is only asked where that can turn the scale.
  if (said + withMeaning.meaning * farthest <= refused) return { isAbsent: false, lacking };
  if (said + withMeaning.meaning * nearest > refused) return { isAbsent: true, lacking };
  const { results } = await place.search.search(question, { limit: 1 }, signal);
  const likeness = results[0] ? await place.search.likeness(question, results[0].chunk.text, signal) : null;
  const score =
    likeness === null
      ? byWords.chunk * chunk + byWords.lines * lines + byWords.gone * gone + byWords.all
      : said + withMeaning.meaning * likeness;
  return { isAbsent: score > refused, lacking };
}

/** The most of the words that so many lines in a row hold. */
function bestLines(
  chunks: readonly CoveringChunk[],
  weights: ReadonlyMap<string, number>,
  reader: TogetherPlace['reader'],
): number {
  const all = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  let best = 0;
  for (const { path, at, share } of chunks) {
    // Its lines cannot hold more than it does.
    if (share <= best) break;
    const lines = (reader.chunksOf(path)[at]?.text ?? '').split('\n').map((line) => wordsOf(line));
    for (let from = 0; from < lines.length; from += step) {
      const near = new Set(lines.slice(from, from + windowLines).flat());
      let held = 0;
      for (const [word, weight] of weights) if (near.has(word)) held += weight;
      best = Math.max(best, held / all);
    }
  }
  return best;
}
