/** What the analysis of one text gives, in the form that crosses from the parser worker to the store. */
import { type LineTable } from '../chunks/lines.ts';
import { encodeTerms } from '../terms/terms.ts';
import type { Extracted, PlacedSymbol } from './symbols.ts';
import type { ImportReference, SymbolDefinition, Span } from '../types.ts';

/** Numbers a chunk takes in {@link ParsedFile.chunks}. */
export const chunkFields = 4;

export interface ParsedFile {
  readonly lines: number;
  /** Four numbers a chunk: first line and last line (from 1), first offset and offset behind the last (UTF-16). */
  readonly chunks: Uint32Array;
  /** For each chunk the names of the enclosing definitions at its first line, joined by line feeds. */
  readonly scopes: readonly string[];
  /** In the order of their first lines. */
  readonly symbols: readonly SymbolDefinition[];
  readonly imports: readonly ImportReference[];
  /** See terms.ts. */
  readonly terms: Uint8Array;
}

/** The parts put together: chunks with their scopes, and the terms of all. */
export function assemble(text: string, lines: LineTable, firsts: readonly number[], extracted: Extracted): ParsedFile {
  const chunks = new Uint32Array(firsts.length * chunkFields);
  const scopes: string[] = [];
  const analysed: Parameters<typeof encodeTerms>[0][number][] = [];
  let symbol = 0;
  let comment = 0;
  const scopeAt = scopeFinder(extracted.scopes);
  firsts.forEach((first, i) => {
    const behind = firsts[i + 1] ?? lines.count;
    const start = lines.starts[first] ?? 0;
    const end = lines.starts[behind] ?? text.length;
    chunks.set([first + 1, behind, start, end], i * chunkFields);
    const scope = scopeAt(start);
    scopes.push(scope.join('\n'));
    const names: SymbolDefinition[] = [];
    for (let at: PlacedSymbol | undefined; (at = extracted.symbols[symbol]) && at.start < end; symbol++)
      names.push(at.definition);
    const spans: Span[] = [];
    for (let at: Span | undefined; (at = extracted.comments[comment]) && at.start < end; comment++) {
      if (at.end > start) spans.push({ start: Math.max(0, at.start - start), end: Math.min(at.end, end) - start });
      // A comment that goes on in the next chunk is looked at again there.
      if (at.end > end) break;
    }
    analysed.push({ text: text.slice(start, end), comments: spans, symbols: names, scope });
  });
  return {
    lines: lines.count,
    chunks,
    scopes,
    symbols: extracted.symbols.map((placed) => placed.definition),
    imports: extracted.imports,
    terms: encodeTerms(analysed),
  };
}

/** Names of the innermost range around an offset; asked with rising offsets. */
function scopeFinder(scopes: Extracted['scopes']): (offset: number) => readonly string[] {
  const open: Extracted['scopes'][number][] = [];
  let next = 0;
  return (offset) => {
    for (let at; (at = scopes[next]) && at.start < offset; next++) open.push(at);
    while (open.length > 0 && (open.at(-1)?.end ?? 0) <= offset) open.pop();
    return open.at(-1)?.names ?? [];
  };
}
