/** Costs of cutting before each line of a parsed text, for the chunker: the depth of the shallowest node that begins there. */
import type { TreeCursor } from 'web-tree-sitter';
import { blankBoundary, chunkSize, noBoundary } from './chunker.ts';
import type { LineTable } from './lines.ts';

// Nodes that belong to the sibling after them: a cut goes before them, never between.
const leading = /comment|attribute|decorator|annotation|modifier|access_specifier/;
const maxDepth = 0xfff0;

/**
 * Walks down with a cursor, without recursion, into nodes that are larger than a chunk; smaller ones are never split.
 * The cursor must stand at the root; it is moved.
 */
export function boundaryCosts(cursor: TreeCursor, text: string, lines: LineTable): Uint16Array {
  const costs = new Uint16Array(lines.count).fill(noBoundary);
  for (let line = 1; line < lines.count; line++) {
    if (lines.ink[line] === lines.ink[line - 1]) costs[line] = blankBoundary;
  }
  const { ink, starts, count } = lines;
  if (!cursor.gotoFirstChild()) return costs;
  let depth = 1;
  // For every open level: the last line of the sibling before, and the first line of the run of leading nodes before it.
  const lastLines: number[] = [0, -1];
  const runs: number[] = [0, -1];
  for (;;) {
    const first = cursor.startPosition.row;
    const end = cursor.endPosition;
    // A node that ends at column 0 ended with the line before.
    const last = end.column === 0 && end.row > first ? end.row - 1 : end.row;
    const previous = lastLines[depth] ?? -1;
    const isLeading = leading.test(cursor.nodeType);
    const run = runs[depth] ?? -1;
    if (first > previous && startsLine(text, starts[first] ?? 0, cursor.startIndex)) {
      const glued = run >= 0 && first === previous + 1;
      const cost = Math.min(depth, maxDepth);
      if (!glued && first < count && cost < (costs[first] ?? noBoundary)) costs[first] = cost;
      runs[depth] = isLeading ? (glued ? run : first) : -1;
    } else if (first > previous) runs[depth] = -1;
    else runs[depth] = isLeading ? run : -1;
    lastLines[depth] = Math.max(previous, last);
    const size = (ink[Math.min(last + 1, count)] ?? 0) - (ink[first] ?? 0);
    if (size > 0.85 * chunkSize && last > first && cursor.gotoFirstChild()) {
      depth += 1;
      // The first child shares its parent's first line, which is the parent's place to cut.
      lastLines[depth] = first;
      runs[depth] = -1;
      continue;
    }
    while (!cursor.gotoNextSibling()) {
      depth -= 1;
      if (depth === 0 || !cursor.gotoParent()) return costs;
    }
  }
}

/** Whether only blanks stand between the line's beginning and the node. */
function startsLine(text: string, lineStart: number, nodeStart: number): boolean {
  for (let i = lineStart; i < nodeStart; i++) {
    const code = text.charCodeAt(i);
    if (code !== 32 && code !== 9) return false;
  }
  return true;
}
