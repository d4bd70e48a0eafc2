/**
 * Rules that read a distance as another one: two tokens that are delta apart in the text are rotated as if they were
 * distance(i, j) apart, so that no pair is further apart than the model has learnt.
 *
 * Every rule here has one shape, which is what the graph computes: pairs nearer than `near` stand where they are, all others
 * stand where a second rotation of queries and keys puts them. Fractional positions are whole ones in a table of finer steps.
 */
import type { CacheWindow } from '../decoder.ts';

export interface DistanceRule {
  /** As in `--rope`. */
  readonly name: string;
  /** Rows of the cosine and sine tables a position. */
  readonly steps: number;
  /** Pairs at this distance in the text, or further, take the second rotation. */
  readonly near: number;
  /** What of the cache stays; null: everything. A query sees the sinks and the `recent` keys before it. */
  readonly window: CacheWindow | null;
  /** @param query @param key positions in the text, key <= query @returns the distance they are rotated by */
  distance(query: number, key: number): number;
  /** Where a query stands in the second rotation, in steps. @param query position in the text */
  farQuery(query: number): number;
  /** Where a key stands in the second rotation, in steps. @param key position in the text */
  farKey(key: number): number;
  /** How many tokens it takes before some distance is beyond the trained length; infinite for most. */
  reach(trainedLength: number): number;
}
