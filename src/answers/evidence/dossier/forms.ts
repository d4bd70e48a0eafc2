/**
 * The forms in which a piece of code can be read, from all of it down to its signature. Each holds whole lines of the file and
 * knows which; the documentation comment belongs to every form but the last.
 */
import type { SymbolDefinition } from '../../../index/types.ts';
import type { FormKind, SourceForm } from '../../../reading/plan.ts';
import { type FileText, declarationLines } from '../../code/file-text.ts';
import { type Lines, commentAbove, docstringOf } from './documentation-lines.ts';
import { linesThatMatter } from './lines-that-matter.ts';
import type { QuestionWords } from './question-words.ts';

/** Lines of a body that are chosen for their own worth, in the larger and in the smaller excerpt. */
const mostLines = 14;
/** Lines of a documentation comment beside its first paragraph. */
const mostDocumentationLines = 4;
const mostParagraphLines = 6;
/** Lines of a signature; a longer list of parameters is read where the body is. */
const mostSignatureLines = 8;
/** A type with more lines is read as an outline: its members are pieces of their own. */
const mostTypeLines = 30;
const mostOutlineLines = 30;

/** The lines of a definition with its documentation comment, wherever that is. */
export function wholeRange(file: FileText, symbol: SymbolDefinition): Lines {
  const comment = commentAbove(file, symbol.startLine);
  return { startLine: comment?.startLine ?? symbol.startLine, endLine: symbol.endLine };
}

/**
 * The forms of a definition, largest first.
 * @param symbols the definitions of the file
 */
export function formsOfDefinition(
  file: FileText,
  symbol: SymbolDefinition,
  symbols: readonly SymbolDefinition[],
  words: QuestionWords,
): SourceForm[] {
  const range = wholeRange(file, symbol);
  const comment = commentAbove(file, symbol.startLine);
  const docstring = docstringOf(file, symbol);
  const declared = declarationLines(file, symbol) ?? { startLine: symbol.startLine, endLine: symbol.startLine };
  const signature = listed({
    ...declared,
    endLine: Math.min(declared.endLine, declared.startLine + mostSignatureLines - 1),
  });
  const documentation = [comment, docstring].flatMap((lines) => (lines ? documentationLines(file, lines, words) : []));
  const bodyStart = Math.max(declared.endLine, docstring?.endLine ?? 0) + 1;
  const body = { startLine: bodyStart, endLine: symbol.endLine };
  const members = symbol.kind === 'type' ? membersOf(symbol, symbols) : [];
  const isOutline = members.length > 0 && symbol.endLine - symbol.startLine >= mostTypeLines;
  const within =
    bodyStart > symbol.endLine
      ? []
      : isOutline
        ? outline(file, body, members, words)
        : linesThatMatter(file, body, words, mostLines);
  return distinct([
    form('whole', file, listed(range), range),
    form('lines', file, [...documentation, ...signature, ...within], range),
    form('documented', file, [...documentation, ...signature], range),
    form('signature', file, signature, range),
  ]);
}

/** The forms of lines that are no definition. */
export function formsOfLines(file: FileText, range: Lines, words: QuestionWords): SourceForm[] {
  return distinct([
    form('whole', file, listed(range), range),
    form('lines', file, linesThatMatter(file, range, words, mostLines), range),
  ]);
}

/** A text of these lines, `…` between runs of them. */
export function form(kind: FormKind, file: FileText, lines: readonly number[], within: Lines): SourceForm {
  const runs: { startLine: number; endLine: number }[] = [];
  for (const line of [...new Set(lines)].toSorted((a, b) => a - b)) {
    if (line < within.startLine || line > within.endLine) continue;
    const last = runs.at(-1);
    if (last?.endLine === line - 1) last.endLine = line;
    else runs.push({ startLine: line, endLine: line });
  }
  const texts = runs.map(({ startLine, endLine }) => file.lines.slice(startLine - 1, endLine).join('\n'));
  const cut = (run: Lines | undefined): string =>
    `${/^\s*/.exec(file.lines[(run?.startLine ?? 1) - 1] ?? '')?.[0] ?? ''}…\n`;
  return { kind, text: texts.map((text, at) => (at === 0 ? text : `${cut(runs[at])}${text}`)).join('\n'), lines: runs };
}

function listed({ startLine, endLine }: Lines): number[] {
  return Array.from({ length: Math.max(endLine - startLine + 1, 0) }, (_, at) => startLine + at);
}

/** Of a documentation comment its first paragraph and the lines that matter. */
function documentationLines(file: FileText, range: Lines, words: QuestionWords): number[] {
  const isBlank = (line: number): boolean => !/[\p{L}\p{N}]/u.test(file.lines[line - 1] ?? '');
  let end = range.startLine;
  // The opening sign may have a line to itself.
  while (end < range.endLine && isBlank(end)) end += 1;
  while (end < range.endLine && !isBlank(end + 1) && end - range.startLine < mostParagraphLines) end += 1;
  const first = listed({ startLine: range.startLine, endLine: end });
  if (end >= range.endLine) return first;
  const rest = { startLine: end + 1, endLine: range.endLine };
  const more =
    rest.endLine - rest.startLine < 2 ? listed(rest) : linesThatMatter(file, rest, words, mostDocumentationLines);
  return [...first, ...more];
}

/** The definitions right inside a type. */
function membersOf(type: SymbolDefinition, symbols: readonly SymbolDefinition[]): SymbolDefinition[] {
  return symbols.filter(
    (one) =>
      one !== type &&
      !one.local &&
      one.startLine > type.startLine &&
      one.endLine <= type.endLine &&
      one.scope.length === type.scope.length + 1,
  );
}

/** Of a type's body the first line of each member, those that the question speaks of first. */
function outline(file: FileText, body: Lines, members: readonly SymbolDefinition[], words: QuestionWords): number[] {
  const heads = members.map((one) => declarationLines(file, one)?.startLine ?? one.startLine);
  if (heads.length <= mostOutlineLines) return heads;
  const named = new Set(linesThatMatter(file, body, words, mostOutlineLines));
  return heads.filter((line, at) => named.has(line) || at < mostOutlineLines / 2).slice(0, mostOutlineLines);
}

/** Forms that say less than the one before: what leaves out next to nothing is left out. */
function distinct(forms: readonly SourceForm[]): SourceForm[] {
  const kept: SourceForm[] = [];
  for (const one of forms) {
    const before = kept.at(-1);
    if (one.lines.length > 0 && (!before || one.text.length < before.text.length * 0.85)) kept.push(one);
  }
  return kept;
}
