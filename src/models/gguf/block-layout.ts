/** The common form of quantised tensors: w = (q - zeroPoint) * scale [+ minimum], a scale (and minimum) a block. */

export interface Layout {
  /** How many bits hold q. */
  readonly bits: 4 | 8;
  /** Elements a scale. */
  readonly block: 16 | 32;
  readonly zeroPoint: 0 | 8 | 128;
  readonly hasMinimum: boolean;
}

export interface Blocks extends Layout {
  /** One element a byte, in the order of the tensor. */
  readonly q: Uint8Array;
  readonly scales: Float32Array;
  /** As many as scales; empty without `hasMinimum`. */
  readonly minimums: Float32Array;
}
