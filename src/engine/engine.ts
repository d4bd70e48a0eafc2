/** The engine: wires the rooms behind one interface, each made when it is first needed. */
import { type Answers, createAnswers } from '../answers/answers.ts';
import { raceCancellation } from '../base/cancellation.ts';
import type { Logger } from '../base/logging.ts';
import { longsightHome } from '../models/home.ts';
import { inspectModel } from '../models/inspect-report.ts';
import { outboundRequests } from '../models/network.ts';
import { getModel, importModel, listModels, removeModel } from '../models/store.ts';
import type { EngineApi, EngineSettings, InitializeParameters } from '../protocol/engine.ts';
import type { SearchResponse } from '../protocol/answers.ts';
import type { ModelListing } from '../protocol/models.ts';
import type { EngineStatus, IndexReport, IndexStatus } from '../protocol/status.ts';
import { findRepository } from '../repository/find-repository.ts';
import { probeModel } from '../runtime/probe.ts';
import { probeAgain } from '../runtime/provider-choice.ts';
import { readVerdict } from '../runtime/verdict.ts';
import { type BatchReport, type BatchRow, searchBatch } from '../search/batch.ts';
import { complete } from './complete.ts';
import { generate, perplexity } from './decoder-alone.ts';
import { DecoderKeeper } from './decoder-keeper.ts';
import { summaryCacheOf } from './document-cache.ts';
import { openInstalledEmbedder } from './embedder-choice.ts';
import { planOf } from './inspect-plan.ts';
import { Lazy } from './lazy.ts';
import { RepositoryRoom } from './repository-room.ts';

/** What a door in the same process may do beyond the interface of the protocol. */
export interface Engine extends EngineApi {
  /** Begins to index, and goes on to follow changes; for a door that waits for nothing. */
  startInBackground(): void;
  /** Begins to start the decoder, so that it is there when the evidence is; a failure shows when it is needed. */
  prepareDecoder(model?: string): void;
  /** What the user is to be told of the decoder, once. */
  notices(): readonly string[];
  /** Lets search compare the best files with the question by the embedder, where there is one; for a door with one question. */
  joinEmbedder(): Promise<void>;
  /** Makes search use vectors of every kind, where there is an embedder; for a door with many questions. */
  sharpen(signal: AbortSignal): Promise<void>;
  /** The status with what is not indexed yet counted, which takes a look at the files; for a door that does not index. */
  survey(signal: AbortSignal): Promise<EngineStatus>;
  /** Follows the files until the signal is aborted, with a report after every change that was indexed. */
  watch(request: { lexicalOnly: boolean }, onReport: (report: IndexReport) => void, signal: AbortSignal): Promise<void>;
  /** Answers a file of queries one after another, each over the folder its `index_root` names. */
  searchBatch(rows: readonly BatchRow[], limit: number, signal: AbortSignal): Promise<BatchReport>;
  dispose(): Promise<void>;
}

const defaultSearchLimit = 20;

/** Rejects with LS4001 when there is no such folder; everything else fails where it is needed. */
export function createEngine(parameters: InitializeParameters, logger: Logger): Promise<Engine> {
  return Promise.resolve().then(() => build(parameters, logger));
}

