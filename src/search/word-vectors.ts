/**
 * Static word vectors: every word of the repository embedded on its own, then the mean and the first two principal components
 * removed, which only say that a text is a word (Mu and Viswanath, "All-but-the-Top", ICLR 2018).
 */
import { yieldToEventLoop } from '../base/cancellation.ts';

/** Words looked at for the mean and the components; more change nothing. */
const sampleSize = 4000;
const componentsRemoved = 2;
const powerIterations = 12;

/** What is taken off every vector of a space. */
export interface CommonDirections {
  readonly mean: Float64Array;
  /** Unit vectors, orthogonal to each other. */
  readonly components: readonly Float64Array[];
}

/** Finds mean and principal components by power iteration with deflation; the same vectors give the same result. */
export async function commonDirections(
  vectors: readonly Float32Array[],
  dimensions: number,
): Promise<CommonDirections> {
  const step = Math.max(1, Math.floor(vectors.length / sampleSize));
  const sample = vectors.filter((_, i) => i % step === 0);
  const mean = new Float64Array(dimensions);
  for (const vector of sample)
    for (let d = 0; d < dimensions; d++) mean[d] = (mean[d] ?? 0) + (vector[d] ?? 0) / sample.length;
  const components: Float64Array[] = [];
  for (let n = 0; n < componentsRemoved && sample.length > dimensions / 8; n++) {
    // A fixed start that is not orthogonal to anything likely.
    let direction = Float64Array.from({ length: dimensions }, (_, d) => Math.sin(d + 1 + n));
    for (let i = 0; i < powerIterations; i++) {
      await yieldToEventLoop();
      const next = new Float64Array(dimensions);
      for (const vector of sample) {
        let dot = 0;
        for (let d = 0; d < dimensions; d++) dot += ((vector[d] ?? 0) - (mean[d] ?? 0)) * (direction[d] ?? 0);
        for (let d = 0; d < dimensions; d++) next[d] = (next[d] ?? 0) + dot * ((vector[d] ?? 0) - (mean[d] ?? 0));
      }
      for (const component of components) removeDirection(next, component);
      if (!normalise(next)) break;
      direction = next;
    }
    components.push(direction);
  }
  return { mean, components };
}

/** The vector without what all words share, of unit length; a vector that is nothing else becomes zero. */
export function withoutCommon(vector: Float32Array, { mean, components }: CommonDirections): Float32Array {
  const own = Float64Array.from(vector, (value, d) => value - (mean[d] ?? 0));
  for (const component of components) removeDirection(own, component);
  normalise(own);
  return Float32Array.from(own);
}

function removeDirection(vector: Float64Array, direction: Float64Array): void {
  let dot = 0;
  for (let d = 0; d < vector.length; d++) dot += (vector[d] ?? 0) * (direction[d] ?? 0);
  for (let d = 0; d < vector.length; d++) vector[d] = (vector[d] ?? 0) - dot * (direction[d] ?? 0);
}

/** Scales to unit length; false when there is no length. */
export function normalise(vector: Float64Array | Float32Array): boolean {
  let square = 0;
  for (const value of vector) square += value * value;
  if (square < 1e-18) return false;
  const scale = 1 / Math.sqrt(square);
  for (let d = 0; d < vector.length; d++) vector[d] = (vector[d] ?? 0) * scale;
  return true;
}
