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
