/** Quotes by a decoder that may not write: which lines it may choose from, and how the chosen ones are shown. */
import { attached, cite, code, fence, paragraph } from '../../markdown/tree.ts';
import { write } from '../../markdown/write.ts';
import type { PlannedSource, ReadableSource } from '../../reading/plan.ts';
import type { DecodeRequest } from '../../runtime/decoder.ts';
import { place } from '../code/file-text.ts';
import { wordsOf } from '../code/words.ts';
import type { Writer } from './writer.ts';

/** A quote of a few lines; more would be the source itself, which stands above it anyway. */
const maxQuoteLines = 3;
const maxQuotes = 1;
/** Sources that a quote may come from: a small decoder is easily drawn to the wrong one, and search knows better. */
const mostQuotable = 2;
const mostQuotableLines = 10;
/** Words of the question that a line must add to what is shown. */
const fewestHits = 2;
/** A line with fewer names (a brace, `else:`, `return value`) says nothing when it stands alone. */
const fewestNames = 2;
const controlWords =
  /^(?:return|yield|await|else|elif|if|then|do|end|begin|try|catch|except|finally|default|case|break|continue|pass|next|throw|raise|const|let|var|new|not)$/;

/** Lines that may be quoted, as part of the source with this number. */
export interface Quotable {
  readonly id: string;
  readonly number: number;
  readonly startLine: number;
  readonly lines: readonly string[];
}

/**
 * What may be quoted: of the bodies of the best sources the lines with most of those words of the question that the answer does not
 * show yet, each with the line after it. A small decoder given every line picks one that has nothing to do with the question more
 * often than not; of the lines that it picks, those that added no more than one word of the question helped in 1 of 12 cases, the
 * others in 4 of 5 (questions on chi and requests).
 */
export function quotable(read: readonly PlannedSource[], words: ReadonlySet<string>): Quotable[] {
  const candidates = read
    .toSorted((a, b) => a.source.number - b.source.number)
    .slice(0, mostQuotable)
    .flatMap(({ source }) => {
      const unseen = unseenWords(source, words);
      return placedLines(source).flatMap(({ line, text }) => {
        const hits = countOf(text, unseen);
        return hits < fewestHits || line < source.quotableFrom || isBare(text)
          ? []
          : [{ number: source.number, line, hits }];
      });
    });
  const best = Math.max(...candidates.map(({ hits }) => hits));
  const chosen = candidates.filter(({ hits }) => hits >= best - 1).slice(0, mostQuotableLines);
  const runs: { number: number; startLine: number; endLine: number }[] = [];
  for (const { number, line } of chosen.toSorted((a, b) => a.number - b.number || a.line - b.line)) {
    const last = runs.at(-1);
    if (last?.number === number && line <= last.endLine + 1) last.endLine = line + 1;
    else runs.push({ number, startLine: line, endLine: line + 1 });
  }
  return runs.flatMap(({ number, startLine, endLine }) => {
    const source = read.find((planned) => planned.source.number === number)?.source;
    const lines = source ? consecutive(placedLines(source), startLine, endLine) : [];
    while (lines.at(-1)?.trim() === '') lines.pop();
    return [{ id: `${number}:${startLine}`, number, startLine, lines }];
  });
}

/** The words of the question that the answer does not show beside this source already. */
function unseenWords({ path, shown = path }: ReadableSource, words: ReadonlySet<string>): ReadonlySet<string> {
  const seen = new Set(wordsOf(shown));
  return new Set([...words].filter((word) => !seen.has(word)));
}

function countOf(text: string, words: ReadonlySet<string>): number {
  return new Set(wordsOf(text).filter((word) => words.has(word))).size;
}

/** The lines of a source as it is read, each with its number in the file: between its runs there is a line that is none of it. */
function placedLines({ text, startLine, forms = [] }: ReadableSource): readonly { line: number; text: string }[] {
  const lines = text.split('\n');
  const [only] = forms.length === 1 ? forms : [];
  const runs = only?.lines ?? [{ startLine, endLine: startLine + lines.length - 1 }];
  let at = 0;
  return runs.flatMap((run) => {
    const length = run.endLine - run.startLine + 1;
    const own = lines.slice(at, at + length).map((content, i) => ({ line: run.startLine + i, text: content }));
    at += length + 1;
    return own;
  });
}

/** From one line on as far as the lines follow one another. */
function consecutive(lines: readonly { line: number; text: string }[], startLine: number, endLine: number): string[] {
  const found: string[] = [];
  for (let line = startLine; line <= endLine; line += 1) {
    const here = lines.find((one) => one.line === line);
    if (!here) break;
    found.push(here.text);
  }
  return found;
}

/** Whether a line has no more than one name or word besides those that steer: nothing that could answer a question. */
function isBare(line: string): boolean {
  const names = line.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu) ?? [];
  return names.filter((name) => !controlWords.test(name)).length < fewestNames;
}

export function quoteConstraint(texts: readonly Quotable[]): NonNullable<DecodeRequest['constraint']> {
  return {
    kind: 'quote',
    texts: texts.map(({ id, lines }) => ({ id, text: lines.join('\n') })),
    maxLines: maxQuoteLines,
    maxQuotes,
  };
}

/** Shows a quote when it is complete, taken from the text that was read, never from what the decoder wrote. */
export function quoteWriter(
  read: readonly PlannedSource[],
  texts: readonly Quotable[],
  words: ReadonlySet<string>,
): Writer {
  const quotes: string[] = [];
  const cited: number[] = [];
  return {
    take: (event) => {
      if (event.type !== 'quote') return '';
      const text = texts.find(({ id }) => id === event.textId);
      const source = read.find((planned) => planned.source.number === text?.number)?.source;
      if (!text || !source) return '';
      // A quote that begins on the line after one with the question's words is cut off from what it is about.
      const isApart =
        event.startLine > 0 && !wordsOf(text.lines[event.startLine] ?? '').some((word) => words.has(word));
      const first = isApart ? event.startLine - 1 : event.startLine;
      const lines = text.lines.slice(first, event.endLine + 1);
      while (lines.length > 1 && isBare(lines.at(-1) ?? '')) lines.pop();
      if (lines.every(isBare) || countOf(lines.join('\n'), unseenWords(source, words)) < fewestHits) return '';
      const startLine = text.startLine + first;
      const range = { path: source.path, startLine, endLine: startLine + lines.length - 1 };
      const quote = write([
        paragraph(code(place(range)), ' ', cite(source.number)),
        attached(fence(lines.join('\n'), source.language)),
      ]);
      const shown = quotes.length === 0 ? quote : `\n\n${quote}`;
      quotes.push(shown);
      if (!cited.includes(source.number)) cited.push(source.number);
      return shown;
    },
    end: () => '',
    isDone: () => false,
    isRefusing: () => false,
    again: () => null,
    written: () => ({ text: quotes.join(''), unsupported: [], unchecked: 0, cited, verified: cited }),
  };
}
