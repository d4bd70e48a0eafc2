/** How well a word of the question fits a word of a path, from 0 to 1. */

export interface Word {
  readonly word: string;
  readonly stem: string;
}

/**
 * Equal stems 1; one a prefix of the other .8 from four letters on and .6 with three; one inside the other .6 from four letters
 * on; a common beginning of words or of stems of at least five letters and 60 % of the longer .7; else 0.
 */
export function wordMatch(a: Word, b: Word): number {
  if (a.stem === b.stem || a.word === b.word) return 1;
  const [short, long] = a.word.length <= b.word.length ? [a.word, b.word] : [b.word, a.word];
  if (short.length >= 3 && long.startsWith(short)) return short.length >= 4 ? 0.8 : 0.6;
  if (shareBeginning(short, long) || shareBeginning(a.stem, b.stem)) return 0.7;
  if (short.length >= 4 && long.includes(short)) return 0.6;
  return 0;
}

function shareBeginning(a: string, b: string): boolean {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length >= 5 && length >= 0.6 * Math.max(a.length, b.length);
}
