/** The merge list that makes byte-pair merging choose as SentencePiece does with its scores. */

/**
 * Every way in which a piece is two other pieces, in the order of the pieces' scores, best first: SentencePiece merges the
 * neighbouring pair whose union scores highest, which is what a rank does. Ties keep the order of the split.
 * @param scores one a piece; empty when the file has none, then earlier pieces are better
 */
export function mergesFromScores(contents: readonly string[], scores: readonly number[]): [string, string][] {
  const pieces = new Set(contents);
  const order = contents.map((content, id) => ({ content, score: scores[id] ?? -id, id }));
  order.sort((a, b) => b.score - a.score || a.id - b.id);
  const merges: [string, string][] = [];
  for (const { content } of order) {
    const characters = Array.from(content);
    for (let cut = 1; cut < characters.length; cut += 1) {
      const left = characters.slice(0, cut).join('');
      const right = characters.slice(cut).join('');
      if (pieces.has(left) && pieces.has(right)) merges.push([left, right]);
    }
  }
  return merges;
}
