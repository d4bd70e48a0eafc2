/** Ranks the files of one scope for a question: gathers the features of each, sums them by weight, and keeps a deterministic order. */
import type { SymbolDefinition } from '../index/types.ts';
import type { LookUps } from './asked-once.ts';
import { type ChunkScores, type Scope, scoreChunks } from './bm25f.ts';
import type { SearchedScope } from './scope.ts';
import type { Corpus } from './corpus.ts';
import { compatShare, demotionShares } from './features/demotions.ts';
import { nameFeatures, type WordMatches } from './features/names.ts';
import { symbolFeatures } from './features/symbols.ts';
import { bestThree, overBest, textFeatures } from './features/text.ts';
import { namedFiles } from './named-paths.ts';
import type { Query } from './query.ts';
import type { StaticSpace } from './static-space.ts';
import type { PackedQuestion } from './static-vectors.ts';
import { featureNames, type FeatureName, identifierSymbolFactor, type Weights } from './weights.ts';

/** Added for a file that the question names by its path, and for one that holds a quoted phrase: more than the features together. */
const namedBonus = 20;
const phraseBonus = 10;
/** Chunks that are looked at for a phrase. */
const phraseLimit = 60;

export interface RankedFile {
  readonly file: number;
  readonly path: string;
  readonly features: Readonly<Record<FeatureName, number>>;
  /** Bonuses for named paths and phrases, in units of the score. */
  readonly bonus: number;
  /** The definition of the question's word that counts most here. */
  readonly definition: SymbolDefinition | undefined;
  /** Scores of the file's chunks in order: BM25F with half the static cosine, as the choice of the passage needs it. */
  readonly chunkScores: readonly number[];
  /** Ids of chunks that hold a quoted phrase. */
  readonly phraseChunks: readonly string[];
}

export interface RankingInput {
  readonly reader: LookUps;
  readonly corpus: Corpus;
  readonly query: Query;
  readonly scope: SearchedScope;
  readonly wordMatches: WordMatches;
  /** The static vector of the question, when there is one. */
  readonly space: { readonly vectors: StaticSpace; readonly question: PackedQuestion } | null;
}

export interface GatheredFiles {
  /** Best first by the weights given. */
  readonly files: readonly RankedFile[];
  /** How much of the question's weight of words the best chunk holds, 0..1; comparable between lanes. */
  readonly wordShare: number;
}

/** Files whose features are kept at most: far more than any list shows. */
const mostFiles = 500;

/** The best files of the scope by the weights, with their features. */
export function gatherFiles(input: RankingInput, weights: Weights): GatheredFiles {
  const { reader, corpus, query, scope } = input;
  const { files, terms } = corpus;
  const { mask } = scope;
  const chunks = scoreChunks(terms, files, query.terms, scope);
  const text = textFeatures(terms, chunks, mask.length);
  const names = nameFeatures(files, input.wordMatches, mask);
  const symbols = symbolFeatures(reader, files, query, mask);
  const named = namedFiles(files, query.paths, mask);
  const phrases = phraseHits(reader, corpus, query, mask);
  const statics = staticFeatures(input);
  const shares = demotionShares(query);
  const of = (values: Float64Array | undefined, file: number): number => values?.[file] ?? 0;
  const featuresOf = (file: number): Record<FeatureName, number> => {
    const { demotions } = files.facts(file);
    return {
      sum: of(text.sum, file),
      best: of(text.best, file),
      stem: of(names.stem, file),
      stemFull: of(names.stemFull, file),
      directories: of(names.directories, file),
      defined: of(symbols.defined, file),
      equalsStem: of(symbols.equalsStem, file),
      test: demotions.test * shares.test,
      example: demotions.example * shares.example,
      compat: compatShare(demotions, shares),
      init: demotions.init,
      imported: of(scope.imported, file),
      staticBest: of(statics?.best, file),
      staticFile: of(statics?.file, file),
      card: 0,
    };
  };
  const bonusOf = (file: number): number => (named.get(file) ?? 0) * namedBonus + (phrases.has(file) ? phraseBonus : 0);
  const candidates: { readonly file: number; readonly path: string; readonly score: number }[] = [];
  for (let file = 0; file < mask.length; file++) {
    if (!mask[file]) continue;
    const spokenFor =
      text.sum[file] || names.stem[file] || symbols.defined[file] || bonusOf(file) || statics?.best[file];
    if (!spokenFor) continue;
    const score = fuse({ features: featuresOf(file), bonus: bonusOf(file) }, weights, query);
    candidates.push({ file, path: files.facts(file).path, score });
  }
  candidates.sort(byScore);
  return {
    wordShare: wordShare(chunks, query, scope),
    files: candidates.slice(0, mostFiles).map(({ file, path }) => ({
      file,
      path,
      features: featuresOf(file),
      bonus: bonusOf(file),
      definition: symbols.definition.get(file),
      chunkScores: passageScores(corpus, chunks, file, statics?.cosines[file]),
      phraseChunks: phrases.get(file) ?? [],
    })),
  };
}

