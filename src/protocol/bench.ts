/** What a measurement of speed beside another program comes to; every ratio above 1 means that ours is better. */

/** A number a case, keyed by the tokens that were read before. */
export type Measured = Readonly<Record<string, number>>;

export interface FileSpeed {
  /** Tokens a second. */
  readonly ours: Measured;
  readonly peer: Measured;
  readonly ratio: Measured;
  /** Of all processors together. */
  readonly cpuMsPerToken: { readonly ours: Measured; readonly peer: Measured; readonly ratio: Measured };
  /** From the start of a process to the first token after a prompt of 64. */
  readonly startMs: { readonly ours: number; readonly peer: number; readonly ratio: number };
  /** Largest resident memory of the process. */
  readonly peakBytes: { readonly ours: number; readonly peer: number; readonly ratio: number };
}

export interface SpeedReport {
  readonly work: 'decode' | 'prefill';
  readonly model: string;
  readonly peerName: string;
  readonly threads: number;
  /** On the file that was given. */
  readonly ours: Measured;
  readonly peer: Measured;
  readonly ratio: Measured;
  /** Ours on the file that was given to the peer's better one of both files. */
  readonly ratioToBest: Measured;
  readonly files: { readonly given: FileSpeed; readonly q4_0: FileSpeed };
}

/** Ways to join chunks whose keys and values were computed apart, by their names in the literature. */
export const reuseCaseNames = [
  'naive',
  'legolink-0',
  'legolink-2',
  'legolink-8',
  'legolink-16',
  'legolink-32',
  'cacheblend-5',
  'cacheblend-15',
  'cacheblend-30',
  'cacheblend-100',
  'ape',
] as const;

/** Keys and values that are used again, beside a full prefill; cases as `legolink-16`. */
export interface ReuseReport {
  readonly work: 'reuse';
  readonly model: string;
  readonly threads: number;
  readonly questions: number;
  readonly chunks: number;
  readonly chunkTokens: number;
  /** Milliseconds to the first token, means over the questions. */
  readonly ours: Measured;
  readonly peer: Measured;
  readonly ratio: Measured;
  /** The ratio in time of all processors, which other programs change less. */
  readonly cpuRatio: Measured;
  /** Share of the first 32 tokens that are those of a full prefill, each behind what that one wrote. */
  readonly agreement: Measured;
  /** Tokens of the chunks that were computed again. */
  readonly computed: Measured;
  /** A long prompt, and the next turn in a process that has just started. */
  readonly followUp?: {
    readonly tokens: number;
    readonly restored: number;
    readonly computed: number;
    readonly fullMs: number;
    readonly ms: number;
    readonly ratio: number;
    readonly cpuRatio: number;
    readonly agreement: number;
  };
}
