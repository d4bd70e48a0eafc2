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

/** How well each word of the question matches each word of the paths; made once for all lanes. */
export interface WordMatches {
  /** The best match of any word of the question, by word of {@link FileTable.words}. */
  readonly best: Float32Array;
  /** Share of the question's words found, by number of {@link FileTable.directories}. */
  readonly byDirectory: Float64Array;
}

export function matchWords(files: FileTable, query: Query): WordMatches {
  const best = new Float32Array(files.words.length);
  const byPart = query.parts.map((part) => {
    const matches = new Float32Array(files.words.length);
    files.words.forEach((word, number) => {
      const match = wordMatch(part, word);
      if (match === 0) return;
      matches[number] = match;
      if (match > (best[number] ?? 0)) best[number] = match;
    });
    return matches;
  });
  return { best, byDirectory: Float64Array.from(files.directories, (words) => foundShare(byPart, words)) };
}

/** @param mask 1 for files that are searched; the others stay 0 */
export function nameFeatures(files: FileTable, { best, byDirectory }: WordMatches, mask: Uint8Array): NameFeatures {
  const stem = new Float64Array(mask.length);
  const stemFull = new Float64Array(mask.length);
  const directories = new Float64Array(mask.length);
  for (let file = 0; file < mask.length; file++) {
    if (!mask[file]) continue;
    const { stemWords, directory } = files.facts(file);
    const share = explained(files, stemWords, best);
    stem[file] = share;
    if (share >= nearlyAll) stemFull[file] = 1;
    directories[file] = byDirectory[directory] ?? 0;
  }
  return { stem, stemFull, directories };
}

function foundShare(byPart: readonly Float32Array[], words: readonly number[]): number {
  if (byPart.length === 0) return 0;
  let found = 0;
  for (const matches of byPart) {
    let match = 0;
    for (const word of words) match = Math.max(match, matches[word] ?? 0);
    found += match;
  }
  return found / byPart.length;
}

function explained(files: FileTable, words: readonly number[], best: Float32Array): number {
  let letters = 0;
  let sum = 0;
  for (const word of words) {
    const length = files.words[word]?.word.length ?? 0;
    letters += length;
    sum += length * (best[word] ?? 0);
  }
  return letters === 0 ? 0 : sum / letters;
}
