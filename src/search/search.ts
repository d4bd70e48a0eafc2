/** The search: a question in, ranked chunks out; by words, names and rules at once, by vectors as far as they are there. */
import { isCancelled, raceCancellation, throwIfCancelled } from '../base/cancellation.ts';
import type { Disposable } from '../base/disposable.ts';
import type { Logger } from '../base/logging.ts';
import type { IndexReader } from '../index/types.ts';
import type { Embedder } from '../runtime/embedder.ts';
import { askedOnce } from './asked-once.ts';
import { Corpus } from './corpus.ts';
import { CardVectors } from './features/cards.ts';
import { matchWords } from './features/names.ts';
import type { Lane } from './lanes.ts';
import { type LaneRanking, mergeLanes } from './merge-lanes.ts';
import { parseQuery, type Query } from './query.ts';
import { fuse, gatherFiles, inOrder, type RankedFile, type RankingInput } from './rank-files.ts';
import { type FilePlace, type RankedChunk, resultList } from './result-list.ts';
import { ScopeCache } from './scope.ts';
import { StaticSpace } from './static-space.ts';
import { cardWeights, denseWeights, lexicalWeights, staticWeights, type Weights } from './weights.ts';

export interface SearchOptions {
  /** Most chunks to return; 20 when not given. */
  readonly limit?: number;
  /** Globs or folders relative to the repository; statistics are those of what they take in. Empty: all. */
  readonly scope?: readonly string[];
  /** Leaves every vector out. */
  readonly lexicalOnly?: boolean;
  /** Milliseconds that the question waits for vectors which are not there yet; a benchmark waits as long as it takes. */
  readonly patience?: number;
}

interface SearchOutcome {
  readonly results: readonly RankedChunk[];
  /** From the question to the list, in milliseconds. */
  readonly ms: number;
}

export interface Search extends Disposable {
  /** @throws CancelledError when the signal is aborted */
  search(query: string, options: SearchOptions, signal: AbortSignal): Promise<SearchOutcome>;
  /**
   * Loads the index into memory and makes the static vectors; call it again after the index changed. Questions are answered
   * meanwhile. The vectors of file cards are made by the index's own pass.
   */
  warm(signal: AbortSignal): Promise<void>;
  /** Takes another embedder, or none, from the next question on; what is loaded stays. Its vectors come with the next warming. */
  useEmbedder(embedder: Embedder | null): void;
}

export interface SearchParts {
  readonly reader: IndexReader;
  /** Null: words, names and rules alone. */
  readonly embedder: Embedder | null;
  readonly logger: Logger;
}

const usualLimit = 20;
/** Files whose cards are compared with the question. */
const cardCandidates = 25;
/** A question is worth a moment of waiting for sharper ranks, not more. */
const usualPatience = 300;
const lanes: readonly Lane[] = ['code', 'document', 'configuration'];

/** What one embedder gives. */
interface VectorParts {
  readonly space: StaticSpace;
  readonly cards: CardVectors;
}

function vectorParts(reader: IndexReader, embedder: Embedder | null): VectorParts | null {
  return embedder && { space: new StaticSpace(reader, embedder), cards: new CardVectors(reader, embedder) };
}

