/**
 * Global and local (Longformer, Beltagy et al. 2020; ETC, Ainslie et al. 2020; the Lambda shape of LM-Infinite): the first G keys,
 * and itself with the W - 1 keys before. As causal order is kept, the first G queries see no more than others.
 */
import { type Mask, run } from './mask.ts';

/** @param global G @param window W, the query included */
export function globalLocal(global: number, window: number): Mask {
  return {
    name: `global-local:${String(global)}:${String(window)}`,
    sees: (query, key) => key < global || query - key < window,
    runs: (query) => {
      const local = Math.max(0, query - window + 1);
      return local <= global ? [run(0, query + 1)] : [run(0, global), run(local, query + 1)];
    },
  };
}
