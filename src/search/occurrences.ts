/** Where words occur in what is indexed: in how many pieces of code and of other files, inside longer names, and in paths. */
import type { Corpus } from './corpus.ts';

export interface Occurrence {
  /** Chunks of code that hold it as a word or as a part of a name; tests and examples are left out. */
  readonly code: number;
  /** Chunks of tests, examples, documents, configuration and data that do. */
  readonly other: number;
  /** Files in whose path it is a word. */
  readonly paths: number;
  /** Whether its letters are in any word or name at all, or in a path. */
  readonly letters: boolean;
}

/** Names this long count where a longer one holds them: `ratelimit` in `withratelimiter`. */
const shortestWithin = 8;

/**
 * One occurrence a form, in the same order. A form is in lower case: a word, its stem, a name of several words joined, or with a
 * star behind it the beginning of words.
 * One pass over the terms for all of them: some milliseconds for 100,000 terms.
 */
export function occurrencesOf({ terms, files }: Corpus, forms: readonly string[]): Occurrence[] {
  const wanted = forms.map((form) => form.replace(/\*$/, ''));
  const chunks = forms.map(() => new Set<number>());
  const letters = new Set<number>();
  for (let term = 0; term < terms.termCount; term++) {
    const text = terms.termOf(term);
    for (const [at, form] of wanted.entries()) {
      const found = text.indexOf(form);
      if (found < 0) continue;
      const isWord =
        text.length === form.length ||
        (found === 0 && form !== forms[at]) ||
        form.length >= shortestWithin ||
        form.includes('_');
      if (!isWord && letters.has(at)) continue;
      terms.scan(term, (chunk) => {
        letters.add(at);
        if (isWord) chunks[at]?.add(chunk);
      });
    }
  }
  const paths = files.paths().map((path) => path.toLowerCase());
  return wanted.map((form, at) => {
    const held = [...(chunks[at] ?? [])];
    const code = held.filter((chunk) => {
      const { lane, demotions } = files.facts(terms.fileOf(chunk));
      return lane === 'code' && demotions.test === 0 && demotions.example === 0;
    }).length;
    const word = new RegExp(String.raw`(?<![a-z0-9])${form}${forms[at] === form ? '(?![a-z0-9])' : ''}`);
    return {
      code,
      other: held.length - code,
      paths: paths.filter((path) => word.test(path)).length,
      letters: letters.has(at) || paths.some((path) => path.includes(form)),
    };
  });
}
