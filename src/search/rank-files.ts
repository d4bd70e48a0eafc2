/** Ranks the files of one scope for a question: gathers the features of each, sums them by weight, and keeps a deterministic order. */
import type { IndexReader, SymbolDefinition } from '../index/types.ts';
import { type ChunkScores, type Scope, scoreChunks } from './bm25f.ts';
import type { SearchedScope } from './scope.ts';
import type { Corpus } from './corpus.ts';
import { compatShare, demotionShares } from './features/demotions.ts';
import { nameFeatures } from './features/names.ts';
import { symbolFeatures } from './features/symbols.ts';
import { overBest, textFeatures } from './features/text.ts';
import { namedFiles } from './named-paths.ts';
import type { Query } from './query.ts';
import type { StaticSpace } from './static-space.ts';
import type { PackedQuestion } from './static-vectors.ts';
import { featureNames, type FeatureName, identifierSymbolFactor, type Weights } from './weights.ts';

/** Added for a file that the question names by its path, and for one that holds a quoted phrase: more than the features together. */
const namedBonus = 20;
const phraseBonus = 10;
/** Chunks that are looked at for a phrase. */
const phraseLimit = 200;

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
  readonly reader: IndexReader;
  readonly corpus: Corpus;
  readonly query: Query;
  readonly scope: SearchedScope;
  /** The static vector of the question, when there is one. */
  readonly space: { readonly vectors: StaticSpace; readonly question: PackedQuestion } | null;
}

export interface GatheredFiles {
  /** In no order yet. */
  readonly files: readonly RankedFile[];
  /** How much of the question's weight of words the best chunk holds, 0..1; comparable between lanes. */
  readonly wordShare: number;
}

/** Every file of the scope that anything speaks for, with its features. */
export function gatherFiles(input: RankingInput): GatheredFiles {
  const { reader, corpus, query, scope } = input;
  const { files, terms } = corpus;
  const { mask } = scope;
  const chunks = scoreChunks(terms, files, query.terms, scope);
  const text = textFeatures(terms, chunks, mask.length);
  const names = nameFeatures(files, query, mask);
  const symbols = symbolFeatures(reader, files, query, mask);
  const named = namedFiles(files, query.paths, mask);
  const phrases = phraseHits(reader, corpus, query, mask);
  const statics = staticFeatures(input);
  const shares = demotionShares(query);
  const found: RankedFile[] = [];
  for (let file = 0; file < mask.length; file++) {
    if (!mask[file]) continue;
    const phraseChunks = phrases.get(file) ?? [];
    const spokenFor =
      text.sum[file] || names.stem[file] || symbols.defined[file] || named.has(file) || phraseChunks.length > 0;
    if (!spokenFor && !((statics?.cosines[file]?.length ?? 0) > 0)) continue;
    const facts = files.facts(file);
    const { demotions } = facts;
    found.push({
      file,
      path: facts.path,
      features: {
        sum: text.sum[file] ?? 0,
        best: text.best[file] ?? 0,
        stem: names.stem[file] ?? 0,
        stemFull: names.stemFull[file] ?? 0,
        directories: names.directories[file] ?? 0,
        defined: symbols.defined[file] ?? 0,
        equalsStem: symbols.equalsStem[file] ?? 0,
        test: demotions.test * shares.test,
        example: demotions.example * shares.example,
        compat: compatShare(demotions, shares),
        init: demotions.init,
        imported: scope.imported[file] ?? 0,
        staticBest: statics?.best[file] ?? 0,
        staticFile: statics?.file[file] ?? 0,
        card: 0,
      },
      bonus: (named.get(file) ?? 0) * namedBonus + (phraseChunks.length > 0 ? phraseBonus : 0),
      definition: symbols.definition.get(file),
      chunkScores: passageScores(corpus, chunks, file, statics?.cosines[file]),
      phraseChunks,
    });
  }
  return { files: found, wordShare: wordShare(chunks, query, scope) };
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
export function fuse(file: RankedFile, weights: Weights, query: Query): number {
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
): { readonly file: RankedFile; readonly score: number }[] {
  return files
    .map((file) => ({ file, score: score(file) }))
    .sort((a, b) => b.score - a.score || (a.file.path < b.file.path ? -1 : 1));
}

function phraseHits(
  reader: IndexReader,
  corpus: Corpus,
  query: Query,
  mask: Uint8Array,
): ReadonlyMap<number, string[]> {
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

const bestShares = [1, 0.5, 0.25];

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
    const top = [...found.subarray(0, -1)].sort((a, b) => b - a);
    best[number] = bestShares.reduce((sum, share, i) => sum + share * Math.max(0, top[i] ?? 0), 0);
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
