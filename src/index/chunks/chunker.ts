/**
 * Cuts a text into chunks of whole lines: split, then merge, by non-whitespace size, along the syntax tree.
 *
 * After cAST (Zhang et al. 2025, "Structural chunking via abstract syntax tree"), read from the cutting side: every line where a
 * node begins is a place to cut, and costs the node's depth. A chunk takes as many lines as fit and ends at the cheapest cut
 * among them, so siblings are merged as long as they fit and a node is split only when it is larger than a chunk by itself.
 * Chunks are lossless (joined they give the text), disjoint and in order; only a single line may exceed the size.
 */
import type { LineTable } from './lines.ts';

/** Non-whitespace characters in a chunk at most. */
export const chunkSize = 1000;

/** Cost of a line at which no node begins: inside a long string or comment. */
export const noBoundary = 0xffff;
/** The same, when the line before it is blank: paragraphs of a comment. */
export const blankBoundary = 0xfffe;

/** A chunk smaller than this share of the size is not closed for a cheaper cut: a lone import would be one. */
const leastFill = 0.15;

/**
 * @param costs for each line what it costs to begin a chunk there; lower is better
 * @returns the first line of each chunk, from 0
 */
export function cutLines(lines: LineTable, costs: Uint16Array, size = chunkSize): number[] {
  const { count, ink } = lines;
  const firsts: number[] = [];
  for (let first = 0; first < count;) {
    firsts.push(first);
    const before = ink[first] ?? 0;
    if ((ink[count] ?? 0) - before <= size) break;
    let best = -1;
    let bestCost = Infinity;
    let at = first + 1;
    // The last possible cut is before the line that overflows.
    for (; at < count && (ink[at] ?? 0) - before <= size; at++) {
      if ((ink[at] ?? 0) - before < leastFill * size) continue;
      const cost = costs[at] ?? noBoundary;
      if (cost <= bestCost) {
        best = at;
        bestCost = cost;
      }
    }
    // Nothing but the first lines fits: the next line alone is longer than a chunk.
    first = best > 0 ? best : Math.max(first + 1, at - 1);
  }
  return firsts;
}

/** Costs without a syntax tree: paragraphs, and within them indentation (deeper lines cost more). */
export function plainCosts(text: string, lines: LineTable): Uint16Array {
  const costs = new Uint16Array(lines.count).fill(noBoundary);
  let blankBefore = true;
  for (let line = 0; line < lines.count; line++) {
    const start = lines.starts[line] ?? 0;
    const end = lines.starts[line + 1] ?? start;
    let at = start;
    let indent = 0;
    for (; at < end; at++) {
      const code = text.charCodeAt(at);
      if (code === 32) indent += 1;
      else if (code === 9) indent += 4;
      else break;
    }
    const first = at < end ? text.charCodeAt(at) : 10;
    const blank = first === 10 || first === 13;
    // A closing bracket belongs to what it closes.
    const closing = first === 125 || first === 93 || first === 41;
    if (!blank) costs[line] = (blankBefore ? 0 : 200) + Math.min(indent, 150) * 2 + (closing ? 1000 : 0);
    blankBefore = blank;
  }
  return costs;
}
