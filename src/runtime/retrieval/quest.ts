/**
 * Quest (Tang et al. 2024, arXiv 2406.10774): pages of consecutive tokens, each with the least and greatest value of its keys in every
 * channel. Sum over c of max(q_c least_c, q_c greatest_c) is never below the score of any key of the page, so the pages with
 * the highest bounds are looked at. The first two layers look at everything.
 *
 * Two choices are measured ones (SmolLM2, 6144 tokens of code, 1024 looked at; nats a token, 1.654 with all of them): pages of 8 tokens
 * where the paper has 16 (1.641 and 1.773), for rotation blurs a longer page's bounds; and where query heads share keys they choose
 * together by the shares of attention their bounds come to, for a sum of bounds is ruled by the head with the longest queries.
 */
import type { RetrievalRule } from './retrieval-rule.ts';

export const questPageSize = 8;

/** @param budget tokens that are looked at @param pageSize tokens a page */
export function quest(budget: number, pageSize = questPageSize): RetrievalRule {
  const pages = Math.max(1, Math.floor(budget / pageSize));
  return {
    name: pageSize === questPageSize ? `quest:${String(budget)}` : `quest:${String(budget)}:page=${String(pageSize)}`,
    pageSize,
    pages,
    from: pages * pageSize + 1,
    rotated: true,
    partial: true,
    shares: true,
    together: false,
    distances: null,
    selectFrom: (position) => position,
    summarise: (keys, count, { kvHeads, headSize }, low, high) => {
      const width = kvHeads * headSize;
      low.set(keys.subarray(0, width));
      high.set(keys.subarray(0, width));
      for (let at = width; at < count * width; at += width) {
        for (let c = 0; c < width; c++) {
          const value = keys[at + c] ?? 0;
          if (value < (low[c] ?? 0)) low[c] = value;
          if (value > (high[c] ?? 0)) high[c] = value;
        }
      }
    },
    // The newest page is still being filled.
    bias: (page, count) => (page === count - 1 ? Number.POSITIVE_INFINITY : 0),
  };
}
