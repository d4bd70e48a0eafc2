/** The engine's state as the status bar, the tree and `longsight status` show it. */
import type { UserError } from '../base/errors.ts';
import type { ServerPlace } from './answers.ts';

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
  readonly failed: readonly { readonly path: string; readonly reason: string }[];
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
  /** Why it is not computed elsewhere, and what is smaller than it could be for want of memory; left out: there is nothing to say. */
  readonly remarks?: readonly string[];
  /** What the user is to be told, once. */
  readonly notice?: string;
  /** The server that computes; left out: this machine does. */
  readonly server?: ServerPlace;
  readonly error?: UserError;
}

export interface EngineStatus {
  readonly repository: string;
  readonly git: boolean;
  readonly index: IndexStatus;
  readonly decoder: DecoderStatus | null;
  readonly embedder: { readonly id: string; readonly state: 'absent' | 'loading' | 'ready' | 'failed' } | null;
  /** Resident set of the engine process, bytes. */
  readonly memory: number;
  readonly outboundRequests: number;
}

/** Counts of one indexing run, as `longsight index --json` prints them. */
export interface IndexReport {
  readonly files: number;
  readonly indexed: number;
  readonly unchanged: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  readonly failed: readonly { readonly path: string; readonly reason: string }[];
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
  /** The sentence: which rule in which file, or which limit. */
  readonly explanation: string;
  readonly chunks: number;
  readonly symbols: number;
  readonly embedded: boolean;
}
