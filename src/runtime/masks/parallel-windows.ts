/**
 * Parallel context windows as a mask (Ratner et al. 2023, arXiv 2212.10947): the text begins with windows that do not see each other;
 * what comes after them sees all. Positions are left as they are; the method itself also gives all windows the same ones.
 */
import { type Mask, run } from './mask.ts';

/** @param size tokens a window @param count windows; what comes after size * count tokens is the task */
export function parallelWindows(size: number, count: number): Mask {
  const firstKey = (query: number): number => (query < size * count ? query - (query % size) : 0);
  return {
    name: `parallel-windows:${String(size)}:${String(count)}`,
    sees: (query, key) => key >= firstKey(query),
    runs: (query) => [run(firstKey(query), query + 1)],
  };
}
