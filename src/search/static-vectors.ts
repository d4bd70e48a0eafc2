/**
 * Static vectors of chunks and files: the sum of their words' vectors, each by its rarity and the logarithm of how often it stands
 * in each field; kept as signed bytes. They find what is meant when the words differ, without running a model over the text.
 */
import { readCounts, ByteReader, readTerms } from '../index/terms/terms-reader.ts';
import { normalise } from './word-vectors.ts';

/** Weights of code, comment, definition and scope; the path counts 1.5. */
const fieldWeights = [0.5, 0.7, 1.5, 0.5];
const pathWeight = 1.5;

/** The vector of a term's word and the term's rarity; undefined for terms without a vector. */
export type WordLookup = (term: string) => { readonly vector: Float32Array; readonly idf: number } | undefined;

/** Vectors of one file's chunks, one after another, then that of the file as a whole; each scaled by its largest value to -127..127. */
export interface FileVectors {
  readonly bytes: Int8Array;
  /** What to multiply the products with the bytes of each vector by to get cosines. */
  readonly scales: Float32Array;
}

/** @param stored the file's terms @param pathTerms terms of its path with how often */
export function fileVectors(
  stored: Uint8Array,
  pathTerms: ReadonlyMap<string, number>,
  lookup: WordLookup,
  dimensions: number,
): FileVectors {
  const chunks: Float32Array[] = [];
  const whole = new Float32Array(dimensions);
  const path = new Float32Array(dimensions);
  for (const [term, count] of pathTerms) {
    const word = lookup(term);
    if (word) addScaled(path, word.vector, word.idf * pathWeight * Math.log1p(count));
  }
  readTerms(stored, (vocabulary) => {
    const words = Array.from({ length: vocabulary.size }, (_, i) =>
      vocabulary.surfaceRun(i) === null ? undefined : lookup(vocabulary.term(i)),
    );
    const counts = new Uint16Array(fieldWeights.length);
    let current = new Float32Array(dimensions);
    return {
      chunk: () => {
        current = Float32Array.from(path);
        chunks.push(current);
      },
      posting: (term, bytes, start) => {
        const word = words[term];
        if (!word) return;
        readCounts(new ByteReader(bytes, start), counts);
        let sum = 0;
        for (let f = 0; f < counts.length; f++) sum += (fieldWeights[f] ?? 0) * Math.log1p(counts[f] ?? 0);
        addScaled(current, word.vector, word.idf * sum);
        addScaled(whole, word.vector, word.idf * sum);
      },
    };
  });
  addScaled(whole, path, 1);
  return pack([...chunks, whole], dimensions);
}

function pack(vectors: readonly Float32Array[], dimensions: number): FileVectors {
  const bytes = new Int8Array(vectors.length * dimensions);
  const scales = new Float32Array(vectors.length);
  vectors.forEach((vector, i) => {
    normalise(vector);
    let largest = 1e-9;
    for (const value of vector) largest = Math.max(largest, Math.abs(value));
    scales[i] = largest / 127;
    for (let d = 0; d < dimensions; d++) bytes[i * dimensions + d] = Math.round(((vector[d] ?? 0) / largest) * 127);
  });
  return { bytes, scales };
}

/** A question as signed bytes: products of whole numbers are what a scan of many vectors can afford. */
export interface PackedQuestion {
  readonly bytes: Int8Array;
  readonly scale: number;
}

export function packQuestion(vector: Float32Array): PackedQuestion {
  const { bytes, scales } = pack([Float32Array.from(vector)], vector.length);
  return { bytes, scale: scales[0] ?? 0 };
}

/** Cosines of the question with every vector of a file: its chunks in order, then the file. */
export function cosines(question: PackedQuestion, { bytes, scales }: FileVectors): Float32Array {
  const asked = question.bytes;
  const dimensions = asked.length;
  const result = new Float32Array(scales.length);
  for (let i = 0, at = 0; i < result.length; i++, at += dimensions) {
    let dot = 0;
    for (let d = 0; d < dimensions; d++) dot = (dot + Math.imul(asked[d] as number, bytes[at + d] as number)) | 0;
    result[i] = dot * question.scale * (scales[i] ?? 0);
  }
  return result;
}

/** The question as a static vector: its words by their rarity; null when no word has a vector. */
export function questionVector(
  words: readonly { readonly vector: Float32Array; readonly idf: number }[],
  dimensions: number,
): Float32Array | null {
  const sum = new Float32Array(dimensions);
  for (const { vector, idf } of words) addScaled(sum, vector, idf);
  return normalise(sum) ? sum : null;
}

function addScaled(into: Float32Array, vector: Float32Array, factor: number): void {
  for (let d = 0; d < into.length; d++) into[d] = (into[d] ?? 0) + factor * (vector[d] ?? 0);
}
