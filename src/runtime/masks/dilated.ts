/**
 * The dilated window (Longformer, Beltagy et al. 2020): W keys, each r apart, so that it reaches W r back at the cost of W. With
 * r = 1 it is the sliding window.
 */
import { type Mask } from './mask.ts';

/** @param window W, the query included @param dilation r */
export function dilated(window: number, dilation: number): Mask {
  return {
    name: `dilated:${String(window)}:${String(dilation)}`,
    sees: (query, key) => (query - key) % dilation === 0 && query - key < window * dilation,
    runs: (query) => {
      const steps = Math.min(window - 1, Math.floor(query / dilation));
      return [{ from: query - steps * dilation, to: query + 1, step: dilation }];
    },
  };
}
