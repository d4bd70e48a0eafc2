/** The comment above a definition: which one documents it, and which only happens to be there. */
import { cleanComment } from './documentation.ts';
import { type LineTable, lineAt } from '../chunks/lines.ts';
import type { Span, SymbolKind } from '../types.ts';

/** Line comments in a row that are read as one. */
const mostLines = 200;
/** Directives to tools are no documentation. */
const directive =
  /^\s*(?:\/\/|#|\/\*)\s*(?:eslint|prettier|tslint|noqa|type:|pylint|pragma|nolint|go:|@ts-|istanbul|#?region|#?endregion)/;
const licence = /copyright|\blicen[cs]e|spdx-|all rights reserved|\(c\) \d{4}/i;
/** Blocks that document something of their own, wherever they stand: a file, a group, a type that is only a comment. */
const ownSubject =
  /[@\\](?:file|fileoverview|overview|module|packageDocumentation|license|licence|preserve|typedef|callback|event|namespace|external|defgroup|addtogroup|name|mainpage|page|section|todo)\b/i;
/** Headings of a part of a file: "Module dependencies.", "Helpers", "Public API". */
const heading =
  /^(?:(?:the|module|private|public|protected|internal|local|global|static|instance|common|shared|test|utility|helper)\s+)*(?:dependenc(?:y|ies)|exports?|variables?|helpers?|utilit(?:y|ies)|utils|constants?|types?|methods?|functions?|prototypes?|api|imports?|interfaces?|constructors?|destructors?|accessors?|getters?|setters?|fields?|properties|members?|operators?|declarations?|definitions?|macros|globals?|internals?|events?|hooks?|overrides?|tests?)[.:]?$/i;

/** What a comment behind an empty line can document: a value is more often what a heading stands above. */
export function isDocumented(kind: SymbolKind): boolean {
  return kind === 'function' || kind === 'method' || kind === 'type' || kind === 'module';
}

/**
 * The comment that ends on the line above, attributes and decorators between them skipped; line comments in a row are one.
 * @param startLine of the definition, from 0
 * @param byLastLine comments that begin their line, by the line they end on
 * @param mark how a comment begins that documents across one empty line; left out: none does
 */
export function commentAbove(
  startLine: number,
  text: string,
  lines: LineTable,
  byLastLine: ReadonlyMap<number, Span>,
  mark?: RegExp,
): string {
  let line = startLine - 1;
  let isApart = false;
  for (; line >= 0 && !byLastLine.has(line); line--) {
    const start = lines.starts[line] ?? 0;
    const begin = text.slice(start, Math.min(lines.starts[line + 1] ?? text.length, start + 80));
    if (begin.trim() === '' && mark && !isApart) isApart = true;
    else if (!/^\s*(?:@|#\[|\[\w|template\s*<|export\s*$)/.test(begin)) return '';
  }
  const parts: string[] = [];
  let first: Span | undefined;
  for (let comment = byLastLine.get(line); comment; comment = byLastLine.get(line)) {
    const part = text.slice(comment.start, lastInk(text, comment) + 1);
    // Above a documentation comment of lines may stand another comment.
    if (isApart && parts.length > 0 && mark?.test(part.trimStart()) !== true) break;
    parts.unshift(part);
    first = comment;
    line = lineAt(lines, comment.start) - 1;
    if (parts.length === 1 && /^\s*(?:\/\*|"""|<#|=begin)/.test(parts[0] ?? '')) break;
    if (parts.length > mostLines) break;
  }
  const block = parts.join('\n');
  if (directive.test(block)) return '';
  const words = cleanComment(block);
  return isApart && !(first && mark?.test(block.trimStart()) && speaksOfNext(text, first, block, words)) ? '' : words;
}

/** Whether a documentation comment that an empty line parts from the code speaks of it, and not of the file or of a part of it. */
function speaksOfNext(text: string, comment: Span, block: string, words: string): boolean {
  if (licence.test(block) || ownSubject.test(block)) return false;
  const [head = ''] = words.split('\n');
  if (!/\p{L}{2}/u.test(head) || /^(?:[-=*#~_+/]{3,}|<\/?editor-fold)|[-=*#~_/]{3,}$|\bbelow\b/.test(head))
    return false;
  // Capitals are a heading's too.
  if (/^\P{Ll}*\p{Lu}{2,}\s+\p{Lu}{2,}\P{Ll}*(?:\(|$)/u.test(head) || heading.test(words.trim())) return false;
  // The first comment of a file is the file's.
  return text.slice(0, comment.start).replace(/^#!.*/, '').trim() !== '';
}

/** The last offset of a comment that is no line end; some grammars count the line feed to the comment. */
export function lastInk(text: string, { start, end }: Span): number {
  let at = end - 1;
  while (at > start && (text.charCodeAt(at) === 10 || text.charCodeAt(at) === 13)) at -= 1;
  return at;
}
