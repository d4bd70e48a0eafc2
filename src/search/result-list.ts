/** The list a question gets: the best passage of each file first, then more of the best files, so that a file is not all there is. */
import type { Chunk, IndexReader } from '../index/types.ts';
import type { RankedFile } from './rank-files.ts';
import type { Query } from './query.ts';

/** One chunk of the list. */
export interface RankedChunk {
  readonly chunk: Chunk;
  /** Never more than that of the chunk before: the fused score, less for further passages of a file. Only for this list. */
  readonly score: number;
  /** Ranks from 1 of the file by each part of the search: lexical, dense, symbol, path. */
  readonly ranks: Readonly<Record<string, number>>;
  /** What is defined here or, failing that, what the chunk is inside of; with its scope, joined by dots. */
  readonly symbol: string | null;
}

/** A file's place in the final order. */
export interface FilePlace {
  readonly file: RankedFile;
  readonly score: number;
  readonly ranks: Readonly<Record<string, number>>;
}

/** After this many files further passages of the best ones come before the next file. */
const filesBeforePassages = 10;
/** How many passages the best files get in that round, the first file first. */
const passagesOfBest = [3, 3, 3, 2, 2];

/** Lays out the list; every chunk stands in it at most once. @param limit most chunks wanted */
export function resultList(
  reader: Pick<IndexReader, 'chunksOf'>,
  query: Query,
  places: readonly FilePlace[],
  limit: number,
): RankedChunk[] {
  const list: RankedChunk[] = [];
  const passages = new Map<FilePlace, readonly Chunk[]>();
  const passagesOf = (place: FilePlace): readonly Chunk[] => {
    let chunks = passages.get(place);
    if (!chunks) passages.set(place, (chunks = orderedPassages(reader.chunksOf(place.file.path), place.file, query)));
    return chunks;
  };
  const take = (place: FilePlace, rank: number): void => {
    const chunk = passagesOf(place)[rank];
    if (!chunk || list.length >= limit) return;
    list.push({
      chunk,
      score: Math.min(place.score / (rank + 1), list.at(-1)?.score ?? Infinity),
      ranks: place.ranks,
      symbol: symbolName(chunk, place.file),
    });
  };
  const head = places.slice(0, filesBeforePassages);
  const rest = places.slice(filesBeforePassages);
  for (const place of head) take(place, 0);
  const given = new Map<FilePlace, number>();
  passagesOfBest.forEach((count, i) => {
    const place = head[i];
    if (!place) return;
    for (let rank = 1; rank < count; rank++) take(place, rank);
    given.set(place, count);
  });
  for (const place of rest) {
    if (list.length >= limit) break;
    take(place, 0);
  }
  // Files have run out: the further passages of each, round by round.
  for (let rank = 1, more = true; more && list.length < limit; rank++) {
    more = false;
    for (const place of places) {
      if (list.length >= limit) break;
      if (rank < (given.get(place) ?? 1)) more = true;
      else if (rank < passagesOf(place).length) {
        take(place, rank);
        more = true;
      }
    }
  }
  return list;
}

/** The file's chunks, the one to show first: where the asked symbol is defined, then where the phrase stands, then by score. */
function orderedPassages(chunks: readonly Chunk[], file: RankedFile, query: Query): readonly Chunk[] {
  const phrases = new Set(file.phraseChunks);
  const { definition } = file;
  const value = (chunk: Chunk, i: number): number => {
    const defines =
      query.identifier &&
      definition &&
      chunk.startLine <= definition.startLine &&
      definition.startLine <= chunk.endLine;
    return (defines ? 2000 : 0) + (phrases.has(chunk.id) ? 1000 : 0) + (file.chunkScores[i] ?? 0);
  };
  return chunks
    .map((chunk, i) => ({ chunk, value: value(chunk, i) }))
    .filter(({ value }, i) => value > 0 || i === 0)
    .sort((a, b) => b.value - a.value || a.chunk.startLine - b.chunk.startLine)
    .map(({ chunk }) => chunk);
}

function symbolName(chunk: Chunk, { definition }: RankedFile): string | null {
  const asked =
    definition &&
    chunk.symbols.find((symbol) => symbol.name === definition.name && symbol.startLine === definition.startLine);
  const symbol = asked ?? chunk.symbols.find(({ local }) => !local);
  if (symbol) return [...symbol.scope, symbol.name].join('.');
  return chunk.scope.length > 0 ? chunk.scope.join('.') : null;
}
