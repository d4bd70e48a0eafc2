/**
 * BM25F over the fields of chunks and their paths (Robertson, Zaragoza and Taylor, "Simple BM25 extension to multiple weighted
 * fields", CIKM 2004; Zaragoza et al., TREC 2004): the weighted, length-normalised counts of a term are summed over the fields
 * before they saturate. Statistics are those of the files that are searched, so a folder ranks as if it were alone.
 */
import { termFields } from '../index/terms/terms.ts';
import type { FileTable } from './file-table.ts';
import type { TermIndex } from './term-index.ts';

export interface Bm25fParameters {
  readonly k1: number;
  /** Weights and length normalisation by field, in the order of `termFields`. */
  readonly weights: readonly number[];
  readonly b: readonly number[];
  /** The path: its counts are not normalised by length. */
  readonly pathWeight: number;
}

/** Fitted on development questions: code 1, comment 1, definition 4, scope 1, path 4. */
const fittedParameters: Bm25fParameters = {
  k1: 2.5,
  weights: [1, 1, 4, 1],
  b: [0.4, 0.4, 0.4, 0.4],
  pathWeight: 4,
};

/** Textbook BM25 over the text alone, as the floor in benchmarks. */
export const plainParameters: Bm25fParameters = {
  k1: 1.2,
  weights: [1, 1, 0, 0],
  b: [0.75, 0.75, 0, 0],
  pathWeight: 0,
};

/** Which files are searched, and their statistics. */
export interface Scope {
  /** 1 for every file number that is searched. */
  readonly mask: Uint8Array;
  readonly files: number;
  readonly chunks: number;
  /** Mean length of each field over the chunks. */
  readonly meanLengths: readonly number[];
}

export interface ChunkScores {
  /** By chunk number; 0 where no term of the question stands. */
  readonly scores: Float64Array;
  /** Chunks with a score, ascending. */
  readonly touched: readonly number[];
  /** Inverse document frequency of each term of the question that occurs. */
  readonly idf: ReadonlyMap<string, number>;
}

export function scopeOf(index: TermIndex, mask: Uint8Array): Scope {
  const fields = termFields.length;
  const sums = new Array<number>(fields).fill(0);
  let chunks = 0;
  let files = 0;
  for (let file = 0; file < mask.length; file++) {
    if (!mask[file]) continue;
    files++;
    const { first, size } = index.chunksOf(file);
    chunks += size;
    for (let chunk = first; chunk < first + size; chunk++) {
      for (let f = 0; f < fields; f++) sums[f] = (sums[f] ?? 0) + index.lengthOf(chunk, f);
    }
  }
  return { mask, files, chunks, meanLengths: sums.map((sum) => (chunks === 0 ? 1 : Math.max(sum / chunks, 1e-6))) };
}

/** Scores every chunk of the scope that holds a term. @param terms the question's terms with their weights */
export function scoreChunks(
  index: TermIndex,
  files: FileTable,
  terms: ReadonlyMap<string, number>,
  scope: Scope,
  parameters: Bm25fParameters = fittedParameters,
): ChunkScores {
  const scores = new Float64Array(index.chunkCount);
  const counts = new Float64Array(index.chunkCount);
  const touched: number[] = [];
  const idf = new Map<string, number>();
  const { mask, meanLengths } = scope;
  for (const [term, weight] of terms) {
    const holders: number[] = [];
    const number = index.numberOf(term);
    if (number !== undefined) {
      index.scan(number, (chunk, fieldCounts) => {
        if (!mask[index.fileOf(chunk)]) return;
        let sum = 0;
        for (let f = 0; f < fieldCounts.length; f++) {
          const count = fieldCounts[f] ?? 0;
          const fieldWeight = parameters.weights[f] ?? 0;
          if (count === 0 || fieldWeight === 0) continue;
          const b = parameters.b[f] ?? 0;
          sum += (fieldWeight * count) / (1 - b + (b * index.lengthOf(chunk, f)) / (meanLengths[f] ?? 1));
        }
        if (sum === 0) return;
        counts[chunk] = sum;
        holders.push(chunk);
      });
    }
    if (parameters.pathWeight > 0) {
      for (const file of files.withTerm(term)) {
        if (!mask[file]) continue;
        const inPath = parameters.pathWeight * (files.facts(file).terms.get(term) ?? 0);
        const { first, size } = index.chunksOf(file);
        for (let chunk = first; chunk < first + size; chunk++) {
          if (counts[chunk] === 0) holders.push(chunk);
          counts[chunk] = (counts[chunk] ?? 0) + inPath;
        }
      }
    }
    if (holders.length === 0) continue;
    const rarity = Math.log(1 + (scope.chunks - holders.length + 0.5) / (holders.length + 0.5));
    idf.set(term, rarity);
    for (const chunk of holders) {
      const count = counts[chunk] ?? 0;
      counts[chunk] = 0;
      if (scores[chunk] === 0) touched.push(chunk);
      scores[chunk] = (scores[chunk] ?? 0) + weight * rarity * (count / (parameters.k1 + count));
    }
  }
  touched.sort((a, b) => a - b);
  return { scores, touched, idf };
}