export function createSearch({ reader, embedder, logger }: SearchParts): Search {
  const corpus = new Corpus(reader, logger);
  const scopes = new ScopeCache();
  let vectorsFrom = vectorParts(reader, embedder);
  const disposed = new AbortController();

  const ask = async (text: string, options: SearchOptions, outer: AbortSignal): Promise<SearchOutcome> => {
    const start = performance.now();
    const signal = AbortSignal.any([outer, disposed.signal]);
    await corpus.refresh(signal);
    const query = parseQuery(text);
    const patience = options.patience ?? usualPatience;
    // An identifier is looked up, not understood: vectors of a name only blur it.
    const dense = options.lexicalOnly === true || query.identifier ? null : vectorsFrom;
    const question = dense?.space.isReady
      ? await within(dense.space.question(query, disposed.signal), patience, signal, logger)
      : null;

    const vectors = dense && question ? { vectors: dense.space, question } : null;
    const rankings: LaneRanking<FilePlace>[] = [];
    const lookUps = askedOnce(reader);
    const wordMatches = matchWords(corpus.files, query);
    const gathered = lanes.map((lane) => {
      const scope = scopes.get(corpus, options.scope ?? [], lane);
      const inLane = lane === 'code' ? vectors : null;
      const weights = inLane ? staticWeights : lexicalWeights;
      return { lane, ...gatherFiles({ reader: lookUps, corpus, query, scope, wordMatches, space: inLane }, weights) };
    });
    for (const { lane, files, wordShare } of gathered) {
      const places =
        lane === 'code'
          ? await placeCode(files, query, dense, vectors, patience, signal)
          : placed(files, query, lexicalWeights);
      rankings.push({ lane, files: places, wordShare });
    }
    throwIfCancelled(signal);
    const merged = mergeLanes(query, rankings, (place) => place.file.bonus > 0);
    const results = resultList(reader, query, merged, Math.max(1, options.limit ?? usualLimit));
    return { results, ms: performance.now() - start };
  };

  const placeCode = async (
    files: readonly RankedFile[],
    query: Query,
    dense: VectorParts | null,
    vectors: RankingInput['space'],
    patience: number,
    signal: AbortSignal,
  ): Promise<readonly FilePlace[]> => {
    const first = placed(files, query, vectors ? staticWeights : lexicalWeights);
    if (!dense) return first;
    const head = first.slice(0, cardCandidates);
    const paths = head.map((place) => place.file.path);
    // What comes too late for this question is kept for the next one, so it is not stopped with this one.
    const found = await within(dense.cards.cosines(query, paths, disposed.signal), patience, signal, logger);
    if (!found) return first;
    const cosine = new Map(head.map((place, i) => [place.file.file, Math.max(0, found[i] ?? 0)]));
    const withCards = files.map((file) => ({
      ...file,
      features: { ...file.features, card: cosine.get(file.file) ?? 0 },
    }));
    return placed(withCards, query, vectors ? denseWeights : cardWeights);
  };

  const warm = async (outer: AbortSignal): Promise<void> => {
    const signal = AbortSignal.any([outer, disposed.signal]);
    await corpus.refresh(signal);
    const parts = vectorsFrom;
    if (!parts) return;
    const start = performance.now();
    await parts.space.build(corpus, signal);
    logger.debug({ ms: Math.round(performance.now() - start) }, 'static vectors are ready');
  };

  return {
    search: ask,
    warm,
    useEmbedder: (next) => {
      vectorsFrom = vectorParts(reader, next);
    },
    dispose: () => {
      disposed.abort();
      corpus.dispose();
    },
  };
}

/** The result if it comes in time, else null; a failure is logged and counts as not in time, for search is whole without it. */
async function within<T>(work: Promise<T>, patience: number, signal: AbortSignal, logger: Logger): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    if (Number.isFinite(patience)) timer = setTimeout(resolve, patience, null);
  });
  const settled = work.catch((error: unknown) => {
    if (!isCancelled(error)) logger.warn({ reason: String(error) }, 'the embedder failed; ranked without it');
    return null;
  });
  try {
    return await raceCancellation(Promise.race([settled, late]), signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Files in their order with the ranks that each part of the search gives them. */
function placed(files: readonly RankedFile[], query: Query, weights: Weights): readonly FilePlace[] {
  const parts: Record<string, ReadonlyMap<number, number>> = {
    lexical: ranksBy(files, ({ features }) => features.sum + features.best),
    symbol: ranksBy(files, ({ features }) => features.defined + features.equalsStem),
    path: ranksBy(files, ({ features, bonus }) => features.stem + features.stemFull + features.directories + bonus),
    dense: ranksBy(files, ({ features }) => features.card || features.staticFile + features.staticBest),
  };
  return inOrder(files, (file) => fuse(file, weights, query)).map(({ file, score }) => ({
    file,
    score,
    ranks: Object.fromEntries(
      Object.entries(parts).flatMap(([part, ranks]) => {
        const rank = ranks.get(file.file);
        return rank === undefined ? [] : [[part, rank]];
      }),
    ),
  }));
}

/** Ranks from 1 by file number of those for which the part says anything. */
function ranksBy(files: readonly RankedFile[], value: (file: RankedFile) => number): ReadonlyMap<number, number> {
  const ordered = inOrder(
    files.filter((file) => value(file) > 0),
    value,
  );
  return new Map(ordered.map(({ file }, i) => [file.file, i + 1]));
}
