/** Computes, behind everything else, the vectors of file cards that have none; what is there already is only noted. */
import { throwIfCancelled, yieldToEventLoop } from '../base/cancellation.ts';
import type { Embedder } from '../runtime/embedding/embedder.ts';
import { fileCard, fittingCard } from './chunks/card.ts';
import type { PauseGate } from './pause-gate.ts';
import type { StoreReader } from './store/reader.ts';
import type { Store } from './store/store.ts';
import { cardKind, vectorKey } from './vector-key.ts';

/** Cards embedded and kept at a time: a break loses no more than these. */
const batch = 16;

export interface EmbeddingPassOptions {
  readonly store: Store;
  readonly reader: StoreReader;
  readonly embedder: Embedder;
  readonly gate: PauseGate;
  /** Paths that come first: open files. */
  readonly first: () => readonly string[];
  readonly onProgress: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @returns how many vectors were computed
 * @throws CancelledError; what was embedded until then is kept
 */
export async function embedCards(options: EmbeddingPassOptions): Promise<number> {
  const { store, reader, embedder, signal } = options;
  const waiting = new Map(store.withoutCard(embedder.id).map((file) => [file.path, file]));
  const total = waiting.size;
  let computed = 0;
  while (waiting.size > 0) {
    await options.gate.pass(signal);
    throwIfCancelled(signal);
    const part: { path: string; blob: number; key: string; text: string }[] = [];
    for (const path of orderOf(waiting, options.first())) {
      const file = waiting.get(path);
      if (!file) continue;
      waiting.delete(path);
      const text = fittingCard(fileCard(path, reader.chunksOf(path)), (card) => embedder.fits(card));
      part.push({ path, blob: file.blob, text, key: vectorKey(embedder, cardKind, text) });
      if (part.length === batch) break;
    }
    const missing = new Map(part.filter(({ key }) => !store.hasVector(key)).map(({ key, text }) => [key, text]));
    if (missing.size > 0) {
      const vectors = await embedder.embed([...missing.values()], { urgent: false }, signal);
      const kept = [...missing.keys()].flatMap((key, i) => {
        const vector = vectors[i];
        return vector ? [{ key, vector }] : [];
      });
      store.putVectors(kept);
      computed += kept.length;
    }
    store.setCards(part.map(({ path, blob, key }) => ({ path, blob, key, embedder: embedder.id })));
    options.onProgress(total - waiting.size, total);
    await yieldToEventLoop();
  }
  return computed;
}

function* orderOf(waiting: ReadonlyMap<string, unknown>, first: readonly string[]): Generator<string> {
  for (const path of first) if (waiting.has(path)) yield path;
  yield* [...waiting.keys()];
}
