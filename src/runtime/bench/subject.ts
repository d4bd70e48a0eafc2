/** What a measurement of speed does with a decoder, whichever it is. */

export interface SpeedSubject {
  readonly vocabulary: number;
  forget(): Promise<void>;
  read(ids: readonly number[]): Promise<void>;
  generate(id: number, count: number): Promise<void>;
  /** Reads a prompt and generates one token. */
  first(ids: readonly number[]): Promise<void>;
}
