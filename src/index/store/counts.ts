/** How much the index holds, why files were left out after a look at them, and which could not be analysed as they should. */
import type { Sentence } from '../../base/sentences.ts';
import { keptSentence } from '../../protocol/sentence-schema.ts';
import type { SkipReason } from '../../protocol/status.ts';
import type { Statements } from './blobs.ts';

export interface StoreCounts {
  readonly indexed: number;
  readonly chunks: number;
  readonly symbols: number;
  readonly embedded: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  readonly failed: readonly { readonly path: string; readonly reason: Sentence }[];
}

/** @param embedder id of the embedder whose vectors count; null: anyone's */
export function countAll(store: Statements, embedder: string | null): StoreCounts {
  const total = store
    .prepare(
      `SELECT count(*) files, coalesce(sum(chunk_count), 0) chunks, coalesce(sum(symbol_count), 0) symbols,
            coalesce(sum(card_embedder IS NOT NULL AND card_embedder = coalesce(?, card_embedder)), 0) embedded
     FROM file JOIN blob ON blob.id = file.blob`,
    )
    .get(embedder);
  const skipped: Partial<Record<SkipReason, number>> = {};
  for (const row of store.prepare('SELECT skip, count(*) n FROM file WHERE skip IS NOT NULL GROUP BY skip').all()) {
    skipped[row['skip'] as SkipReason] = Number(row['n']);
  }
  const failures = store
    .prepare('SELECT path, failure FROM blob JOIN file ON file.blob = blob.id WHERE failure IS NOT NULL ORDER BY path')
    .all();
  return {
    indexed: Number(total?.['files'] ?? 0),
    chunks: Number(total?.['chunks'] ?? 0),
    symbols: Number(total?.['symbols'] ?? 0),
    embedded: Number(total?.['embedded'] ?? 0),
    skipped,
    failed: failures.map((row) => ({ path: String(row['path']), reason: keptSentence(String(row['failure'])) })),
  };
}
