/** Embeddings of short texts, each computed once: what the index keeps is taken from there, the rest is embedded and kept. */
import { throwIfCancelled } from '../base/cancellation.ts';
import type { IndexReader } from '../index/types.ts';
import { vectorKey } from '../index/vector-key.ts';
import type { Embedder } from '../runtime/embedding/embedder.ts';

/** Texts embedded and kept at a time: a break loses no more than these. */
const batch = 64;

export interface EmbedOptions {
  /** The kind of text, part of the key: `word` or `card` with its version. */
  readonly kind: string;
  /** True when a question waits for it. */
  readonly urgent: boolean;
}

/** The vectors of the texts in their order; those that were not kept yet are computed. */
export async function embedCached(
  reader: Pick<IndexReader, 'vector' | 'putVectors'>,
  embedder: Embedder,
  texts: readonly string[],
  options: EmbedOptions,
  signal: AbortSignal,
): Promise<readonly Float32Array[]> {
  const keys = texts.map((text) => vectorKey(embedder, options.kind, text));
  const found = new Map<string, Float32Array>();
  const missing = new Map<string, string>();
  keys.forEach((key, i) => {
    const known = reader.vector(key);
    if (known) found.set(key, known);
    else missing.set(key, texts[i] ?? '');
  });
  const waiting = [...missing];
  for (let at = 0; at < waiting.length; at += batch) {
    throwIfCancelled(signal);
    const part = waiting.slice(at, at + batch);
    const vectors = await embedder.embed(
      part.map(([, text]) => text),
      { urgent: options.urgent },
      signal,
    );
    const kept = part.flatMap(([key], i) => {
      const vector = vectors[i];
      return vector ? [{ key, vector }] : [];
    });
    reader.putVectors(kept);
    for (const { key, vector } of kept) found.set(key, vector);
  }
  return keys.map((key) => found.get(key) ?? new Float32Array(embedder.dimensions));
}
