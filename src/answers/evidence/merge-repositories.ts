/**
 * Several repositories' ranked chunks as one list. A score is relative to its own repository, whose best chunk always has a
 * high one; so each list counts by how much of the question's words its best chunks hold, rare words most.
 */
import type { RankedChunk } from '../../search/result-list.ts';
import { contentWords, wordsOf } from '../code/words.ts';

/** So many of a repository's chunks say what it holds of the question. */
const looked = 5;

/** The chunks of all lists, best first, at most `limit`; a single list stays as it is. */
export function mergeByScore<T extends RankedChunk>(
  lists: readonly (readonly T[])[],
  question: string,
  limit: number,
): T[] {
  const found = lists.filter((list) => list.length > 0);
  const [only] = found;
  if (only && found.length === 1) return only.slice(0, limit);
  const shares = sharesOf(found, [...new Set(contentWords(question))]);
  const most = Math.max(...shares);
  return found
    .flatMap((list, at) => list.map((hit) => ({ ...hit, score: (hit.score * (shares[at] ?? 0)) / most })))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, limit);
}

/** For each list the most that one of its first chunks holds of the words, 0 to 1; 1 for all when no word tells them apart. */
function sharesOf(lists: readonly (readonly RankedChunk[])[], words: readonly string[]): number[] {
  const texts = lists.map((list) =>
    list.slice(0, looked).map(({ chunk }) => new Set(wordsOf(`${chunk.path} ${chunk.scope.join(' ')} ${chunk.text}`))),
  );
  const all = texts.flat();
  const weights = new Map(
    words.map((word) => [word, Math.log(1 + all.length / (1 + all.filter((text) => text.has(word)).length))] as const),
  );
  const whole = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const held = (text: ReadonlySet<string>): number =>
    [...weights].reduce((sum, [word, weight]) => sum + (text.has(word) ? weight : 0), 0);
  const shares = texts.map((own) => Math.max(0, ...own.map((text) => (whole === 0 ? 0 : held(text) / whole))));
  return shares.some((share) => share > 0) ? shares : shares.map(() => 1);
}