function wordShare(chunks: ChunkScores, query: Query, scope: Scope): number {
  let best = 0;
  for (const chunk of chunks.touched) best = Math.max(best, chunks.scores[chunk] ?? 0);
  // A word that nothing holds weighs as much as the rarest could.
  const rarest = Math.log(1 + (scope.chunks + 0.5) / 0.5);
  let all = 0;
  for (const [term, weight] of query.terms) all += weight * (chunks.idf.get(term) ?? rarest);
  return all === 0 ? 0 : best / all;
}

/** The weighted sum of the features. For a question that is one identifier the symbol features count three times. */
export function fuse(file: Pick<RankedFile, 'features' | 'bonus'>, weights: Weights, query: Query): number {
  let score = file.bonus;
  for (const name of featureNames) {
    const factor = query.identifier && (name === 'defined' || name === 'equalsStem') ? identifierSymbolFactor : 1;
    score += weights[name] * factor * file.features[name];
  }
  return score;
}

/** Best first; equal scores by path, so that the same index gives the same order everywhere. */
export function inOrder(
  files: readonly RankedFile[],
  score: (file: RankedFile) => number,
): readonly { readonly file: RankedFile; readonly path: string; readonly score: number }[] {
  return files.map((file) => ({ file, path: file.path, score: score(file) })).sort(byScore);
}

function byScore(
  a: { readonly path: string; readonly score: number },
  b: { readonly path: string; readonly score: number },
): number {
  return b.score - a.score || (a.path < b.path ? -1 : 1);
}

function phraseHits(reader: LookUps, corpus: Corpus, query: Query, mask: Uint8Array): ReadonlyMap<number, string[]> {
  const hits = new Map<number, string[]>();
  for (const phrase of query.phrases) {
    for (const id of reader.phrase(phrase, phraseLimit)) {
      const path = reader.chunk(id)?.path;
      const file = path === undefined ? undefined : corpus.files.numberOf(path);
      if (file === undefined || !mask[file]) continue;
      const known = hits.get(file);
      if (known) known.push(id);
      else hits.set(file, [id]);
    }
  }
  return hits;
}

interface StaticFeatures {
  readonly best: Float64Array;
  readonly file: Float64Array;
  readonly cosines: readonly (Float32Array | undefined)[];
}

function staticFeatures({ corpus, scope, space }: RankingInput): StaticFeatures | null {
  if (!space) return null;
  const { mask } = scope;
  const best = new Float64Array(mask.length);
  const file = new Float64Array(mask.length);
  const all: (Float32Array | undefined)[] = [];
  for (let number = 0; number < mask.length; number++) {
    if (!mask[number]) continue;
    const found = space.vectors.cosines(space.question, number);
    // A file that changed since its vectors were made has none for its new chunks.
    if (!found || found.length !== corpus.terms.chunksOf(number).size + 1) continue;
    all[number] = found.subarray(0, -1);
    file[number] = Math.max(0, found.at(-1) ?? 0);
    best[number] = bestThree(found.subarray(0, -1));
  }
  return { best: overBest(best), file: overBest(file), cosines: all };
}

/** Weight of the static cosine beside BM25F when the passage of a file is chosen. */
const staticShareOfPassage = 0.5;

function passageScores(
  corpus: Corpus,
  chunks: ChunkScores,
  file: number,
  cosines: Float32Array | undefined,
): readonly number[] {
  const { first, size } = corpus.terms.chunksOf(file);
  return Array.from(
    { length: size },
    (_, i) => (chunks.scores[first + i] ?? 0) + staticShareOfPassage * (cosines?.[i] ?? 0),
  );
}
