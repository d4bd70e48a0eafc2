/** The search: a question in, ranked chunks out; by words, names and rules at once, by vectors as far as they are there. */
import { isCancelled, raceCancellation, throwIfCancelled } from '../base/cancellation.ts';
import type { Disposable } from '../base/disposable.ts';
import type { Logger } from '../base/logging.ts';
import type { IndexReader } from '../index/types.ts';
import type { Embedder } from '../runtime/embedding/embedder.ts';
import { askedOnce } from './asked-once.ts';
import { Corpus } from './corpus.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { CardVectors } from './features/cards.ts';
import { matchWords } from './features/names.ts';
import type { Lane } from './lanes.ts';
import { type LaneRanking, mergeLanes } from './merge-lanes.ts';
import { parseQuery, type Query } from './query.ts';
import { type Occurrence, occurrencesOf } from './occurrences.ts';
import { fuse, type GatheredFiles, gatherFiles, inOrder, type RankedFile, type RankingInput } from './rank-files.ts';
import { type FilePlace, type RankedChunk, resultList } from './result-list.ts';
import { ScopeCache } from './scope.ts';
import { type NearWords, StaticSpace } from './static-space.ts';
import type { PackedQuestion } from './static-vectors.ts';
import { type SimilarityOptions, TextSimilarity } from './text-similarity.ts';
import { cardWeights, denseWeights, lexicalWeights, staticWeights, type Weights } from './weights.ts';

export interface SearchOptions {
  /** Most chunks to return; 20 when not given. */
  readonly limit?: number;
  /** Globs or folders relative to the repository; statistics are those of what they take in. Empty: all. */
  readonly scope?: readonly string[];
  /** Leaves every vector out. */
  readonly lexicalOnly?: boolean;
  /** Whether words near the question's in meaning are asked for; left out: not. */
  readonly nearWords?: boolean;
  /** Milliseconds that the question waits for vectors which are not there yet; a benchmark waits as long as it takes. */
  readonly patience?: number;
}

interface SearchOutcome {
  readonly results: readonly RankedChunk[];
  /** Whether places near in meaning were looked for beside the question's words. */
  readonly byMeaning: boolean;
  /** Empty where they were not asked for, or there are no vectors yet. */
  readonly nearWords: NearWords;
  /** From the question to the list, in milliseconds. */
  readonly ms: number;
}

export interface Search extends Disposable {
  /** @throws CancelledError when the signal is aborted */
  search(query: string, options: SearchOptions, signal: AbortSignal): Promise<SearchOutcome>;
  /** How much of some stems single pieces of code hold, see coverage.ts. */
  coverage(stems: readonly string[], signal: AbortSignal): Promise<Coverage>;
  /** The cosine of a question with the beginning of a text; null without an embedder, and where it takes too long. */
  likeness(question: string, text: string, signal: AbortSignal): Promise<number | null>;
  /** Where words occur in the whole repository: one occurrence a form, see occurrences.ts. */
  occurrences(forms: readonly string[], signal: AbortSignal): Promise<readonly Occurrence[]>;
  /**
   * Cosines of the question and short texts, in their order; null for those that there was no time for, or all where there is no
   * embedder or it failed.
   */
  similarities(
    question: string,
    texts: readonly string[],
    options: SimilarityOptions,
    signal: AbortSignal,
  ): Promise<readonly (number | null)[]>;
  /**
   * Loads the index into memory and makes the static vectors; call it again after the index changed. Questions are answered
   * meanwhile. The vectors of file cards are made by the index's own pass.
   */
  warm(signal: AbortSignal): Promise<void>;
  /**
   * Takes another embedder, or none, from the next question on; what is loaded stays. Its vectors come with the next warming.
   * @param patience of questions that do not say how long they wait for vectors, milliseconds; a moment when left out
   */
  useEmbedder(embedder: Embedder | null, patience?: number): void;
}

export interface SearchParts {
  readonly reader: IndexReader;
  /** Null: words, names and rules alone. */
  readonly embedder: Embedder | null;
  readonly logger: Logger;
}

const usualLimit = 20;
/** Characters of a text that is compared with a question. */
const longestPart = 900;
/** Files whose cards are compared with the question. */
const cardCandidates = 25;
/** A question is worth a moment of waiting for sharper ranks, not more. */
const usualPatience = 300;
/** Before it is said that nothing fits, the vectors of all words are made, where they are not there yet. Milliseconds. */
const patienceForNothing = 30_000;
const lanes: readonly Lane[] = ['code', 'document', 'configuration'];

type LaneFiles = GatheredFiles & { readonly lane: Lane };

/** What one embedder gives. */
interface VectorParts {
  readonly space: StaticSpace;
  readonly cards: CardVectors;
  readonly texts: TextSimilarity;
}

