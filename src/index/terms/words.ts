/** Words: how identifiers fall into parts (camel case, snake case, CJK bigrams) and what their stems are. */
import snowball from 'snowball-stemmers';

/** Identifiers longer than this are data (hashes, base64), not names. */
const longestIdentifier = 80;
const longestPart = 40;
/** Distinct entries kept in each cache; when full it is emptied, for names come in waves of files. */
const cacheLimit = 100_000;

const stemmer = snowball.newStemmer('english');
const stems = new Map<string, string>();

/** The Snowball English stem (Porter2) of a lower-cased word; words with other letters than a-z come back as they are. */
export function stemOf(word: string): string {
  const known = stems.get(word);
  if (known !== undefined) return known;
  const stem = word.length > 2 && /^[a-z]+$/.test(word) ? stemmer.stem(word) : word;
  if (stems.size >= cacheLimit) stems.clear();
  stems.set(word, stem);
  return stem;
}

const cjk = /[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]/;
// An acronym before a capitalised word, a capitalised or lower-case word with its digits, an acronym, digits, other letters.
const camelParts = /\p{Lu}+(?=\p{Lu}\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}\p{Lm}\p{M}]+\p{Nd}*|\p{Lu}+\p{Nd}*|\p{Nd}+/gu;
// The same for ASCII, several times faster.
const asciiParts = /[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+[0-9]*|[A-Z]+[0-9]*|[0-9]+/g;

/** True for characters that stand inside identifiers: letters and digits of any script, `_` and `$`. */
export function isWordCode(code: number): boolean {
  if (code < 128)
    return (
      (code >= 97 && code <= 122) ||
      (code >= 65 && code <= 90) ||
      (code >= 48 && code <= 57) ||
      code === 95 ||
      code === 36
    );
  // General punctuation, symbols, CJK punctuation and full-width punctuation end a word; the rest counts as letters.
  return (
    code >= 0xaa &&
    code !== 0xab &&
    code !== 0xb7 &&
    code !== 0xbb &&
    !(code >= 0x2000 && code <= 0x2bff) &&
    !(code >= 0x3000 && code <= 0x303f) &&
    !(code >= 0xff00 && code <= 0xff0f)
  );
}

/**
 * The lower-cased parts of an identifier: `getHTTPResponse_v2` gives get, http, response, v2. Single ASCII letters and parts
 * that are too long to be words are left out; a run of Chinese, Japanese or Korean characters gives its bigrams.
 */
export function partsOf(identifier: string): readonly string[] {
  if (identifier.length > longestIdentifier) return [];
  const found = identifier.match(isAscii(identifier) ? asciiParts : camelParts);
  if (!found) return [];
  const parts: string[] = [];
  for (const piece of found) {
    if (cjk.test(piece)) pushBigrams(piece, parts);
    else if (piece.length > 1 && piece.length <= longestPart) parts.push(piece.toLowerCase());
  }
  return parts;
}

function pushBigrams(text: string, into: string[]): void {
  if (text.length === 1) into.push(text);
  for (let i = 0; i + 1 < text.length; i++) into.push(text.slice(i, i + 2));
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

/** A term as it is indexed: the stem of a part, or a whole identifier. `surface` is null for whole identifiers. */
export interface Term {
  readonly term: string;
  readonly surface: string | null;
}

/**
 * The terms of one identifier: each part's stem, and the whole identifier in lower case when it has more than one part.
 * The same parts twice (`test_test`) give the term twice: it counts twice.
 */
export function termsOf(identifier: string): readonly Term[] {
  const parts = partsOf(identifier);
  const terms: Term[] = parts.map((part) => ({ term: stemOf(part), surface: part }));
  if (parts.length > 1 && !cjk.test(identifier)) terms.push({ term: identifier.toLowerCase(), surface: null });
  return terms;
}
