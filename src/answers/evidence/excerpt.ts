/** What is shown of a cited place: its declaration and the lines that matter for the question, `…` where lines are left out. */
import type { IndexReader } from '../../index/types.ts';
import { type FileText, declarationLines, fileText } from '../code/file-text.ts';
import { docstringOf } from './dossier/documentation-lines.ts';
import { form } from './dossier/forms.ts';
import { linesThatMatter } from './dossier/lines-that-matter.ts';
import { type QuestionWords, questionWords } from './dossier/question-words.ts';
import type { Evidence } from './evidence.ts';

/** Lines of a body that are shown, by rank: the best place says most. */
const mostLines = [11, 8, 6];
const mostOfOthers = 5;
/** Lines of a declaration; its place says where the rest is. */
const mostDeclarationLines = 6;
/** A comment of so many lines is shown whole when one of them matters. */
const mostCommentLines = 8;

/**
 * The places with their excerpts, in the same order.
 * @param words the question's content words as stems
 * @param names the names of code in it
 */
export function withExcerpts(
  cited: readonly Evidence[],
  readerOf: (one: Evidence) => IndexReader | undefined,
  words: readonly string[],
  names: readonly string[],
): Evidence[] {
  const worth = questionWords(
    words,
    names,
    cited.map(({ text }) => text),
  );
  return cited.map((one, at) => {
    const reader = one.commit ? undefined : readerOf(one);
    const file = reader && fileText(reader, one.path);
    return file ? { ...one, excerpt: excerptOf(one, file, worth, mostLines[at] ?? mostOfOthers) } : one;
  });
}

function excerptOf(
  { symbol, startLine, endLine }: Evidence,
  file: FileText,
  words: QuestionWords,
  most: number,
): string {
  const declared = symbol && declarationLines(file, symbol);
  if (!symbol || !declared) return textOf(file, linesIn(file, { startLine, endLine }, words, most));
  const docstring = docstringOf(file, symbol);
  const head = range(declared.startLine, Math.min(declared.endLine, declared.startLine + mostDeclarationLines - 1));
  // The documentation is told in words; its own lines are not shown again.
  const from = Math.max(declared.endLine, docstring?.endLine ?? 0) + 1;
  const body = from > symbol.endLine ? [] : linesIn(file, { startLine: from, endLine: symbol.endLine }, words, most);
  const first = range(from, symbol.endLine).find((line) => file.lines[line - 1]?.trim() !== '');
  const isNext = body.length > 0 && Math.min(...body) === first;
  return isNext ? `${textOf(file, head)}\n${textOf(file, body)}` : textOf(file, [...head, ...body]);
}

function linesIn(
  file: FileText,
  within: { readonly startLine: number; readonly endLine: number },
  words: QuestionWords,
  most: number,
): number[] {
  const chosen = linesThatMatter(file, within, words, most);
  return [...new Set(chosen.flatMap((line) => [...commentAround(file, line, within), ...goesOn(file, line, within)]))];
}

/** Lines on which a statement ends that a line begins; what a condition leads to is at least one of them. */
function goesOn(
  file: FileText,
  line: number,
  within: { readonly startLine: number; readonly endLine: number },
): number[] {
  const { lines } = file;
  const text = (lines[line - 1] ?? '').replace(/\s*(?:\/\/|#\s).*$/, '');
  const last = Math.min(within.endLine, line + mostStatementLines);
  if (/(?:[^:]:|\{|\bthen|=>)\s*$/.test(text) && consequence.test(text)) {
    const next = range(line + 1, last).find((one) => /[\p{L}\p{N}]/u.test(lines[one - 1] ?? ''));
    return next === undefined ? [] : [next, ...goesOn(file, next, within)];
  }
  let open = opened(text);
  const more: number[] = [];
  for (let next = line + 1; open > 0 && next <= last; next++) {
    more.push(next);
    open += opened(lines[next - 1] ?? '');
  }
  return open > 0 ? [] : more;
}

/** What opens a block whose first line says what the line is about. */
const consequence = /^\s*(?:\}\s*)?(?:if|elif|else|except|catch|case|when|rescue|unless|default|for|while|with)\b/;
/** A statement that goes on for longer is not followed. */
const mostStatementLines = 14;

/** Brackets that a line opens, less those that it closes. */
function opened(line: string): number {
  return (line.match(/[([{]/g)?.length ?? 0) - (line.match(/[)\]}]/g)?.length ?? 0);
}

/** The line; of a comment the lines that it goes on over. */
function commentAround(
  { lines }: FileText,
  line: number,
  within: { readonly startLine: number; readonly endLine: number },
): number[] {
  const isComment = (at: number): boolean => /^\s*(?:#|\/\/|\*|--)\s*\S/.test(lines[at - 1] ?? '');
  if (!isComment(line)) return [line];
  let first = line;
  let last = line;
  while (first > within.startLine && isComment(first - 1)) first -= 1;
  while (last < within.endLine && isComment(last + 1)) last += 1;
  return last - first < mostCommentLines ? range(first, last) : [line];
}

function range(startLine: number, endLine: number): number[] {
  return Array.from({ length: Math.max(endLine - startLine + 1, 0) }, (_, at) => startLine + at);
}

function textOf(file: FileText, lines: readonly number[]): string {
  return form('lines', file, lines, { startLine: 1, endLine: file.lines.length }).text.trimEnd();
}
