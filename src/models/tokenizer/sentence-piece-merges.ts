/** The merges by which byte-pair merging chooses as SentencePiece does with its scores. */
import type { Merges } from './byte-pair-encoder.ts';

/**
 * Every way in which a piece is two others; a side may also be a character that is no piece. SentencePiece merges the
 * neighbours whose union scores highest, the leftmost of equals: a pair's rank is the place of its score among all scores.
 * @param pieces spellings by id, without control and byte tokens
 * @param scores by id; empty when the file has none, then earlier pieces are better
 */
export function mergesFromScores(pieces: ReadonlyMap<string, number>, scores: ArrayLike<number>): Merges {
  const scoreOf = (id: number): number => scores[id] ?? -id;
  const distinct = [...new Set([...pieces.values()].map(scoreOf))].sort((a, b) => b - a);
  const ranks = new Map(distinct.map((score, rank) => [score, rank]));
  let count = 0;
  for (const piece of pieces.keys()) count += Math.max(0, piece.length - 1);
  return {
    count,
    forEach(each) {
      for (const [piece, id] of pieces) {
        const rank = ranks.get(scoreOf(id)) ?? 0;
        for (let cut = 1; cut < piece.length; cut += 1) {
          // Not between the halves of a surrogate pair.
          if (isLow(piece, cut)) continue;
          const left = piece.slice(0, cut);
          const right = piece.slice(cut);
          if (isSide(left, pieces) && isSide(right, pieces)) each(left, right, rank);
        }
      }
    },
  };
}

function isSide(text: string, pieces: ReadonlyMap<string, number>): boolean {
  return text.length === 1 || pieces.has(text) || (text.length === 2 && isLow(text, 1));
}

function isLow(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Ranks by place in a list of pairs, each written as "left right" or as two strings. */
export function listedMerges(pairs: readonly (string | readonly string[])[]): Merges {
  return {
    count: pairs.length,
    forEach(each) {
      pairs.forEach((pair, rank) => {
        if (typeof pair === 'string') {
          // A left side that is itself a space is followed by the separating one.
          const cut = pair.indexOf(' ', 1);
          if (cut > 0) each(pair.slice(0, cut), pair.slice(cut + 1), rank);
        } else if (pair.length === 2) each(pair[0] ?? '', pair[1] ?? '', rank);
      });
    },
  };
}

/**
 * Where no piece has the separator after another character, nothing merges across it: words can be merged one by one, and
 * known again.
 */
export function wordsApart(pieces: ReadonlyMap<string, number>): (text: string) => readonly string[] {
  for (const piece of pieces.keys()) if (/[^▁]▁/.test(piece)) return (text) => (text.length === 0 ? [] : [text]);
  return (text) => text.match(/▁*[^▁]+|▁+/gu) ?? [];
}
