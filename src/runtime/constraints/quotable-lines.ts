/** The texts a decoder may quote from, as bytes cut into lines, with what is known about each line beforehand. */
import type { QuotableText } from '../decoder.ts';

/** Longer lines are generated or minified: they are nothing to quote, and would use up the answer. */
const longestLine = 400;

export interface QuotableLine {
  readonly textId: string;
  /** From 0 within its text. */
  readonly number: number;
  /** Bytes of the line in {@link QuotableLines.bytes}: from `start` to `end`, without its terminator, which ends at `next`. */
  readonly start: number;
  readonly end: number;
  readonly next: number;
  /** Where the line begins after its indentation. */
  readonly indented: number;
  /** A quote may end here, and begin here when `opens`. */
  readonly closes: boolean;
  readonly opens: boolean;
  /** The line's content without surrounding white space, to recognise a line that was quoted before. */
  readonly content: string;
  /** How many lines on from the line before lies the next one at which a quote may end, if it went on into this line; 0: none. */
  readonly reach: number;
}

export interface QuotableLines {
  readonly bytes: Uint8Array;
  /** All lines of all texts, in order; the last line of a text is followed by null. */
  readonly lines: readonly (QuotableLine | null)[];
}

const space = 0x20;
const tab = 0x09;
const newline = 0x0a;
const carriageReturn = 0x0d;

/** @param canSpell whether the vocabulary has a token for the byte: lines with others cannot be written and are left out */
export function quotableLines(texts: readonly QuotableText[], canSpell: readonly boolean[]): QuotableLines {
  const encoded = texts.map(({ text }) => new TextEncoder().encode(text));
  const bytes = new Uint8Array(encoded.reduce((sum, { length }) => sum + length, 0));
  const lines: (QuotableLine | null)[] = [];
  let offset = 0;
  for (const [index, text] of encoded.entries()) {
    bytes.set(text, offset);
    const cut = cutLines(bytes, offset, offset + text.length, texts[index]?.id ?? '', canSpell);
    lines.push(...withReach(cut), null);
    offset += text.length;
  }
  return { bytes, lines };
}

type CutLine = Omit<QuotableLine, 'reach'> & { readonly writable: boolean };

function cutLines(
  bytes: Uint8Array,
  from: number,
  to: number,
  textId: string,
  canSpell: readonly boolean[],
): CutLine[] {
  const cut: CutLine[] = [];
  for (let start = from, number = 0; start < to; number += 1) {
    const found = bytes.indexOf(newline, start);
    const next = found < 0 || found >= to ? to : found + 1;
    let end = next;
    if (end > start && bytes[end - 1] === newline) end -= 1;
    if (end > start && bytes[end - 1] === carriageReturn) end -= 1;
    let indented = start;
    while (indented < end && (bytes[indented] === space || bytes[indented] === tab)) indented += 1;
    const content = new TextDecoder().decode(bytes.subarray(start, end)).trim();
    const writable =
      next - start <= longestLine && bytes.subarray(start, next).every((byte) => canSpell[byte] ?? false);
    const closes = writable && content !== '';
    // A line of brackets alone says nothing by itself.
    const opens = closes && /[\p{L}\p{N}]/u.test(content);
    cut.push({ textId, number, start, end, next, indented, closes, opens, content, writable });
    start = next;
  }
  return cut;
}

function withReach(cut: readonly CutLine[]): QuotableLine[] {
  const lines: QuotableLine[] = [];
  let reach = 0;
  for (const line of cut.toReversed()) {
    reach = !line.writable ? 0 : line.closes ? 1 : reach === 0 ? 0 : reach + 1;
    lines.push({ ...line, reach });
  }
  return lines.reverse();
}
