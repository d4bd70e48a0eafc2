/** What the chunk scores say about whole files: a file is as good as its best chunks, and many good chunks add up. */
import type { ChunkScores } from '../bm25f.ts';
import type { TermIndex } from '../term-index.ts';

/** Shares of a file's best three chunks. */
const bestShares = [1, 0.5, 0.25];

/** The three largest values above 0, weighted 1, .5 and .25. */
export function bestThree(values: Iterable<number>): number {
  const top = [0, 0, 0];
  for (const value of values) insert(top, value);
  return weighted(top);
}

function weighted(top: readonly number[]): number {
  return bestShares.reduce((total, share, i) => total + share * (top[i] ?? 0), 0);
}

export interface TextFeatures {
  /** Square root of the sum of a file's chunk scores over that of the best file, by file number. */
  readonly sum: Float64Array;
  /** The best three chunks (1, .5, .25) over those of the best file. */
  readonly best: Float64Array;
}

/** @param fileCount the size of the arrays: file numbers ever given out */
export function textFeatures(index: TermIndex, chunks: ChunkScores, fileCount: number): TextFeatures {
  const sum = new Float64Array(fileCount);
  const best = new Float64Array(fileCount);
  const top = [0, 0, 0];
  let file = -1;
  const finish = (): void => {
    if (file >= 0) best[file] = weighted(top);
    top.fill(0);
  };
  // Chunks of a file are neighbours, so one pass in ascending order sees each file once.
  for (const chunk of chunks.touched) {
    const owner = index.fileOf(chunk);
    if (owner !== file) {
      finish();
      file = owner;
    }
    const score = chunks.scores[chunk] ?? 0;
    sum[owner] = (sum[owner] ?? 0) + score;
    insert(top, score);
  }
  finish();
  return { sum: overBest(sum.map(Math.sqrt)), best: overBest(best) };
}

/** Keeps the three largest, descending. */
function insert(top: number[], score: number): void {
  if (score <= (top[2] ?? 0)) return;
  for (let i = 0, value = score; i < top.length; i++) {
    const held = top[i] ?? 0;
    if (value > held) {
      top[i] = value;
      value = held;
    }
  }
}

/** Divides by the largest value; all zero stays zero. */
export function overBest(values: Float64Array): Float64Array {
  let largest = 0;
  for (const value of values) if (value > largest) largest = value;
  return largest > 0 ? values.map((value) => value / largest) : values;
}
