/** From the matches of a language's query to definitions with scope, signature and documentation, comments and imports. */
import type { Node, QueryMatch } from 'web-tree-sitter';
import { cleanComment } from './documentation.ts';
import { commentAbove, isDocumented, lastInk } from './comment-above.ts';
import type { LanguageSyntax } from '../languages/syntax.ts';
import { type LineTable, lineAt } from '../chunks/lines.ts';
import type { ImportReference, Span, SymbolDefinition, SymbolKind } from '../types.ts';

/** A definition and where it stands, for scopes. */
export interface PlacedSymbol extends Span {
  readonly definition: SymbolDefinition;
}

export interface Extracted {
  readonly symbols: readonly PlacedSymbol[];
  /** Enclosing ranges with the names they contribute, by start; they nest. */
  readonly scopes: readonly (Span & { readonly names: readonly string[] })[];
  /** Comments and docstrings, ascending, not overlapping. */
  readonly comments: readonly Span[];
  readonly imports: readonly ImportReference[];
}

const kinds: ReadonlySet<string> = new Set<SymbolKind>([
  'type',
  'function',
  'method',
  'variable',
  'constant',
  'module',
  'field',
]);
const longestSignature = 600;
const mostSignatureLines = 8;

interface Found extends Span {
  readonly kind: SymbolKind | 'scope';
  readonly pattern: number;
  readonly name: string;
  readonly nameStart: number;
  readonly bodyStart: number;
  readonly receiver: string;
}

/** @param text the file's text; node offsets count its UTF-16 units */
export function extractSymbols(
  matches: readonly QueryMatch[],
  text: string,
  lines: LineTable,
  syntax: LanguageSyntax,
): Extracted {
  const found = new Map<string, Found>();
  const comments: Span[] = [];
  const docstrings = new Map<number, Span>();
  const imports: ImportReference[] = [];
  for (const match of matches) {
    let definition: Node | undefined;
    let kind: SymbolKind | 'scope' | undefined;
    let name: Node | undefined;
    let bodyStart = -1;
    let receiver = '';
    let docstring: Span | undefined;
    let documented = -1;
    for (const { name: capture, node } of match.captures) {
      if (capture === 'comment') comments.push({ start: node.startIndex, end: node.endIndex });
      else if (capture === 'name') name = node;
      else if (capture === 'body') bodyStart = node.startIndex;
      else if (capture === 'receiver') receiver = text.slice(node.startIndex, node.endIndex);
      else if (capture === 'specifier') imports.push(importOf(node, text));
      else if (capture === 'docstring') docstring = { start: node.startIndex, end: node.endIndex };
      else if (capture === 'documented') documented = node.startIndex;
      else if (capture === 'scope' || kinds.has(capture)) {
        definition = node;
        kind = capture as SymbolKind | 'scope';
      }
    }
    if (docstring) {
      comments.push(docstring);
      if (documented >= 0) docstrings.set(documented, docstring);
    }
    if (!definition || !kind || !name) continue;
    const key = `${definition.startIndex}:${definition.endIndex}:${name.startIndex}`;
    const known = found.get(key);
    if (known && known.pattern <= match.patternIndex) continue;
    found.set(key, {
      start: definition.startIndex,
      end: definition.endIndex,
      kind,
      pattern: match.patternIndex,
      name: text.slice(name.startIndex, name.endIndex),
      nameStart: name.startIndex,
      bodyStart,
      receiver,
    });
  }
  const sortedComments = disjoint(comments);
  imports.sort((a, b) => a.line - b.line);
  return {
    ...place([...found.values()], text, lines, syntax, sortedComments, docstrings),
    comments: sortedComments,
    imports,
  };
}

