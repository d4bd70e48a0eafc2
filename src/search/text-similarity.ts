/** How near a question is to short texts by the embedder: what is not known yet is embedded, the first texts first, and kept. */
import { fittingCard } from '../index/chunks/card.ts';
import { vectorKey } from '../index/vector-key.ts';
import type { IndexReader } from '../index/types.ts';
import type { Embedder } from '../runtime/embedding/embedder.ts';

/** Texts embedded between two looks at the clock. */
const batch = 16;
/** Letters of a question that are embedded. */
const longestQuestion = 1000;
/** Vectors held in memory, 1.5 kB each. */
const mostHeld = 4000;

export interface SimilarityOptions {
  /** The kind of text with its version, part of the key under which a vector is kept. */
  readonly kind: string;
  /** Milliseconds after which no further text is embedded. */
  readonly patience: number;
}

export class TextSimilarity {
  readonly #reader: Pick<IndexReader, 'vector' | 'putVectors'>;
  readonly #embedder: Embedder;
  readonly #held = new Map<string, Float32Array>();

  constructor(reader: Pick<IndexReader, 'vector' | 'putVectors'>, embedder: Embedder) {
    this.#reader = reader;
    this.#embedder = embedder;
  }

  /**
   * Cosines of the question and the texts, in their order; null for those that there was no time for.
   * @throws what the embedder throws, CancelledError
   */
  async cosines(
    question: string,
    texts: readonly string[],
    { kind, patience }: SimilarityOptions,
    signal: AbortSignal,
  ): Promise<readonly (number | null)[]> {
    const deadline = performance.now() + patience;
    const embedder = this.#embedder;
    const fitting = (text: string): string => fittingCard(text, (one) => embedder.fits(one));
    const keys = texts.map((text) => vectorKey(embedder, kind, text));
    const missing = new Map<string, string>();
    keys.forEach((key, at) => {
      const known = this.#held.get(key) ?? this.#reader.vector(key);
      if (known) this.#hold(key, known);
      else missing.set(key, texts[at] ?? '');
    });
    const [vector] = await embedder.embed([fitting(question.slice(0, longestQuestion))], { urgent: true }, signal);
    const waiting = [...missing];
    for (let at = 0; at < waiting.length && performance.now() < deadline; at += batch) {
      const part = waiting.slice(at, at + batch);
      const made = await embedder.embed(
        part.map(([, text]) => fitting(text)),
        { urgent: true },
        signal,
      );
      const kept = part.flatMap(([key], i) => {
        const vector = made[i];
        return vector ? [{ key, vector }] : [];
      });
      this.#reader.putVectors(kept);
      for (const { key, vector } of kept) this.#hold(key, vector);
    }
    return keys.map((key) => {
      const other = this.#held.get(key);
      return vector && other ? dot(vector, other) : null;
    });
  }

  #hold(key: string, vector: Float32Array): void {
    // Taken out and put back, so that the oldest in the map is what was not asked for longest.
    this.#held.delete(key);
    this.#held.set(key, vector);
    const oldest = this.#held.size > mostHeld ? this.#held.keys().next().value : undefined;
    if (oldest !== undefined) this.#held.delete(oldest);
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += (a[d] ?? 0) * (b[d] ?? 0);
  return sum;
}
