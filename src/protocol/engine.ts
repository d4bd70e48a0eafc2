/** The engine's surface: one typed interface that the command line calls in its own process and the extension over JSON-RPC. */
import type { Sentence } from '../base/sentences.ts';
import type { Language } from '../base/speaker.ts';
import type {
  Answer,
  AnswerEvent,
  AskRequest,
  ExplainRequest,
  Explanation,
  SearchRequest,
  SearchResponse,
} from './answers.ts';
import type { SummarizeRequest, Summary } from './summary.ts';
import type {
  DownloadProgress,
  GenerateParameters,
  GenerateReport,
  InspectReport,
  ModelListing,
  PerplexityParameters,
  PerplexityReport,
  ProbeReport,
  ReadingTestReport,
} from './models.ts';
import type { ProviderChoice } from './providers.ts';
import type { EngineStatus, IndexReport, SkipReason, WhyReport } from './status.ts';

/** Raised whenever a message changes its meaning; the engine refuses a door of another version. */
export const protocolVersion = 1;

export interface Progress {
  readonly message: Sentence;
  readonly done: number;
  readonly total: number | null;
}

/** Which files of a repository are indexed. What is left out stays as the repository's index has it. */
export interface FileRules {
  /** Globs on top of Git's rules; `include` wins over ignore rules, `exclude` over everything. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** Bytes; larger files are skipped and said to be. */
  readonly maxFileSize?: number;
}

/** What changes while the extension runs and takes effect without a restart. */
export interface EngineSettings extends FileRules {
  /** Catalogue id, path or server address (`http://host:port/v1#model`) of the decoder; null: the first that is installed, else none. */
  readonly model: string | null;
  readonly threads: number | null;
  /** What computes the decoder; left out: the processor. */
  readonly provider?: ProviderChoice;
  /** The rules for files where a repository has its own, by the folder it was opened by. */
  readonly ofRepository?: Readonly<Record<string, FileRules>>;
  readonly embeddings: boolean;
  /** Bytes that keys and values of prompts may take on disk; 0: nothing is kept; left out: 2 GB. */
  readonly prefixCache?: number;
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
  /** Further folders of the same window; those of a repository that is there already add nothing. Left out: none. */
  readonly others?: readonly string[];
  /** LONGSIGHT_HOME: caches and models. */
  readonly home: string | null;
  readonly settings: EngineSettings;
  /** Whether the door tells of file changes by `filesChanged`; otherwise the engine watches by itself when asked to. */
  readonly watchesFiles: boolean;
  /** What whole documents are written in: explanations, summaries; left out: English. */
  readonly language?: Language;
}

/** A file, a folder or one definition that a word may stand for. */
export interface Completion {
  /** A path, or a definition's name with its scope. */
  readonly label: string;
  readonly path: string;
  /** Root of its repository; left out: the engine serves only one. */
  readonly repository?: string;
  /** Of a definition. */
  readonly startLine?: number;
  readonly endLine?: number;
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
  /** @param path absolute, or relative to the first repository */
  why(path: string): Promise<WhyReport>;
  /** Paths relative to their repository, or absolute where there are several. */
  skippedFiles(reason: SkipReason): Promise<readonly string[]>;
  search(request: SearchRequest, signal: AbortSignal): Promise<SearchResponse>;
  ask(request: AskRequest, onEvent: (e: AnswerEvent) => void, signal: AbortSignal): Promise<Answer>;
  explain(request: ExplainRequest, onEvent: (e: AnswerEvent) => void, signal: AbortSignal): Promise<Explanation>;
  summarize(request: SummarizeRequest, onProgress: (p: Progress) => void, signal: AbortSignal): Promise<Summary>;
  /** Symbols and paths that begin like `prefix`, for @ and # completion, over all repositories. */
  complete(request: {
    prefix: string;
    kind: 'file' | 'symbol' | 'folder';
    limit: number;
  }): Promise<readonly Completion[]>;
  listModels(): Promise<readonly ModelListing[]>;
  getModel(id: string, onProgress: (p: DownloadProgress) => void, signal: AbortSignal): Promise<ModelListing>;
  importModel(file: string, signal: AbortSignal): Promise<ModelListing>;
  removeModel(id: string): Promise<void>;
  /** @param windowSeconds the most time that the search for the effective window takes; null: the usual */
  probeModel(
    id: string | null,
    windowSeconds: number | null,
    onProgress: (p: Progress) => void,
    signal: AbortSignal,
  ): Promise<ProbeReport>;
  /**
   * What the reading test says of a decoder, null: the one in use; it is started, and tested when it was not tested before, or
   * `again` with every question. Aborted, it stays as it was.
   */
  testReading(
    request: { model: string | null; again: boolean },
    onProgress: (p: Progress) => void,
    signal: AbortSignal,
  ): Promise<ReadingTestReport>;
  /** Tries the execution providers again; one that works is out of quarantine, and the decoder is started on the best. */
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
