/** How near the question is to each file's card, by the embedder: over the best files only, each card embedded once. */
import { fileCard, fittingCard } from '../../index/chunks/card.ts';
import type { IndexReader } from '../../index/types.ts';
import { cardKind } from '../../index/vector-key.ts';
import type { Embedder } from '../../runtime/embedding/embedder.ts';
import type { Query } from '../query.ts';
import { embedCached } from '../vector-cache.ts';

/** Letters of a question that are embedded; what is over the embedder's limit after that is cut too. */
const longestQuestion = 1000;
/** Vectors of cards held in memory, 1.5 kB each. */
const mostHeld = 4000;

export class CardVectors {
  readonly #reader: IndexReader;
  readonly #embedder: Embedder;
  /** By content hash and path: making a card and counting its tokens costs more than comparing it. */
  readonly #held = new Map<string, Float32Array>();

  constructor(reader: IndexReader, embedder: Embedder) {
    this.#reader = reader;
    this.#embedder = embedder;
  }

  /** Cosines of the question and the cards of the files, in their order. */
  async cosines(query: Query, paths: readonly string[], signal: AbortSignal): Promise<readonly number[]> {
    const embedder = this.#embedder;
    const question = fittingCard(query.text.slice(0, longestQuestion), (text) => embedder.fits(text));
    const [[asked], cards] = await Promise.all([
      embedder.embed([question], { urgent: true }, signal),
      this.#vectors(paths, signal),
    ]);
    return cards.map((card) => (asked ? dot(asked, card) : 0));
  }

  async #vectors(paths: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]> {
    const keys = paths.map((path) => `${this.#reader.file(path)?.contentHash ?? ''} ${path}`);
    const missing = paths.filter((_, i) => !this.#held.has(keys[i] ?? ''));
    const cards = missing.map((path) =>
      fittingCard(fileCard(path, this.#reader.chunksOf(path)), (text) => this.#embedder.fits(text)),
    );
    const made = await embedCached(this.#reader, this.#embedder, cards, { kind: cardKind, urgent: true }, signal);
    const byPath = new Map(missing.map((path, i) => [path, made[i]]));
    return paths.map((path, i) => {
      const key = keys[i] ?? '';
      const vector = byPath.get(path) ?? this.#held.get(key) ?? new Float32Array(this.#embedder.dimensions);
      // Taken out and put back, so that the oldest in the map is what was not asked for longest.
      this.#held.delete(key);
      this.#held.set(key, vector);
      const oldest = this.#held.size > mostHeld ? this.#held.keys().next().value : undefined;
      if (oldest !== undefined) this.#held.delete(oldest);
      return vector;
    });
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += (a[d] ?? 0) * (b[d] ?? 0);
  return sum;
}
