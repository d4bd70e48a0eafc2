/** The engine's surface: one typed interface that the command line calls in its own process and the extension over JSON-RPC. */
import type {
  Answer,
  AnswerEvent,
  AskRequest,
  ExplainRequest,
  Explanation,
  SearchRequest,
  SearchResponse,
  SummarizeRequest,
  Summary,
} from './answers.ts';
import type {
  DownloadProgress,
  GenerateParameters,
  GenerateReport,
  InspectReport,
  ModelListing,
  PerplexityParameters,
  PerplexityReport,
  ProbeReport,
} from './models.ts';
import type { ProviderChoice } from './providers.ts';
import type { EngineStatus, IndexReport, SkipReason, WhyReport } from './status.ts';

/** Raised whenever a message changes its meaning; the engine refuses a door of another version. */
export const protocolVersion = 1;

export interface Progress {
  readonly message: string;
  readonly done: number;
  readonly total: number | null;
}

/** What changes while the extension runs and takes effect without a restart. */
export interface EngineSettings {
  /** Catalogue id, path or server address (`http://host:port/v1#model`) of the decoder; null: the first that is installed, else none. */
  readonly model: string | null;
  readonly threads: number | null;
  /** What computes the decoder; left out: the processor. */
  readonly provider?: ProviderChoice;
  /** Globs on top of Git's rules; `include` wins over ignore rules, `exclude` over everything. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Bytes; larger files are skipped and said to be. */
  readonly maxFileSize: number;
  readonly embeddings: boolean;
  readonly offline: boolean;
  /** How a model server is asked, when the model is an address; left out: without a key, and only one on this machine. */
  readonly server?: ServerSettings;
}

export interface ServerSettings {
  /** Sent as a bearer token to this origin (scheme, host and port) and to no other; never logged. */
  readonly key: { readonly origin: string; readonly value: string } | null;
  /** Origins on other machines to which the user agreed to send code. */
  readonly agreed: readonly string[];
  /** Milliseconds; what is left out has its usual value. */
  readonly timeouts: { readonly connectMs?: number; readonly firstTokenMs?: number; readonly stallMs?: number };
  /** Tokens: the window, where the server does not say it, or the most that is to be used of it. */
  readonly contextLength: number | null;
}

export interface InitializeParameters {
  readonly protocolVersion: number;
  /** Absolute path of the repository, or of a folder in it. */
  readonly repository: string;
  /** LONGSIGHT_HOME: caches and models. */
  readonly home: string | null;
  readonly settings: EngineSettings;
  /** Whether the door tells of file changes by `filesChanged`; otherwise the engine watches by itself when asked to. */
  readonly watchesFiles: boolean;
}

/**
 * Every method rejects with a LongsightError (over RPC: a response error whose data is ErrorData) or, once its signal is
 * aborted, with a CancelledError.
 */
export interface EngineApi {
  status(): Promise<EngineStatus>;
  configure(settings: EngineSettings): Promise<void>;
  /** Brings the index up to date. */
  index(
    request: { rebuild?: boolean; lexicalOnly?: boolean },
    onProgress: (p: Progress) => void,
    signal: AbortSignal,
  ): Promise<IndexReport>;
  pauseIndexing(paused: boolean): Promise<void>;
  /** Absolute paths that were created, changed or deleted. */
  filesChanged(paths: readonly string[]): Promise<void>;
  why(path: string): Promise<WhyReport>;
  skippedFiles(reason: SkipReason): Promise<readonly string[]>;
  search(request: SearchRequest, signal: AbortSignal): Promise<SearchResponse>;
  ask(request: AskRequest, onEvent: (e: AnswerEvent) => void, signal: AbortSignal): Promise<Answer>;
  explain(request: ExplainRequest, onEvent: (e: AnswerEvent) => void, signal: AbortSignal): Promise<Explanation>;
  summarize(request: SummarizeRequest, onProgress: (p: Progress) => void, signal: AbortSignal): Promise<Summary>;
  /** Symbols and paths that begin like `prefix`, for @ and # completion. */
  complete(request: {
    prefix: string;
    kind: 'file' | 'symbol' | 'folder';
    limit: number;
  }): Promise<readonly { label: string; path: string; line?: number }[]>;
  listModels(): Promise<readonly ModelListing[]>;
  getModel(id: string, onProgress: (p: DownloadProgress) => void, signal: AbortSignal): Promise<ModelListing>;
  importModel(file: string, signal: AbortSignal): Promise<ModelListing>;
  removeModel(id: string): Promise<void>;
  probeModel(id: string | null, onProgress: (p: Progress) => void, signal: AbortSignal): Promise<ProbeReport>;
  /** Tries the execution providers anew; one that works is out of quarantine, and the decoder is started on the best. */
  probeProviders(signal: AbortSignal): Promise<ProbeReport['providers']>;
  inspectModel(file: string, tensor: string | null): Promise<InspectReport>;
  generate(request: GenerateParameters, onToken: (text: string) => void, signal: AbortSignal): Promise<GenerateReport>;
  perplexity(
    request: PerplexityParameters,
    onProgress: (p: Progress) => void,
    signal: AbortSignal,
  ): Promise<PerplexityReport>;
  /** Deletes the repository's index from disk. */
  clearIndex(): Promise<void>;
}
