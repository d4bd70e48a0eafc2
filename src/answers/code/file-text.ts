/** The lines of an indexed file as they were read: the chunks of a file in order give the file back, so no disk is touched. */
import { visibleInline } from '../../base/visible-text.ts';
import type { Chunk, IndexReader, SymbolDefinition } from '../../index/types.ts';
import type { LineRange } from '../../protocol/answers.ts';

export interface FileText {
  readonly path: string;
  readonly language: string;
  /** Lines without their ends; `lines[0]` is line 1. */
  readonly lines: readonly string[];
  readonly chunks: readonly Chunk[];
}

/** By the list of a file's chunks, which is another one when the file changed. */
const known = new WeakMap<readonly Chunk[], FileText>();

/** The text of a file in the index; undefined when it is not there. */
export function fileText(reader: IndexReader, path: string): FileText | undefined {
  const file = reader.file(path);
  if (!file) return undefined;
  const chunks = reader.chunksOf(path);
  const found = known.get(chunks);
  if (found?.path === path && found.language === file.language) return found;
  const lines: string[] = [];
  for (const chunk of chunks) {
    // A chunk may or may not keep the line end of its last line; its line numbers say how many lines it has.
    const own = chunk.text.split(/\r?\n/).slice(0, chunk.endLine - chunk.startLine + 1);
    for (const [at, line] of own.entries()) lines[chunk.startLine - 1 + at] = line;
  }
  const text = {
    ...{ path, language: file.language, chunks },
    lines: Array.from(lines, (line: string | undefined) => line ?? ''),
  };
  known.set(chunks, text);
  return text;
}

/** Lines of a file as one text, both ends included, without a line end after the last. */
export function linesOf(file: FileText, startLine: number, endLine: number): string {
  return file.lines.slice(startLine - 1, endLine).join('\n');
}

/** The chunk that holds a line. */
export function chunkAt(file: FileText, line: number): Chunk | undefined {
  return file.chunks.find((chunk) => chunk.startLine <= line && line <= chunk.endLine);
}

/** The smallest definition that holds a line, or all of a range. */
export function innermost(
  symbols: readonly SymbolDefinition[],
  startLine: number,
  endLine = startLine,
): SymbolDefinition | undefined {
  let found: SymbolDefinition | undefined;
  for (const symbol of symbols) {
    if (symbol.startLine > startLine || symbol.endLine < endLine) continue;
    if (!found || symbol.endLine - symbol.startLine <= found.endLine - found.startLine) found = symbol;
  }
  return found;
}

/** A definition's name with those that enclose it, outermost first. */
export function qualifiedName(symbol: Pick<SymbolDefinition, 'name' | 'scope'>): string {
  return [...symbol.scope, symbol.name].join('.');
}

/** `path:3-9`, or `path:3` for one line; where there are several repositories, behind the name of the path's own. */
export function place(range: LineRange & { readonly repository?: NamedRepository | null }): string {
  const { startLine, endLine } = range;
  const path = visibleInline(pathAmong(range));
  return startLine === endLine ? `${path}:${startLine}` : `${path}:${startLine}-${endLine}`;
}

/** A repository as what was found in it names it, where there are several. */
export interface NamedRepository {
  readonly root: string;
  readonly name: string;
}

/** A path as it is said and shown to a decoder: with its repository's name before it where there are several. */
export function pathAmong({
  repository,
  path,
}: {
  readonly repository?: NamedRepository | null;
  readonly path: string;
}): string {
  return repository ? `${repository.name}/${path}` : path;
}

const mostDeclarationLines = 24;

/** Whether more parentheses are opened than closed. */
function isOpen(lines: readonly string[]): boolean {
  const text = lines.join('\n');
  return (text.match(/\(/g) ?? []).length > (text.match(/\)/g) ?? []).length;
}

/**
 * The lines of a declaration without its body, as they stand in the file: found by the signature's first line, because a
 * definition's range may begin with decorators or attributes.
 */
export function declarationLines(
  file: FileText,
  symbol: SymbolDefinition,
): { startLine: number; endLine: number } | undefined {
  const signature = symbol.signature.split('\n').map((line) => line.trim());
  const [head] = signature;
  if (head === undefined || head === '') return undefined;
  const last = Math.min(symbol.endLine, symbol.startLine + 30);
  for (let line = symbol.startLine; line <= last; line++) {
    if (!file.lines[line - 1]?.trim().startsWith(head)) continue;
    let endLine = Math.min(line + signature.length - 1, symbol.endLine);
    // A signature is kept to a few lines; a parameter list that goes on is shown to its end.
    const limit = Math.min(symbol.endLine, line + mostDeclarationLines - 1);
    while (endLine < limit && isOpen(file.lines.slice(line - 1, endLine))) endLine += 1;
    return { startLine: line, endLine };
  }
  return undefined;
}
