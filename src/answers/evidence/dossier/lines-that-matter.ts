/**
 * The lines of a piece of code that matter for a question: those with its words and what steers them, each with the heads of the
 * blocks that it is in, so that what is left out between them does not change what they mean.
 */
import type { FileText } from '../../code/file-text.ts';
import type { Lines } from './documentation-lines.ts';
import { type QuestionWords, worthOfLine } from './question-words.ts';

/** What a line is worth for being near one with the question's words, by distance. */
const nearby = [1, 0.5, 0.25, 0.1];
/** Where a value leaves, or a way is chosen, an answer is more often than in an assignment. */
const steering = 1.3;
const steers =
  /^\s*(?:\}?\s*(?:else\s+)?if\b|elif\b|else\b|for\b|while\b|switch\b|match\b|case\b|return\b|throw\b|raise\b|yield\b|await\b|panic!?\(|assert|except\b|catch\b|\}\s*catch\b|finally\b|defer\b|guard\b|when\b|rescue\b|unless\b)/;
/** A gap of so few lines costs less filled than marked. */
const smallGap = 1;
/** A statement is followed over so many lines until its brackets close. */
const mostStatementLines = 8;

/**
 * The lines worth reading within a range, ascending; all of it when it has no more than `most`.
 * @param most lines chosen for their own worth; heads and closing brackets come with them
 */
export function linesThatMatter(
  file: FileText,
  { startLine, endLine }: Lines,
  words: QuestionWords,
  most: number,
): number[] {
  const count = endLine - startLine + 1;
  const all = Array.from({ length: count }, (_, at) => startLine + at);
  if (count <= most) return all;
  const text = (line: number): string => file.lines[line - 1] ?? '';
  const own = all.map((line) => worthOfLine(text(line), words));
  const worth = all.map((line, at) => {
    if (isEmpty(text(line))) return 0;
    let best = 0;
    for (let distance = 0; distance < nearby.length; distance++)
      for (const other of [own[at - distance], own[at + distance]])
        best = Math.max(best, (other ?? 0) * (nearby[distance] ?? 0));
    return (best + (own[at] ?? 0) / 2) * (steers.test(text(line)) ? steering : 1);
  });
  const ranked = all
    .map((line, at) => ({ line, worth: worth[at] ?? 0 }))
    .filter((one) => one.worth > 0)
    .toSorted((a, b) => b.worth - a.worth || a.line - b.line);
  // Nothing of the question is in it: how it begins says most.
  if (ranked.length === 0) return all.slice(0, most);
  const chosen = new Set<number>();
  for (const { line } of ranked) {
    if (chosen.size >= most) break;
    for (const one of statementAt(file, line, endLine)) chosen.add(one);
  }
  for (const line of [...chosen]) for (const head of headsOf(file, line, startLine)) chosen.add(head);
  return filled(chosen, file);
}

/** The line, and those on which what it opens is closed. */
function statementAt(file: FileText, line: number, last: number): number[] {
  const lines = [line];
  let open = brackets(file.lines[line - 1] ?? '');
  for (let next = line + 1; open > 0 && next <= last && next < line + mostStatementLines; next++) {
    lines.push(next);
    open += brackets(file.lines[next - 1] ?? '');
  }
  // What stays open for longer is a block, whose lines count for themselves.
  return open > 0 ? [line] : lines;
}

/** Round and square brackets that a line opens, less those that it closes. */
function brackets(line: string): number {
  return (line.match(/[([]/g)?.length ?? 0) - (line.match(/[)\]]/g)?.length ?? 0);
}

/** The lines that open the blocks around a line, by indentation, and those that continue them (`else`, `except`). */
function headsOf({ lines }: FileText, line: number, first: number): number[] {
  const heads: number[] = [];
  let indent = indentOf(lines[line - 1] ?? '');
  for (let at = line - 1; at >= first && indent > 0; at--) {
    const text = lines[at - 1] ?? '';
    if (isEmpty(text)) continue;
    const own = indentOf(text);
    if (own >= indent || isClosing(text)) continue;
    heads.push(at);
    indent = own;
  }
  return heads;
}

/** The chosen lines with small gaps between them filled, empty lines at their ends left out. */
function filled(chosen: ReadonlySet<number>, { lines }: FileText): number[] {
  const sorted = [...chosen].toSorted((a, b) => a - b);
  const result: number[] = [];
  for (const line of sorted) {
    const before = result.at(-1);
    if (before !== undefined) {
      const between = Array.from({ length: line - before - 1 }, (_, at) => before + 1 + at);
      const costs = between.filter((one) => !isEmpty(lines[one - 1] ?? '')).length;
      if (costs <= smallGap) result.push(...between);
    }
    result.push(line);
  }
  return result;
}

function isEmpty(line: string): boolean {
  return line.trim() === '';
}

function isClosing(line: string): boolean {
  return /^\s*(?:[)\]}]+[;,]?|end)\s*$/.test(line);
}

/** Columns before the first sign; a tab counts as four. */
function indentOf(line: string): number {
  let columns = 0;
  for (const sign of line) {
    if (sign === ' ') columns += 1;
    else if (sign === '\t') columns += 4;
    else break;
  }
  return columns;
}
