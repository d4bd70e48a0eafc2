/**
 * Rotary position embedding (Su et al. 2021): pair i of a head is rotated by position * frequency(i), and a scaling is a rule
 * for the frequencies. Everything is computed in float64; only the finished tables are float32.
 */

/** What a model was trained with. */
export interface RopeShape {
  /** How many numbers of a head are rotated; twice the number of pairs. */
  readonly dimensions: number;
  readonly base: number;
  /** Tokens the frequencies were trained for. */
  readonly contextLength: number;
}

/** A rule's result. */
export interface RopeFrequencies {
  /** Radians a position, one a pair. */
  readonly frequencies: Float64Array;
  /** Factor on cosine and sine (YaRN's attention temperature), 1 for most. */
  readonly attentionFactor: number;
}

/** The unscaled rule: base^(-2i/d). */
export function defaultFrequencies({ dimensions, base }: Pick<RopeShape, 'dimensions' | 'base'>): Float64Array {
  return Float64Array.from({ length: dimensions / 2 }, (_, i) => base ** ((-2 * i) / dimensions));
}