function vectorParts(reader: IndexReader, embedder: Embedder | null): VectorParts | null {
  return (
    embedder && {
      space: new StaticSpace(reader, embedder),
      cards: new CardVectors(reader, embedder),
      texts: new TextSimilarity(reader, embedder),
    }
  );
}

export function createSearch({ reader, embedder, logger }: SearchParts): Search {
  const corpus = new Corpus(reader, logger);
  const scopes = new ScopeCache();
  let vectorsFrom = vectorParts(reader, embedder);
  let embedderNow = embedder;
  let ownPatience = usualPatience;
  const disposed = new AbortController();
  /** Static vectors that a question waits for. */
  let making: { readonly of: StaticSpace; readonly done: Promise<void> } | null = null;
  /** What comes too late for one question is there for the next. */
  const makeNow = (space: StaticSpace): Promise<void> => {
    if (making?.of === space) return making.done;
    const done = space.build(corpus, disposed.signal, { urgent: true }).finally(() => {
      if (making?.done === done) making = null;
    });
    making = { of: space, done };
    return done;
  };

  const ask = async (text: string, options: SearchOptions, outer: AbortSignal): Promise<SearchOutcome> => {
    const start = performance.now();
    const signal = AbortSignal.any([outer, disposed.signal]);
    await corpus.refresh(signal);
    const query = parseQuery(text);
    const patience = options.patience ?? ownPatience;
    // An identifier is looked up, not understood: vectors of a name only blur it.
    const dense = options.lexicalOnly === true || query.identifier ? null : vectorsFrom;
    const questionIn = (space: StaticSpace, ms: number): Promise<PackedQuestion | null> =>
      within(space.question(query, disposed.signal), ms, signal, logger);
    const gather = (space: RankingInput['space']): LaneFiles[] =>
      lanes.map((lane) => {
        const scope = scopes.get(corpus, options.scope ?? [], lane);
        const inLane = lane === 'code' ? space : null;
        const weights = inLane ? staticWeights : lexicalWeights;
        return { lane, ...gatherFiles({ reader: lookUps, corpus, query, scope, wordMatches, space: inLane }, weights) };
      });
    const lookUps = askedOnce(reader);
    const wordMatches = matchWords(corpus.files, query);
    let question = dense?.space.isReady ? await questionIn(dense.space, patience) : null;
    let vectors = dense && question ? { vectors: dense.space, question } : null;
    let gathered = gather(vectors);
    if (dense && !vectors && gathered.every(({ files }) => files.length === 0)) {
      // Words find nothing: the rest is looked at before that is said.
      await within(makeNow(dense.space), patienceForNothing, signal, logger);
      question = dense.space.isReady ? await questionIn(dense.space, patienceForNothing) : null;
      vectors = question && { vectors: dense.space, question };
      if (vectors) gathered = gather(vectors);
    }
    const rankings: LaneRanking<FilePlace>[] = [];
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
    const nearWords =
      options.nearWords && dense && vectors
        ? await within(dense.space.nearWords(query, signal), patience, signal, logger)
        : null;
    return { results, byMeaning: vectors !== null, nearWords: nearWords ?? new Map(), ms: performance.now() - start };
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
    coverage: async (stems, signal) => {
      await corpus.refresh(AbortSignal.any([signal, disposed.signal]));
      return coverageOf(corpus, stems);
    },
    likeness: async (question, text, outer) => {
      const using = embedderNow;
      const signal = AbortSignal.any([outer, disposed.signal]);
      if (!using || !using.fits(question)) return null;
      let part = text.slice(0, longestPart);
      while (!using.fits(part)) part = part.slice(0, Math.floor(part.length * 0.7));
      const vectors = await within(
        using.embed([question, part], { urgent: true }, signal),
        ownPatience,
        signal,
        logger,
      );
      const [asked, found] = vectors ?? [];
      return asked && found ? asked.reduce((sum, value, at) => sum + value * (found[at] ?? 0), 0) : null;
    },
    occurrences: async (forms, signal) => {
      await corpus.refresh(AbortSignal.any([signal, disposed.signal]));
      return occurrencesOf(corpus, forms);
    },
    similarities: async (question, texts, options, outer) => {
      const none = texts.map(() => null);
      const signal = AbortSignal.any([outer, disposed.signal]);
      const found = vectorsFrom?.texts.cosines(question, texts, options, signal);
      return (found && (await within(found, Infinity, signal, logger))) ?? none;
    },
    warm,
    useEmbedder: (next, patience = usualPatience) => {
      embedderNow = next;
      vectorsFrom = vectorParts(reader, next);
      ownPatience = patience;
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