function place(
  found: Found[],
  text: string,
  lines: LineTable,
  syntax: LanguageSyntax,
  comments: readonly Span[],
  docstrings: ReadonlyMap<number, Span>,
): Pick<Extracted, 'symbols' | 'scopes'> {
  found.sort((a, b) => a.start - b.start || b.end - a.end || a.nameStart - b.nameStart);
  const symbols: PlacedSymbol[] = [];
  const scopes: (Span & { names: readonly string[] })[] = [];
  const open: { end: number; names: readonly string[]; kind: Found['kind'] }[] = [];
  const byLastLine = new Map<number, Span>();
  for (const comment of comments) {
    // Only a comment that begins its line stands above something; one behind code speaks of that line.
    if (beginsLine(text, comment.start))
      byLastLine.set(lineAt(lines, Math.max(comment.start, lastInk(text, comment))), comment);
  }
  for (const one of found) {
    while (open.length > 0 && (open.at(-1)?.end ?? 0) <= one.start) open.pop();
    const enclosing = open.at(-1);
    const outer = enclosing?.names ?? [];
    // `Foo::bar` defined outside of Foo, and Go's receivers, carry their scope with them.
    const parts = splitQualified(one.name);
    const name = parts.pop() ?? one.name;
    const receiver = receiverName(one.receiver);
    // A parameter that declares a field (PHP, TypeScript) belongs to the type, not to the constructor.
    const isPromoted = one.kind === 'field' && enclosing?.kind === 'method';
    const scope = [
      ...(isPromoted ? outer.slice(0, -1) : outer),
      ...(receiver === undefined ? [] : [receiver]),
      ...parts,
    ];
    const inType = enclosing?.kind === 'type' || enclosing?.kind === 'scope' || parts.length > 0;
    if (one.kind !== 'scope') {
      const kind =
        one.kind === 'function' && (inType || receiver !== undefined)
          ? 'method'
          : one.kind === 'variable' && syntax.constantName?.test(name)
            ? 'constant'
            : one.kind;
      const startLine = lineAt(lines, one.start);
      const docstring = one.bodyStart >= 0 ? docstrings.get(one.bodyStart) : undefined;
      symbols.push({
        start: one.start,
        end: one.end,
        definition: {
          name,
          kind,
          scope,
          local: !isPromoted && open.some((o) => o.kind === 'function' || o.kind === 'method'),
          startLine: startLine + 1,
          endLine: lineAt(lines, Math.max(one.start, one.end - 1)) + 1,
          signature: signatureOf(one, text, lines, startLine),
          documentation: docstring
            ? cleanComment(text.slice(docstring.start, docstring.end))
            : commentAbove(
                startLine,
                text,
                lines,
                byLastLine,
                isDocumented(kind) ? syntax.documentationMark : undefined,
              ),
        },
      });
    }
    const encloses =
      one.kind === 'type' ||
      one.kind === 'function' ||
      one.kind === 'method' ||
      one.kind === 'module' ||
      one.kind === 'scope';
    if (encloses) {
      const names = one.kind === 'scope' ? [...outer, typeName(one.name)] : [...scope, name];
      open.push({ end: one.end, names, kind: one.kind });
      scopes.push({ start: one.start, end: one.end, names });
    }
  }
  return { symbols, scopes };
}

/** From the first sign of the line to the body, or to the end of what has none. */
function signatureOf(one: Found, text: string, lines: LineTable, startLine: number): string {
  const lineStart = lines.starts[startLine] ?? 0;
  const end = one.bodyStart > one.start ? one.bodyStart : one.end;
  const raw = text.slice(lineStart, Math.min(end, lineStart + longestSignature)).trim();
  const kept = raw.split('\n', mostSignatureLines);
  const isWhole = one.bodyStart > one.start;
  // Without a body the value or the members follow: the first line says what it is.
  const signature = (isWhole ? kept : kept.slice(0, 1)).join('\n').replaceAll('\r', '').trimEnd();
  return signature.replace(/\s*(?:\{|=>|=)$/, '');
}

/** `Mux` for `*Mux[T]`, `Stack` for `Stack.prototype`; nothing for CommonJS's `exports`. */
function receiverName(receiver: string): string | undefined {
  const name = /[\p{L}_$][\p{L}\p{N}_$]*/u.exec(receiver)?.[0];
  return name === 'exports' || name === 'module' || name === 'this' ? undefined : name;
}

function importOf(node: Node, text: string): ImportReference {
  const raw = text.slice(node.startIndex, Math.min(node.endIndex, node.startIndex + 500));
  return { specifier: raw.replace(/^["'`<]|["'`>]$/g, '').replace(/\s+/g, ' '), line: node.startPosition.row + 1 };
}

function splitQualified(name: string): string[] {
  if (name.startsWith('operator') || !name.includes('::'))
    return [name.replace(/\s+/g, ' ').replace(/^["':](?=.)|["']$/g, '')];
  // Template arguments may hold `::` of their own; they are no part of the name.
  let depth = 0;
  let flat = '';
  for (const sign of name) {
    if (sign === '<') depth += 1;
    if (depth === 0) flat += sign;
    if (sign === '>') depth -= 1;
  }
  const parts = flat
    .split('::')
    // A macro before a return type on a line of its own makes the grammar take both for the name; a scope's names are kept by lines.
    .map((part) => (part.trim().startsWith('operator') ? part.trim().replace(/\s+/g, ' ') : lastWord(part)))
    .filter((part) => part !== '');
  return parts.length > 0 ? parts : [name.replace(/\s+/g, ' ')];
}

function lastWord(text: string): string {
  return text.trim().split(/\s+/).at(-1) ?? '';
}

/** `Vec` for `Vec<T>`, `Reader` for `&'a io::Reader`. */
function typeName(name: string): string {
  const plain = name.replace(/<[^]*$/, '').replace(/^[&*\s]*(?:'\w+\s+)?(?:mut\s+|dyn\s+)?/, '');
  return plain.split('::').at(-1)?.trim() ?? name;
}

function beginsLine(text: string, at: number): boolean {
  for (let i = at - 1; i >= 0; i--) {
    const code = text.charCodeAt(i);
    if (code === 10) return true;
    if (code !== 32 && code !== 9) return false;
  }
  return true;
}

function disjoint(spans: Span[]): Span[] {
  spans.sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Span[] = [];
  for (const span of spans) if (span.start >= (kept.at(-1)?.end ?? 0)) kept.push(span);
  return kept;
}
