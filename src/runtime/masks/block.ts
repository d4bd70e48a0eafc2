/**
 * Block attention (BlockBERT, Qiu et al. 2020; Bi-BloSAN, Shen et al. 2018): the text is cut into blocks of B, a query sees its own
 * and the whole ones of `before` blocks before it.
 */
import { type Mask, run } from './mask.ts';

/** @param size B @param before how many blocks before its own a query sees */
export function block(size: number, before: number): Mask {
  const firstKey = (query: number): number => (Math.floor(query / size) - before) * size;
  return {
    name: `block:${String(size)}:${String(before)}`,
    sees: (query, key) => key >= firstKey(query),
    runs: (query) => [run(firstKey(query), query + 1)],
  };
}
