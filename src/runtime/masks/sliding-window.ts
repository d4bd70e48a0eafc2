/**
 * The sliding window of local attention (Longformer, Beltagy et al. 2020; Mistral 2023): itself and the W - 1 keys before.
 * A decoder trained with full attention breaks when token 0 leaves the window; see global-local.ts for what keeps it.
 */
import { type Mask, run } from './mask.ts';

/** @param window W, the query included */
export function slidingWindow(window: number): Mask {
  return {
    name: `window:${String(window)}`,
    sees: (query, key) => query - key < window,
    runs: (query) => [run(query - window + 1, query + 1)],
  };
}
