/** Models as the doors see them: the catalogue's entries with what is on this machine, and the verdict of a probe. */
import type { Sentence } from '../base/sentences.ts';

import type { UserError } from '../base/errors.ts';

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
  /** What it is good for. */
  readonly note: Sentence;
  /** Why Longsight cannot run it yet; absent when it can. */
  /** Of decoders that can run. */
  readonly outlook?: ModelOutlook;
  readonly unsupported?: Sentence;
}

/** What may be expected of a decoder on this machine. */
export interface ModelOutlook {
  /** What the reading test found here; null: it was not tested. */
  readonly readingTest: ReadingTestReport | null;
  /** By its size, from what others of that size did; no measurement. */
  readonly expected: 'prose' | 'quotes' | 'unknown';
  /** Bytes that can be taken now. */
  readonly freeMemory: number;
  /** Whether `recommendedMemory` is free. */
  readonly fits: boolean;
  /** Seconds that reading a normal question takes here: measured, or estimated from other models and the processor. */
  readonly secondsToRead: number;
  /** What it is the right one for on this machine, and why; left out: nothing. */
  readonly advice?: {
    /** To answer, of those that are here; to be got for the first question; to answer better than what is here. */
    readonly purpose: 'use' | 'get' | 'offer';
    readonly because: Sentence;
  };
  /** Why it is none to get here; left out: nothing speaks against it. */
  readonly hindrance?: Sentence;
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

/** What a decoder did in one part of the reading test. */
export interface ReadingTestPart {
  readonly questions: number;
  /** How many of them were asked when the verdict was certain; left out: all. */
  readonly asked?: number;
  readonly correct: number;
  readonly needed: number;
  readonly passed: boolean;
}

/** What the reading test found: the questions that a source answers. Only who passes these may write, and only of them the rest is known. */
export interface ReadingTestReport extends ReadingTestPart {
  /** Whether it says so where no source answers, and only there. */
  readonly refuses?: ReadingTestPart;
  /** Whether it names the source that answers. */
  readonly cites?: ReadingTestPart;
}

export interface ReadingTestProgress {
  /** Questions. */
  readonly done: number;
  readonly total: number;
  /** By the time that the questions so far took; null before the first is answered. */
  readonly secondsLeft: number | null;
}

export interface WindowReport {
  /** Tokens of the longest prompt in which all facts were found; 0: not even in the shortest. */
  readonly atLeast: number;
  /** Tokens of the shortest prompt in which one was missed; null: none was. */
  readonly failedAt: number | null;
  /** What ended the search: a prompt as long as the decoder holds, a border between found and missed, or the time. */
  readonly ended: 'limit' | 'failed' | 'time';
  /** Tokens of the longest prompt that the decoder holds. */
  readonly limit: number;
  readonly seconds: number;
  readonly allowedSeconds: number;
}

export interface ProbeReport {
  readonly id: string;
  readonly provider: string;
  readonly providers: readonly { readonly name: string; readonly usable: boolean; readonly reason: Sentence }[];
  readonly prefillTokensPerSecond: number;
  readonly decodeTokensPerSecond: number;
  /** Tokens in which planted facts are still found, as far as was tried: `window.atLeast`. */
  readonly effectiveWindow: number;
  /** How the effective window was found; left out: by an earlier version. */
  readonly window?: WindowReport;
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
      readonly reduced: Sentence | null;
    }
  | { readonly fits: false; readonly why: Sentence };

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
  /** Why there were no drafts, or no more of them; null where there were, or nothing in the text to draft from. */
  readonly offBecause: Sentence | null;
}

export interface GenerateReport {
  readonly speculation?: SpeculationReport;
  readonly promptTokenIds: readonly number[];
  readonly tokenIds: readonly number[];
  readonly text: string;
  /** What the model thought before it answered; left out: nothing. */
  readonly thoughts?: string;
  /** What is wrong with the answer, such as that there is none. */
  readonly notice?: UserError;
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
