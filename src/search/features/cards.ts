/** How near the question is to each file's card, by the embedder: over the best files only, each card embedded once. */
import { fileCard, fittingCard } from '../../index/card.ts';
import type { IndexReader } from '../../index/types.ts';
import { cardKind } from '../../index/vector-key.ts';
import type { Embedder } from '../../runtime/embedder.ts';
import type { Query } from '../query.ts';
import { embedCached } from '../vector-cache.ts';

/** Letters of a question that are embedded; what is over the embedder's limit after that is cut too. */
const longestQuestion = 1000;

function cardOf(reader: Pick<IndexReader, 'chunksOf'>, embedder: Embedder, path: string): string {
  return fittingCard(fileCard(path, reader.chunksOf(path)), (text) => embedder.fits(text));
}

/**
 * Cosines of the question and the cards of the files, in their order.
 */
export async function cardCosines(
  reader: IndexReader,
  embedder: Embedder,
  query: Query,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly number[]> {
  const question = fittingCard(query.text.slice(0, longestQuestion), (text) => embedder.fits(text));
  const [asked] = await embedder.embed([question], { urgent: true }, signal);
  if (!asked) return paths.map(() => 0);
  const cards = paths.map((path) => cardOf(reader, embedder, path));
  const vectors = await embedCached(reader, embedder, cards, { kind: cardKind, urgent: true }, signal);
  return vectors.map((vector) => dot(asked, vector));
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += (a[d] ?? 0) * (b[d] ?? 0);
  return sum;
}
