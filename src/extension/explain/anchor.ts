/** Where lines that were read once stand now: at the same place, moved, or changed. Knows nothing of VS Code. */

export interface AnchoredLines {
  /** From 1, both ends included. */
  readonly startLine: number;
  readonly endLine: number;
  /** What stood there. */
  readonly text: string;
}

export type AnchorState = 'same' | 'moved' | 'changed';

export interface Located {
  readonly startLine: number;
  readonly endLine: number;
  readonly state: AnchorState;
}

/**
 * Finds the lines in the text of a file as it is now. Moved lines are found where all of them stand word for word, nearest to
 * the old place; changed ones where the most of them stand in a stretch of the same length, else at the old place.
 */
export function locate(lines: readonly string[], { startLine, endLine, text }: AnchoredLines): Located {
  const wanted = splitLines(text);
  const count = wanted.length;
  const isAt = (start: number): boolean => wanted.every((line, i) => lines[start - 1 + i] === line);
  if (isAt(startLine)) return { startLine, endLine: startLine + count - 1, state: 'same' };
  const last = lines.length - count + 1;
  for (let distance = 1; distance <= Math.max(startLine, last); distance += 1) {
    for (const start of [startLine - distance, startLine + distance]) {
      if (start >= 1 && start <= last && isAt(start))
        return { startLine: start, endLine: start + count - 1, state: 'moved' };
    }
  }
  const start = bestOverlap(lines, wanted, startLine);
  const end = Math.min(Math.max(start + (endLine - startLine), start), Math.max(lines.length, 1));
  return { startLine: Math.min(start, Math.max(lines.length, 1)), endLine: end, state: 'changed' };
}

/** The start, from 1, of the stretch that shares the most lines with the wanted ones; ties go to the nearest. */
function bestOverlap(lines: readonly string[], wanted: readonly string[], startLine: number): number {
  const known = new Map<string, number[]>();
  wanted.forEach((line, i) => {
    if (line.trim().length < 3) return;
    const at = known.get(line);
    if (at) at.push(i);
    else known.set(line, [i]);
  });
  // Each line that still stands somewhere votes for the start it implies.
  const votes = new Map<number, number>();
  lines.forEach((line, i) => {
    for (const offset of known.get(line) ?? []) votes.set(i - offset + 1, (votes.get(i - offset + 1) ?? 0) + 1);
  });
  let best = { start: startLine, votes: 0 };
  for (const [start, n] of votes) {
    const nearer = Math.abs(start - startLine) < Math.abs(best.start - startLine);
    if (start >= 1 && (n > best.votes || (n === best.votes && nearer))) best = { start, votes: n };
  }
  return best.start;
}

export function splitLines(text: string): string[] {
  return text.replace(/\r\n?/g, '\n').replace(/\n$/, '').split('\n');
}

/** One edit as an editor tells of it: lines from `startLine` to `endLine` (from 1) became `newLines` lines. */
export interface LineEdit {
  readonly startLine: number;
  readonly endLine: number;
  readonly newLines: number;
}

/** The range after an edit: below it shifts, around it grows or shrinks, above it stays. */
export function shift(
  range: { startLine: number; endLine: number },
  edit: LineEdit,
): { startLine: number; endLine: number } {
  const delta = edit.newLines - (edit.endLine - edit.startLine + 1);
  if (edit.startLine > range.endLine) return range;
  if (edit.endLine < range.startLine) return { startLine: range.startLine + delta, endLine: range.endLine + delta };
  const startLine = Math.min(range.startLine, edit.startLine);
  const kept = edit.startLine < range.startLine ? range.startLine : startLine;
  return { startLine: kept, endLine: Math.max(range.endLine + delta, kept) };
}
