/** The engine's state as the status bar, the tree and `longsight status` show it. */
import type { UserError } from '../base/errors.ts';
import type { Sentence } from '../base/sentences.ts';
import type { ServerPlace } from './answers.ts';
import type { ReadingTestProgress, ReadingTestReport } from './models.ts';

/** Why a file is not in the index; each is a sentence's worth of reason for `why PATH`. */
export const skipReasons = [
  'ignored',
  'excluded',
  'binary',
  'too-large',
  'generated',
  'minified',
  'unreadable',
  'not-a-file',
  'outside-repository',
  'unsupported-encoding',
] as const;
export type SkipReason = (typeof skipReasons)[number];

export interface IndexStatus {
  /** The phase the indexer is in; `idle` means up to date. */
  readonly state: 'idle' | 'scanning' | 'indexing' | 'embedding' | 'paused' | 'failed';
  readonly files: number;
  readonly indexed: number;
  readonly pending: number;
  /** Files whose card has a vector. */
  readonly embedded: number;
  readonly chunks: number;
  readonly symbols: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  readonly failed: readonly { readonly path: string; readonly reason: Sentence }[];
  /** Size of the store on disk, bytes. */
  readonly bytes: number;
}

export interface DecoderStatus {
  readonly id: string;
  readonly displayName: string;
  readonly state: 'absent' | 'loading' | 'ready' | 'busy' | 'failed';
  readonly provider: string | null;
  /** Tokens. */
  readonly window: number;
  /** Bytes resident for weights and KV cache, as planned. */
  readonly memory: number;
  readonly tokensPerSecond: number | null;
  /** Whether the reading test was passed; null before it ran. Until it is passed the decoder only quotes. */
  readonly writesProse: boolean | null;
  /** What the reading test found; null before it ran. */
  readonly readingTest: ReadingTestReport | null;
  /** How far the test is while it runs. */
  readonly testing?: ReadingTestProgress;
  /** What is built of its graphs while it starts for the first time. */
  readonly loading?: { readonly done: number; readonly total: number };
  /** Why it is not computed elsewhere, and what is smaller than it could be for want of memory; left out: there is nothing to say. */
  readonly remarks?: readonly Sentence[];
  /** What the user is told once. */
  readonly notice?: Sentence;
  /** The server that computes; left out: this machine does. */
  readonly server?: ServerPlace;
  readonly error?: UserError;
}

/** A folder of the window and the repository it belongs to. */
export interface ServedFolder {
  /** As the client gave it. */
  readonly folder: string;
  /** Absolute path of the repository, symbolic links resolved: what sources and citations name. Several folders may share it. */
  readonly root: string;
  /** The folder relative to the root, with forward slashes; empty: the folder is the root. */
  readonly within: string;
}

/** Keys and values of prompts that are kept on disk. */
export interface PrefixCacheStatus {
  /** Bytes on disk, of all models. */
  readonly bytes: number;
  /** Bytes there may be; 0: nothing is kept. */
  readonly limit: number;
}

export interface EngineStatus {
  readonly repository: string;
  /** Every folder that is served, in the order they were given. */
  readonly folders: readonly ServedFolder[];
  readonly git: boolean;
  readonly index: IndexStatus;
  readonly decoder: DecoderStatus | null;
  readonly embedder: { readonly id: string; readonly state: 'absent' | 'loading' | 'ready' | 'failed' } | null;
  readonly prefixCache: PrefixCacheStatus;
  /** Resident set of the engine process, bytes. */
  readonly memory: number;
  /** Requests that the engine sent since it started. */
  readonly outboundRequests: number;
}

/** Counts of one indexing run, as `longsight index --json` prints them. */
export interface IndexReport {
  readonly files: number;
  readonly indexed: number;
  readonly unchanged: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  readonly failed: readonly { readonly path: string; readonly reason: Sentence }[];
  readonly chunks: number;
  readonly symbols: number;
  /** Vectors computed in this run. */
  readonly embedded: number;
  /** Files whose content was read in this run, and their bytes. */
  readonly read: number;
  readonly bytes: number;
  readonly ms: number;
}

export interface WhyReport {
  readonly path: string;
  readonly indexed: boolean;
  readonly reason: SkipReason | null;
  /** Which rule in which file, or which limit. */
  readonly explanation: Sentence;
  readonly chunks: number;
  readonly symbols: number;
  readonly embedded: boolean;
}
