/** What a file's name and directories say: how much of them the question explains. */
import type { FileTable } from '../file-table.ts';
import type { Query } from '../query.ts';
import { wordMatch } from '../word-match.ts';

/** A stem counts as fully explained from this share of its letters on. */
const nearlyAll = 0.9;

export interface NameFeatures {
  /** Share of the letters of the file's stem that words of the question explain, by file number. */
  readonly stem: Float64Array;
  /** 1 where nearly all letters are explained. */
  readonly stemFull: Float64Array;
  /** Share of the question's words found in the last three directories. */
  readonly directories: Float64Array;
}

/** @param mask 1 for files that are searched; the others stay 0 */
export function nameFeatures(files: FileTable, query: Query, mask: Uint8Array): NameFeatures {
  const stem = new Float64Array(mask.length);
  const stemFull = new Float64Array(mask.length);
  const directories = new Float64Array(mask.length);
  if (query.parts.length === 0) return { stem, stemFull, directories };
  const best = new Float64Array(files.words.length);
  // By word of the question, the directory words it matches.
  const matches = query.parts.map(() => new Map<number, number>());
  files.words.forEach((word, number) => {
    query.parts.forEach((part, i) => {
      const match = wordMatch(part, word);
      if (match === 0) return;
      matches[i]?.set(number, match);
      if (match > (best[number] ?? 0)) best[number] = match;
    });
  });
  for (let file = 0; file < mask.length; file++) {
    if (!mask[file]) continue;
    const { stemWords, directoryWords } = files.facts(file);
    stem[file] = explained(files, stemWords, best);
    if ((stem[file] ?? 0) >= nearlyAll) stemFull[file] = 1;
    let found = 0;
    for (const byWord of matches) {
      let match = 0;
      for (const word of directoryWords) match = Math.max(match, byWord.get(word) ?? 0);
      found += match;
    }
    directories[file] = found / matches.length;
  }
  return { stem, stemFull, directories };
}

function explained(files: FileTable, words: readonly number[], best: Float64Array): number {
  let letters = 0;
  let sum = 0;
  for (const word of words) {
    const length = files.words[word]?.word.length ?? 0;
    letters += length;
    sum += length * (best[word] ?? 0);
  }
  return letters === 0 ? 0 : sum / letters;
}
