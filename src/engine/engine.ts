/** The engine: wires the rooms behind one interface, each made when it is first needed. */
import { createSpeaker, english } from '../base/speaker.ts';
import type { Sentence } from '../base/sentences.ts';
import { type Answers, createAnswers } from '../answers/answers.ts';
import { Emitter, type Event } from '../base/emitter.ts';
import { raceCancellation } from '../base/cancellation.ts';
import type { Logger } from '../base/logging.ts';
import { forOneAnswer, outboundRequests, outboundRequestsOfAnswer } from '../base/outbound-requests.ts';
import { longsightHome, prefixesFolder } from '../models/home.ts';
import { inspectModel } from '../models/inspect-report.ts';
import { getModel, importModel, listModels, removeModel } from '../models/store.ts';
import type { EngineApi, EngineSettings, InitializeParameters } from '../protocol/engine.ts';
import type { ModelListing } from '../protocol/models.ts';
import type { EngineStatus, IndexReport, IndexStatus } from '../protocol/status.ts';
import type { DecodeRequest, Decoder } from '../runtime/decoder.ts';
import { watched } from '../runtime/watched-decoder.ts';
import { keepSpeed, readSpeed } from '../runtime/probing/kept-speed.ts';
import { readEffectiveWindow } from '../runtime/probing/verdict.ts';
import { defaultWindowSeconds, probeModel } from '../runtime/probing/probe.ts';
import { probeAgain } from '../runtime/providers/provider-choice.ts';
import { clearSegments } from '../runtime/prefix-cache/segment-folder.ts';
import { keepVerdict, readVerdict } from '../runtime/reading-test/verdict.ts';
import { type BatchReport, type BatchRow, searchBatch } from '../search/batch.ts';
import { generate, perplexity } from './decoders/decoder-alone.ts';
import { DecoderKeeper, type Verdicts } from './decoders/decoder-keeper.ts';
import { BestInstalled } from './decoders/best-installed.ts';
import { withOutlook } from './decoders/model-outlook.ts';
import { testReading } from './decoders/test-reading.ts';
import { claimStoreOf, conversationStoreOf, explanationCacheOf } from './repositories/document-cache.ts';
import { openInstalledEmbedder } from './repositories/embedder-choice.ts';
import { planOf } from './decoders/inspect-plan.ts';
import { keepingPrompts, prefixCacheStatus } from './decoders/kept-prompts.ts';
import { Repositories, type ServedRepository } from './repositories/repositories.ts';
import { SharedEmbedder } from './repositories/shared-embedder.ts';

