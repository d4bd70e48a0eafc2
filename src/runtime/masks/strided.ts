/**
 * Strided attention (Sparse Transformer, Child et al. 2019): the S keys up to the query, and before those every one whose distance is a
 * multiple of S; two layers of it connect any two tokens.
 */
import { type Mask, run } from './mask.ts';

/** @param stride S */
export function strided(stride: number): Mask {
  return {
    name: `strided:${String(stride)}`,
    sees: (query, key) => query - key < stride || (query - key) % stride === 0,
    runs: (query) => [
      run(query - stride + 1, query + 1),
      { from: query % stride, to: Math.max(0, query - stride + 1), step: stride },
    ],
  };
}
