/** How much of some words single pieces of code hold: by the words' rarity, the pieces that hold most first. */
import type { Corpus } from './corpus.ts';

export interface CoveringChunk {
  readonly path: string;
  /** Which of the file's chunks it is, from 0. */
  readonly at: number;
  /** Stems that it, or its path, has. */
  readonly held: ReadonlySet<string>;
  /** What these are worth of all. */
  readonly share: number;
}

export interface Coverage {
  /** Pieces of code without tests and examples. */
  readonly chunks: number;
  /** What each stem is worth: its inverse document frequency (Spärck Jones 1972) over those. */
  readonly weights: ReadonlyMap<string, number>;
  /** Most first. */
  readonly best: readonly CoveringChunk[];
}

/** Pieces that are looked at more closely. */
const mostChunks = 80;

export function coverageOf({ terms, files }: Corpus, stems: readonly string[]): Coverage {
  const isCode: boolean[] = [];
  const isOwn = (file: number): boolean => {
    const known = isCode[file];
    if (known !== undefined) return known;
    const { lane, demotions } = files.facts(file);
    return (isCode[file] = lane === 'code' && demotions.test === 0 && demotions.example === 0);
  };
  const held = new Map<number, number>();
  const holders = stems.map(() => new Set<number>());
  const own: { readonly file: number; readonly path: string; readonly first: number; readonly size: number }[] = [];
  let chunks = 0;
  for (const path of files.paths()) {
    const file = files.numberOf(path);
    if (file === undefined || !isOwn(file)) continue;
    const { first, size } = terms.chunksOf(file);
    own.push({ file, path, first, size });
    chunks += size;
  }
  for (const [at, stem] of stems.entries()) {
    const add = (chunk: number): void => {
      holders[at]?.add(chunk);
      held.set(chunk, (held.get(chunk) ?? 0) | (1 << at));
    };
    const term = terms.numberOf(stem);
    if (term !== undefined)
      terms.scan(term, (chunk) => {
        if (isOwn(terms.fileOf(chunk))) add(chunk);
      });
    const word = new RegExp(String.raw`(?<![a-z0-9])${stem.replaceAll(/[^\p{L}\p{N}]/gu, '.')}`);
    for (const { path, first, size } of own)
      if (word.test(path.toLowerCase())) for (let chunk = first; chunk < first + size; chunk++) add(chunk);
  }
  const weights = new Map(
    stems.map((stem, at) => [stem, Math.log(1 + (chunks + 1) / ((holders[at]?.size ?? 0) + 0.5))] as const),
  );
  const all = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const shareOf = (mask: number): number =>
    stems.reduce((sum, stem, at) => sum + (mask & (1 << at) ? (weights.get(stem) ?? 0) : 0), 0) / all;
  const best = [...held]
    .map(([chunk, mask]) => ({ chunk, mask, share: shareOf(mask) }))
    .toSorted((a, b) => b.share - a.share || a.chunk - b.chunk)
    .slice(0, mostChunks);
  const byFile = new Map(own.map((one) => [one.file, one]));
  return {
    chunks,
    weights,
    best: best.flatMap(({ chunk, mask, share }): CoveringChunk[] => {
      const file = byFile.get(terms.fileOf(chunk));
      return file
        ? [{ path: file.path, at: chunk - file.first, held: new Set(stems.filter((_, at) => mask & (1 << at))), share }]
        : [];
    }),
  };
}