function build(
  { repository, home: givenHome, settings: firstSettings, watchesFiles }: InitializeParameters,
  logger: Logger,
): Engine {
  const home = longsightHome(givenHome);
  const location = findRepository(repository);
  const store = { home, logger };
  let settings: EngineSettings = firstSettings;
  let inBackground = false;
  const decoders = new DecoderKeeper({ home, logger, settings, verdictOf: (model) => readVerdict(model, home) });
  const room = new RepositoryRoom({
    home,
    logger,
    settings,
    location,
    openEmbedder: (signal) => openInstalledEmbedder({ ...store, threads: settings.threads, signal }),
  });

  const answers = new Lazy<Answers>(async () => {
    const index = await room.open();
    return createAnswers({
      reader: index.reader,
      search: await room.search(),
      decoder: (model) => decoders.get(model),
      writesProse: () => decoders.writesProse(),
      completeness: () => index.indexer.status(),
      repositoryRoot: location.root,
      summaryCache: summaryCacheOf(index.documents, logger),
      outboundRequests,
      logger,
    });
  });

  /** Id of the embedder on this machine; looked for again when models come or go. */
  let embedderId: Promise<string | null> | undefined;
  const installedEmbedder = (): Promise<string | null> =>
    (embedderId ??= listModels(store).then(
      (models) => models.find(({ kind, state }) => kind === 'embedder' && state === 'installed')?.id ?? null,
    ));

  /** A model came or went: whatever was chosen before is chosen anew. */
  const modelsChanged = async (): Promise<void> => {
    decoders.forget();
    embedderId = undefined;
    await room.retryEmbedder();
    if (inBackground) room.keepUp();
  };

  const statusWith = async (indexStatus: Promise<IndexStatus>): Promise<EngineStatus> => {
    const [index, decoder, embedder] = await Promise.all([indexStatus, decoders.status(), installedEmbedder()]);
    return {
      repository: location.root,
      git: location.git,
      index,
      decoder,
      // One that was not needed yet starts within a second of the first need.
      embedder: embedder === null ? null : { id: embedder, state: room.embedderState() ?? 'ready' },
      memory: process.memoryUsage.rss(),
      outboundRequests: outboundRequests(),
    };
  };

  const prepareDecoder = (model?: string): void => {
    decoders.get(model).catch((error: unknown) => {
      logger.debug({ error: String(error) }, 'the decoder could not be started ahead');
    });
  };

  return {
    prepareDecoder,
    startInBackground: () => {
      inBackground = true;
      room.keepUp();
      if (!watchesFiles) room.followInBackground();
    },
    notices: () => decoders.notices(),
    joinEmbedder: () => room.joinEmbedder(),
    sharpen: (signal) => room.sharpen(signal),
    status: () => statusWith(room.status()),
    survey: (signal) => statusWith(room.survey(signal)),
    configure: async (changed) => {
      const before = settings;
      settings = changed;
      decoders.configure(changed);
      await room.configure(changed);
      const concernsFiles = ({ include, exclude, maxFileSize, embeddings }: EngineSettings): string =>
        JSON.stringify([include, exclude, maxFileSize, embeddings]);
      if (inBackground && concernsFiles(before) !== concernsFiles(changed)) room.keepUp();
    },
    index: (request, onProgress, signal) => room.run(request, onProgress, signal),
    watch: (request, onReport, signal) => room.watch(request, onReport, signal),
    pauseIndexing: async (paused) => {
      (await room.open()).indexer.pause(paused);
    },
    filesChanged: (paths) => room.filesChanged(paths),
    why: async (path) => (await room.open()).why(path),
    skippedFiles: async (reason) => (await room.open()).skippedFiles(reason),
    search: ({ query, limit, scope }, signal): Promise<SearchResponse> =>
      room.answering(async () => {
        const search = await room.search();
        const { results, ms } = await search.search(
          query,
          { limit: limit ?? defaultSearchLimit, ...(scope && { scope }) },
          signal,
        );
        return {
          results: results.map(({ chunk, score, symbol, ranks }) => {
            const { id, path, startLine, endLine } = chunk;
            return { id, path, startLine, endLine, score, symbol, ranks };
          }),
          ms,
        };
      }),
    searchBatch: (rows, limit, signal) =>
      room.answering(async () => searchBatch(await room.search(), rows, { limit }, signal)),
    ask: (request, onEvent, signal) => {
      prepareDecoder(request.model);
      return room.answering(async () => (await answers.get()).ask(request, onEvent, signal));
    },
    explain: (request, onEvent, signal) => {
      prepareDecoder(request.model);
      return room.answering(async () => (await answers.get()).explain(request, onEvent, signal));
    },
    summarize: (request, onProgress, signal) =>
      room.answering(async () => (await answers.get()).summarize(request, onProgress, signal)),
    complete: async (request) => complete((await room.open()).reader, request),
    listModels: () => listModels(store),
    getModel: async (id, onProgress, signal): Promise<ModelListing> => {
      const listing = await getModel(id, { ...store, offline: settings.offline, onProgress, signal });
      await modelsChanged();
      return listing;
    },
    importModel: async (file, signal) => {
      const listing = await importModel(file, { ...store, signal });
      await modelsChanged();
      return listing;
    },
    removeModel: async (id) => {
      // Its files may be mapped by a running decoder or embedder.
      await Promise.all([decoders.release(), room.dropEmbedder()]);
      await removeModel(id, store);
      await modelsChanged();
    },
    probeModel: async (id, onProgress, signal) => {
      const { decoder, model } = await raceCancellation(decoders.require(id ?? undefined), signal);
      const report = await room.answering(() => probeModel(decoder, model, home, onProgress, signal));
      decoders.forget();
      return report;
    },
    probeProviders: async (signal) => {
      const tried = await probeAgain({ home, signal, probe: { quick: true } });
      // What runs was chosen by the verdicts before.
      await decoders.release();
      return tried.map(({ name, usable, reason }) => ({ name, usable, reason }));
    },
    inspectModel: async (file, tensor) => {
      const known = (await listModels(store)).find(({ id }) => id === file);
      const place = known?.path ?? file;
      const report = await inspectModel(place, tensor);
      const plan = await planOf(place);
      return plan ? { ...report, plan } : report;
    },
    generate: async (request, onToken, signal) => {
      const { decoder, loadMs } = await raceCancellation(decoders.require(request.model), signal);
      return generate(decoder, loadMs, request, onToken, signal);
    },
    perplexity: async (request, onProgress, signal) => {
      const { decoder } = await raceCancellation(decoders.require(request.model), signal);
      return perplexity(decoder, request, onProgress, signal);
    },
    clearIndex: () => room.clear(),
    dispose: async () => {
      await Promise.all([room.dispose(), decoders.dispose()]);
    },
  };
}
