/** Attention masks as data: what is added to the score of query i and key j, 0 where it may look and minus infinity elsewhere. */

const hidden = Number.NEGATIVE_INFINITY;

/** Every new token sees all cached ones, those before it and itself. @returns float32 [count, past + count] */
export function causalMask(count: number, past: number): Float32Array {
  const keys = past + count;
  const mask = new Float32Array(count * keys);
  for (let t = 0; t < count; t++) mask.fill(hidden, t * keys + past + t + 1, (t + 1) * keys);
  return mask;
}

/**
 * Any rule over positions: query i sees key j when j <= i and the rule says so.
 * @param queries positions of the new tokens @param cached those of the fed rows; the new keys come behind them
 * @returns float32 [queries, cached + queries]
 */
export function positionMask(
  queries: readonly number[],
  cached: readonly number[],
  sees: (i: number, j: number) => boolean,
): Float32Array {
  const keys = cached.length + queries.length;
  const mask = new Float32Array(queries.length * keys);
  for (const [t, i] of queries.entries()) {
    const row = t * keys;
    for (let c = 0; c < keys; c++) {
      const j = c < cached.length ? (cached[c] ?? 0) : (queries[c - cached.length] ?? 0);
      if (j > i || !sees(i, j)) mask[row + c] = hidden;
    }
  }
  return mask;
}

/**
 * Several sequences in one pass: each new token sees its own sequence's rows and those new tokens of it that came before, in a sliding
 * group only those within the window.
 * @param members rows of each sequence in the cache, and which of the new tokens are its own
 * @param queries positions of the new tokens @param cached positions of all the cache's rows
 * @returns float32 [queries, cached + queries]
 */
export function memberMask(
  members: readonly { readonly rows: readonly number[]; readonly first: number; readonly count: number }[],
  queries: readonly number[],
  cached: readonly number[],
  window: number | null,
): Float32Array {
  const keys = cached.length + queries.length;
  const mask = new Float32Array(queries.length * keys).fill(hidden);
  const sees = (i: number, j: number): boolean => j <= i && (window === null || i - j < window);
  for (const { rows, first, count } of members) {
    for (let t = first; t < first + count; t++) {
      const i = queries[t] ?? 0;
      for (const row of rows) if (sees(i, cached[row] ?? 0)) mask[t * keys + row] = 0;
      for (let u = first; u <= t; u++) if (sees(i, queries[u] ?? 0)) mask[t * keys + cached.length + u] = 0;
    }
  }
  return mask;
}
