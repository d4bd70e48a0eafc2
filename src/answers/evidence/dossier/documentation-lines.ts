/** Where the documentation comment of a definition is in its file: above it, or inside it as a docstring. */
import type { SymbolDefinition } from '../../../index/types.ts';
import type { LineRange } from '../../../protocol/answers.ts';
import { type FileText, declarationLines } from '../../code/file-text.ts';

/** Lines of one file, from 1, both ends included. */
export type Lines = Pick<LineRange, 'startLine' | 'endLine'>;

/** A comment longer than this above a definition is looked at no further. */
const mostCommentLines = 120;
/** What may be between a comment and what it documents: decorators, attributes, annotations, a template's head. */
const attribute = /^\s*(?:@|#!?\[|\[[\w(]|template\s*<|export\s*$)/;
/** A comment that is one line. `#include` and its like are none, nor are attributes. */
const lineComment =
  /^\s*(?:\/\/|#(?!!?\[|(?:include|define|undef|if|ifdef|ifndef|else|elif|endif|pragma|error)\b)|--\s|;|%)/;
const blockEnd = /(?:\*\/|-->|#>|^=end\b)\s*$/;
const blockBegin = /^\s*(?:\/\*|<!--|<#|=begin\b)/;

/** The comment that ends above the line, attributes and one empty line between them skipped; null: there is none. */
export function commentAbove({ lines }: FileText, startLine: number): Lines | null {
  const text = (line: number): string => lines[line - 1] ?? '';
  let endLine = startLine - 1;
  while (endLine >= 1 && attribute.test(text(endLine))) endLine -= 1;
  // An empty line parts a note from what it is about in the eyes of some tools, not in those of a reader.
  if (endLine > 1 && text(endLine).trim() === '') endLine -= 1;
  const least = Math.max(1, endLine - mostCommentLines);
  let line = endLine;
  if (line >= 1 && blockEnd.test(text(line)) && !lineComment.test(text(line))) {
    while (line >= least && !blockBegin.test(text(line))) line -= 1;
    // Something that only ends like a comment: code with a comment behind it.
    return line >= least ? { startLine: line, endLine } : null;
  }
  while (line >= least && lineComment.test(text(line))) line -= 1;
  return line < endLine ? { startLine: line + 1, endLine } : null;
}

/** The docstring with which a body begins; null where the language has none or it has not. */
export function docstringOf(file: FileText, symbol: SymbolDefinition): Lines | null {
  if (file.language !== 'python') return null;
  const declared = declarationLines(file, symbol);
  if (!declared) return null;
  let startLine = declared.endLine + 1;
  while (startLine <= symbol.endLine && file.lines[startLine - 1]?.trim() === '') startLine += 1;
  const first = file.lines[startLine - 1] ?? '';
  const opening = /^\s*[rRuUbB]*("""|'''|"|')/.exec(first);
  const quotes = opening?.[1];
  if (opening === null || quotes === undefined) return null;
  if (first.indexOf(quotes, opening[0].length) >= 0) return { startLine, endLine: startLine };
  if (quotes.length === 1) return null;
  for (let endLine = startLine + 1; endLine <= symbol.endLine; endLine++)
    if (file.lines[endLine - 1]?.includes(quotes) === true) return { startLine, endLine };
  return null;
}
