/**
 * The constraint "quote" in the forms that servers take: llama.cpp's GBNF, a regular expression, or a list of all quotes there
 * are. They allow what the decoder here allows: whole consecutive lines, with or without the first one's indentation.
 */
import { type QuotableLine, type QuotableLines, quotableLines } from '../../constraints/quotable-lines.ts';
import type { Constraint } from '../../decoder.ts';

type QuoteConstraint = Extract<Constraint, { kind: 'quote' }>;

/** One quote that may be made, with the place it is from. */
export interface PossibleQuote {
  readonly text: string;
  readonly textId: string;
  readonly startLine: number;
  readonly endLine: number;
}

/** A notation for sequences, alternatives and options. */
interface Notation {
  readonly literal: (text: string) => string;
  readonly optional: (inner: string) => string;
  readonly group: (inner: string) => string;
  readonly join: string;
}

const gbnf: Notation = {
  literal: (text) => `"${text.replace(/["\\\p{Cc}]/gu, escapeGbnf)}"`,
  optional: (inner) => `(${inner})?`,
  group: (inner) => `(${inner})`,
  join: ' ',
};
const regex: Notation = {
  literal: (text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replace(/[\n\r\t]/g, (c) => escapes[c] ?? c),
  optional: (inner) => `(?:${inner})?`,
  group: (inner) => `(?:${inner})`,
  join: '',
};
const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A grammar in GBNF (llama.cpp, grammars/README.md); null when there is nothing to quote. */
export function quoteGrammar(constraint: QuoteConstraint): string | null {
  const quotes = alternatives(constraint, gbnf);
  if (quotes.length === 0 || constraint.maxQuotes < 1) return null;
  const more = constraint.maxQuotes - 1;
  return [
    `root ::= quote${more > 0 ? ` ("\\n" quote){0,${String(more)}}` : ''}`,
    `quote ::= ${quotes.join(' | ')}`,
    '',
  ].join('\n');
}

/** A regular expression that the whole output matches; null when there is nothing to quote. */
export function quotePattern(constraint: QuoteConstraint): string | null {
  const quotes = alternatives(constraint, regex);
  if (quotes.length === 0 || constraint.maxQuotes < 1) return null;
  const one = regex.group(quotes.join('|'));
  const more = constraint.maxQuotes - 1;
  return more > 0 ? `${one}(?:\\n${one}){0,${String(more)}}` : one;
}

/** Every quote there is. */
export function possibleQuotes(constraint: QuoteConstraint): readonly PossibleQuote[] {
  const source = linesOf(constraint);
  const found: PossibleQuote[] = [];
  for (const [first, line] of source.lines.entries()) {
    if (!line?.opens) continue;
    for (const start of new Set([line.start, line.indented]))
      for (let last = first; last < first + constraint.maxLines; last += 1) {
        const end = source.lines[last];
        if (!end || end.reach === 0) break;
        if (!end.closes) continue;
        const text = slice(source, start, end.end);
        found.push({ text, textId: line.textId, startLine: line.number, endLine: end.number });
      }
  }
  return found;
}

function alternatives(constraint: QuoteConstraint, notation: Notation): string[] {
  const source = linesOf(constraint);
  return source.lines.flatMap((line, index) => {
    if (!line?.opens || line.reach > constraint.maxLines) return [];
    const indentation = slice(source, line.start, line.indented);
    return [
      [
        ...(indentation === '' ? [] : [notation.optional(notation.literal(indentation))]),
        notation.literal(slice(source, line.indented, line.end)),
        ...continuation(source, index, 1, constraint.maxLines, notation),
      ].join(notation.join),
    ];
  });
}

/** What may or must follow the line, when it is the quote's `written`-th. */
function continuation(
  source: QuotableLines,
  index: number,
  written: number,
  maxLines: number,
  notation: Notation,
): string[] {
  const line = source.lines[index];
  const next = source.lines[index + 1];
  if (!line || !next || next.reach === 0 || written + next.reach > maxLines) return [];
  const inner = [
    notation.literal(slice(source, line.end, next.end)),
    ...continuation(source, index + 1, written + 1, maxLines, notation),
  ].join(notation.join);
  return [line.closes ? notation.optional(inner) : notation.group(inner)];
}

function linesOf({ texts }: QuoteConstraint): QuotableLines {
  return quotableLines(texts, new Array<boolean>(256).fill(true));
}

function slice({ bytes }: QuotableLines, start: QuotableLine['start'], end: QuotableLine['end']): string {
  return new TextDecoder().decode(bytes.subarray(start, end));
}

function escapeGbnf(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  return escapes[character] ?? `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`;
}