/** What a door in the same process may do beyond the interface of the protocol. */
export interface Engine extends EngineApi {
  /** Fires whenever something of the status may have changed. */
  readonly onDidChangeStatus: Event<undefined>;
  /** Begins to index, and goes on to follow changes; for a door that waits for nothing. */
  startInBackground(): void;
  /** Begins to start the decoder, so that it is there when the evidence is; a failure shows when it is needed. */
  prepareDecoder(model?: string): void;
  /** What the user is to be told of the decoder and the indexes, once. */
  notices(): readonly Sentence[];
  /** Begins to start the embedder, where there is one, so that it is there when the index is. */
  joinEmbedder(): Promise<void>;
  /** Makes search as good as is quick, where there is an embedder and the index has its vectors; for a client with one question. */
  sharpenIfQuick(signal: AbortSignal): Promise<void>;
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
/** Who looks on while it answers. */
export interface EngineObserver {
  /** A decoder is run for an answer. */
  readonly onDecode: (decoder: Decoder, request: DecodeRequest) => void;
}

export function createEngine(
  parameters: InitializeParameters,
  logger: Logger,
  observer: EngineObserver | null = null,
): Promise<Engine> {
  return Promise.resolve().then(() => build(parameters, logger, observer));
}

function build(
  { repository, others = [], home: givenHome, settings: firstSettings, watchesFiles, language }: InitializeParameters,
  logger: Logger,
  observer: EngineObserver | null,
): Engine {
  const home = longsightHome(givenHome);
  const store = { home, logger };
  let settings: EngineSettings = firstSettings;
  let inBackground = false;
  const verdicts: Verdicts = {
    read: (model) => readVerdict(model, home),
    effectiveWindow: (model) => readEffectiveWindow(model, home),
    keep: (model, report, signal) => keepVerdict(model, home, report, signal),
    speed: (model, provider) => readSpeed(model, home, { provider, threads: settings.threads }),
    keepSpeed: (model, provider, speed) => keepSpeed(model, home, { provider, threads: settings.threads }, speed),
  };
  const statusChanged = new Emitter<undefined>();
  const onChange = (): void => {
    statusChanged.fire(undefined);
  };
  const best = new BestInstalled();
  const decoders = new DecoderKeeper({
    home,
    logger,
    settings,
    onChange,
    verdicts,
    best: () => best.id({ store, verdicts, threads: settings.threads }),
  });
  const embedder = new SharedEmbedder((signal) =>
    openInstalledEmbedder({ ...store, threads: settings.threads, signal }),
  );
  const repositories = new Repositories([repository, ...others], settings, {
    home,
    logger,
    openEmbedder: (signal) => embedder.open(signal),
    onChange,
  });

  /** The answers over one repository; questions are asked over the others as well. */
  const answersOf = async ({ room, location }: ServedRepository): Promise<Answers> => {
    const all = await repositories.forAnswers();
    const own = all.find(({ repositoryRoot }) => repositoryRoot === location.root);
    if (!own) throw new Error('a repository that is served is among those served');
    const { documents } = await room.open();
    return createAnswers({
      ...own,
      others: all.filter((other) => other !== own),
      decoder: async (model, onLoading) => {
        const found = await decoders.get(model, onLoading);
        if (!found) return null;
        const decoder = keepingPrompts(found.decoder, settings, logger);
        const told =
          observer &&
          watched(decoder, (request) => {
            observer.onDecode(decoder, request);
          });
        return { ...found, decoder: told ?? decoder };
      },
      readingTestOf: (model) => decoders.readingTestOf(model),
      decoderName: (model) => decoders.nameOf(model),
      betterModel: async () => {
        const listings = await withOutlook(await listModels(store), { store, verdicts, threads: settings.threads });
        return listings.find(({ outlook }) => outlook?.advice?.purpose === 'offer')?.displayName ?? null;
      },
      claimStore: claimStoreOf(documents, logger),
      explanationCache: explanationCacheOf(documents, logger),
      conversations: conversationStoreOf(documents, logger),
      outboundRequests: outboundRequestsOfAnswer,
      speaker: language ? createSpeaker('editor', language) : english,
      logger,
    });
  };

  /** Id of the embedder on this machine; looked for again when models come or go. */
  let embedderId: Promise<string | null> | undefined;
  const installedEmbedder = (): Promise<string | null> =>
    (embedderId ??= listModels(store).then(
      (models) => models.find(({ kind, state }) => kind === 'embedder' && state === 'installed')?.id ?? null,
    ));

  /** A model came or went: whatever was chosen before is chosen again. */
  const modelsChanged = async (): Promise<void> => {
    decoders.forget();
    embedderId = undefined;
    await Promise.all(repositories.all.map(({ room }) => room.retryEmbedder()));
    onChange();
    if (inBackground) repositories.keepUp();
  };

  const statusWith = async (indexStatus: Promise<IndexStatus>): Promise<EngineStatus> => {
    const [index, decoder, embedderFound] = await Promise.all([indexStatus, decoders.status(), installedEmbedder()]);
    return {
      repository: repositories.first.location.root,
      folders: repositories.folders,
      git: repositories.first.location.git,
      index,
      decoder,
      // One that was not needed yet starts within a second of the first need.
      embedder:
        embedderFound === null
          ? null
          : { id: embedderFound, state: repositories.first.room.embedderState() ?? 'ready' },
      prefixCache: await prefixCacheStatus(home, settings),
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
    onDidChangeStatus: statusChanged.event,
    prepareDecoder,
    startInBackground: () => {
      inBackground = true;
      repositories.keepUp();
      if (!watchesFiles) for (const { room } of repositories.all) room.followInBackground();
    },
    notices: () => [...decoders.notices(), ...repositories.notices()],
    joinEmbedder: () => repositories.first.room.joinEmbedder({ isForOne: true }),
    sharpenIfQuick: (signal) => repositories.first.room.sharpenIfQuick(signal),
    sharpen: (signal) => repositories.first.room.sharpen(signal),
    status: () => statusWith(repositories.status()),
    survey: (signal) => statusWith(repositories.survey(signal)),
    configure: async (changed) => {
      const before = settings;
      settings = changed;
      decoders.configure(changed);
      await repositories.configure(changed);
      const concernsFiles = ({ include, exclude, maxFileSize, ofRepository, embeddings }: EngineSettings): string =>
        JSON.stringify([include, exclude, maxFileSize, ofRepository, embeddings]);
      if (inBackground && concernsFiles(before) !== concernsFiles(changed)) repositories.keepUp();
    },
    index: (request, onProgress, signal) => repositories.run(request, onProgress, signal),
    watch: (request, onReport, signal) => repositories.first.room.watch(request, onReport, signal),
    pauseIndexing: async (paused) => {
      for (const { room } of repositories.all) (await room.open()).indexer.pause(paused);
      onChange();
    },
    filesChanged: (paths) => repositories.filesChanged(paths),
    why: (file) => repositories.why(file),
    skippedFiles: (reason) => repositories.skippedFiles(reason),
    search: ({ limit, ...request }, signal) =>
      repositories.answering(
        () => repositories.search({ ...request, limit: limit ?? defaultSearchLimit }, signal),
        signal,
      ),
    searchBatch: (rows, limit, signal) =>
      repositories.answering(
        async () => searchBatch(await repositories.first.room.search(), rows, { limit }, signal),
        signal,
      ),
    ask: (request, onEvent, signal) =>
      forOneAnswer(() => {
        prepareDecoder(request.model);
        return repositories.answering(
          async () => (await answersOf(repositories.first)).ask(repositories.byRoots(request), onEvent, signal),
          signal,
        );
      }),
    explain: (request, onEvent, signal) =>
      forOneAnswer(() => {
        prepareDecoder(request.model);
        return repositories.answering(
          async () => (await answersOf(repositories.named(request.repository))).explain(request, onEvent, signal),
          signal,
        );
      }),
    summarize: (request, onProgress, signal) =>
      repositories.answering(
        async () => (await answersOf(repositories.named(request.repository))).summarize(request, onProgress, signal),
        signal,
      ),
    complete: (request) => repositories.complete(request),
    listModels: async () => withOutlook(await listModels(store), { store, verdicts, threads: settings.threads }),
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
      await Promise.all([decoders.release(), ...repositories.all.map(({ room }) => room.dropEmbedder())]);
      await removeModel(id, store);
      await modelsChanged();
    },
    probeModel: async (id, windowSeconds, onProgress, signal) => {
      const { decoder, model } = await raceCancellation(decoders.require(id ?? undefined), signal);
      const seconds = windowSeconds ?? defaultWindowSeconds;
      const report = await repositories.answering(
        () => probeModel(decoder, model, home, seconds, onProgress, signal),
        signal,
      );
      await keepVerdict(model, home, report.readingTest, signal);
      decoders.forget();
      return report;
    },
    testReading: (request, onProgress, signal) => testReading(decoders, request, onProgress, signal),
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
      const { threads, provider } = settings;
      const plan = await planOf(place, { home, threads, provider }, new AbortController().signal);
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
    clearIndex: async () => {
      for (const { room } of repositories.all) await room.clear();
      // What was read of it for answers goes with it; which prompts are of which repository, only their text could tell.
      await clearSegments(prefixesFolder(home));
      onChange();
    },
    dispose: async () => {
      await Promise.all([repositories.dispose(), decoders.dispose()]);
    },
  };
}
