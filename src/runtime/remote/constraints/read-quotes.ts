/**
 * From what a server wrote under the constraint "quote" back to places in the texts. It does not trust the server: what is no
 * quote, word for word, is left out, whatever held the output or did not.
 */
import type { Constraint, DecodeResult } from '../../decoder.ts';
import { type PossibleQuote, possibleQuotes } from './quote-forms.ts';

/** The quotes at the beginning of the text, one after another with a line break in between. */
export function readQuotes(constraint: Extract<Constraint, { kind: 'quote' }>, text: string): DecodeResult['quotes'] {
  // The longest first: a quote is not cut where a shorter one would end.
  const possible = possibleQuotes(constraint).toSorted((a, b) => b.text.length - a.text.length);
  const written = text.replaceAll('\r\n', '\n').trimEnd();
  const quotes: PossibleQuote[] = [];
  for (let at = 0; at < written.length && quotes.length < constraint.maxQuotes;) {
    const found = possible.find((quote) => stands(quote, written, at));
    if (!found) break;
    if (!quotes.some(({ text: quoted }) => quoted.trim() === found.text.trim())) quotes.push(found);
    const end = written.indexOf('\n', at + plain(found.text).trimEnd().length);
    at = end < 0 ? written.length : end + 1;
  }
  return quotes.map(({ textId, startLine, endLine }) => ({ textId, startLine, endLine }));
}

/** Whether the quote stands there and ends where a line does. */
function stands({ text }: PossibleQuote, written: string, at: number): boolean {
  const quote = plain(text).trimEnd();
  const end = written.charAt(at + quote.length);
  return written.startsWith(quote, at) && (end === '' || end === '\n');
}

function plain(text: string): string {
  return text.replaceAll('\r\n', '\n');
}
