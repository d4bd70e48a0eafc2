/**
 * Retrieval inside the cache: everything stays cached, and a query looks at the pages of it that matter. A rule says how a page of keys
 * is summarised, how the query is turned when it is compared with summaries, and which pages are looked at in any case.
 */
import type { RowShape } from '../cache/cache-rows.ts';
import type { DistanceRule } from '../positions/distance-rule.ts';

export interface RetrievalRule {
  /** As in `--retrieval`. */
  readonly name: string;
  /** Tokens a page. */
  readonly pageSize: number;
  /** Pages that are looked at. */
  readonly pages: number;
  /** While fewer tokens are cached, all are looked at. */
  readonly from: number;
  /** Whether keys are summarised at their positions, or as they are in the cache, at none. */
  readonly rotated: boolean;
  /** Whether a page is worth a summary before it is full. */
  readonly partial: boolean;
  /** Whether what counts of a page is the share of a head's attention it would get by its bound, and not the bound itself. */
  readonly shares: boolean;
  /** Whether each kv head chooses pages for itself, or all of them together. */
  readonly together: boolean;
  /** How distances count once tokens are looked at; null: as they are. */
  readonly distances: DistanceRule | null;
  /** Where a query stands while it is compared with summaries. @param position of it in the text */
  selectFrom(position: number): number;
  /**
   * Summarises a page: no key of it can give a query more than sum over c of max(q_c low_c, q_c high_c), or about so.
   * @param keys float32 [count, kvHeads * headSize] @param low @param high float32 [kvHeads * headSize] each, written
   */
  summarise(keys: Float32Array, count: number, shape: RowShape, low: Float32Array, high: Float32Array): void;
  /** What is added to a page's bound: infinite for pages that are looked at in any case. @param pages how many there are */
  bias(page: number, pages: number): number;
}
