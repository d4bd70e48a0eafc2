/** Models as the doors see them: the catalogue's entries with what is on this machine, and the verdict of a probe. */

export type ModelKind = 'decoder' | 'embedder';

export interface ModelListing {
  readonly id: string;
  readonly displayName: string;
  readonly kind: ModelKind;
  readonly licence: string;
  readonly architecture: string;
  /** Bytes on disk. */
  readonly size: number;
  /** Bytes of memory that a comfortable use takes. */
  readonly recommendedMemory: number;
  readonly contextLength: number;
  readonly state: 'available' | 'installed' | 'found';
  /** Where the weights lie, when they are on this machine. */
  readonly path: string | null;
  /** `catalogue`, `ollama`, `lm-studio` or `imported`. */
  readonly origin: string;
  readonly isDefault: boolean;
  /** One sentence on what it is good for. */
  readonly note: string;
  /** One sentence on why Longsight cannot run it yet; absent when it can. */
  readonly unsupported?: string;
}

export interface DownloadProgress {
  readonly id: string;
  /** Which source is being tried: `pip`, `huggingface`, `maven`, `file`. */
  readonly source: string;
  readonly phase: 'download' | 'extract' | 'verify' | 'build';
  /** Bytes done and in all; total null where the source does not say. */
  readonly done: number;
  readonly total: number | null;
}

export interface ReadingTestReport {
  readonly questions: number;
  readonly correct: number;
  readonly needed: number;
  readonly passed: boolean;
}

export interface ProbeReport {
  readonly id: string;
  readonly provider: string;
  readonly providers: readonly { readonly name: string; readonly usable: boolean; readonly reason: string }[];
  readonly prefillTokensPerSecond: number;
  readonly decodeTokensPerSecond: number;
  /** Tokens in which a planted fact is still found. */
  readonly effectiveWindow: number;
  readonly readingTest: ReadingTestReport;
}

interface TensorListing {
  readonly name: string;
  readonly type: string;
  /** Row-major, outermost first. */
  readonly shape: readonly number[];
}

/** What the model would take of this machine's memory, in bytes, as far as its header tells. */
export type PlanListing =
  | {
      readonly fits: true;
      /** How keys and values are stored. */
      readonly cache: 'f32' | 'f16' | 'int8';
      /** Tokens. */
      readonly window: number;
      readonly weights: number;
      readonly keysAndValues: number;
      readonly scratch: number;
      readonly total: number;
      readonly free: number;
      /** What is smaller than it could be; null when nothing is. */
      readonly reduced: string | null;
    }
  | { readonly fits: false; readonly why: string };

export interface InspectReport {
  readonly format: 'gguf' | 'safetensors';
  /** The files that hold weights, with their sizes in bytes. */
  readonly files: readonly { readonly path: string; readonly size: number }[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tensors: readonly TensorListing[];
  readonly tensor?: TensorListing & { readonly values: readonly number[] };
  /** Of decoders that Longsight can run. */
  readonly plan?: PlanListing;
}

export interface GenerateParameters {
  readonly prompt?: string;
  readonly tokenIds?: readonly number[];
  readonly chat?: boolean;
  readonly model?: string;
  readonly maxTokens?: number;
  readonly greedy?: boolean;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed?: number;
  /** How many of the best logits to return at each step. */
  readonly topLogits?: number;
  readonly sinks?: number;
  readonly recent?: number;
  readonly rope?: string;
  readonly mask?: string;
  readonly retrieval?: string;
  readonly provider?: string;
  readonly minP?: number;
  /** 1 is none. */
  readonly repetitionPenalty?: number;
  /** How many of the last tokens the penalty looks at; -1 is all. */
  readonly repetitionWindow?: number;
  readonly logitBias?: readonly { readonly token: number | string; readonly bias: number | 'never' }[];
  readonly stop?: readonly string[];
  /** The text is held to it: a regular expression or a JSON schema. */
  readonly constraint?:
    { readonly kind: 'regex'; readonly pattern: string } | { readonly kind: 'json-schema'; readonly schema: unknown };
  /** Texts for the prompt as the question, read apart from each other. */
  readonly contexts?: { readonly method: 'parallel-windows' | 'nbce'; readonly texts: readonly string[] };
  /** False: no drafts, every token by itself; the text is the same. */
  readonly speculation?: boolean;
}

/** What drafts brought to an answer, and why there were no more. */
export interface SpeculationReport {
  /** Steps of several tokens at once. */
  readonly verifySteps: number;
  readonly drafted: number;
  readonly accepted: number;
  /** Single steps that the tokens of the verifying steps would have taken, by what these cost; null without any. */
  readonly gain: number | null;
  readonly offBecause: string | null;
}

export interface GenerateReport {
  readonly speculation?: SpeculationReport;
  readonly promptTokenIds: readonly number[];
  readonly tokenIds: readonly number[];
  readonly text: string;
  readonly topLogits: readonly (readonly { readonly id: number; readonly logit: number }[])[];
  readonly timings: {
    readonly loadMs: number;
    readonly prefillMs: number;
    readonly firstTokenMs: number;
    readonly decodeMs: number;
    readonly totalMs: number;
  };
}

export interface PerplexityParameters {
  readonly text: string;
  readonly model?: string;
  readonly maxTokens?: number;
  readonly sinks?: number;
  readonly recent?: number;
  readonly rope?: string;
  readonly mask?: string;
  readonly retrieval?: string;
  /** Tokens a bucket. */
  readonly bucket?: number;
  /** As `--provider`: no other one will do. */
  readonly provider?: string;
}

export interface PerplexityReport {
  readonly tokens: number;
  /** Nats a token. */
  readonly meanNll: number;
  readonly buckets: readonly { readonly start: number; readonly end: number; readonly meanNll: number }[];
}
