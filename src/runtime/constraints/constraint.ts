/** What holds the output while it is sampled: a constraint names the tokens that may come next and is told which one came. */

/** A quote that the output has completed: which text it is from and which of its lines (from 0, both ends included). */
export interface FinishedQuote {
  readonly textId: string;
  readonly startLine: number;
  readonly endLine: number;
}

/** One constraint over one output; made again for each request. */
export interface ConstraintState {
  /**
   * Ids that may come next; an end id is among them when the output may stop here. `null`: everything is allowed.
   * Empty: nothing can follow, the output is finished (`finish: 'constraint'`).
   */
  allowed(): Uint32Array | null;
  /** Takes the id that was sampled; it is one of {@link allowed}. */
  accept(id: number): void;
  /** The quotes finished so far, in order; grows as ids are accepted. */
  quotes(): readonly FinishedQuote[];
}
