/**
 * An attention mask as a rule over positions in the text: which keys a query may look at, besides never one after itself. Any
 * decoder can be run under any mask; whether it then still writes well is a question of its training.
 */

/** Keys from `from` to `to` (exclusive), every `step`-th of them beginning with `from`. */
export interface KeyRun {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

export interface Mask {
  /** As in `--mask`. */
  readonly name: string;
  /** Whether query i sees key j; j <= i. */
  sees(query: number, key: number): boolean;
  /** All keys the query sees, as runs that do not overlap; what lies behind the query is cut off by whoever reads them. */
  runs(query: number): readonly KeyRun[];
}

const hidden = Number.NEGATIVE_INFINITY;

/** The row of keys between two ends, whole. */
export function run(from: number, to: number): KeyRun {
  return { from: Math.max(0, from), to, step: 1 };
}

/**
 * What is added to the scores: 0 where a query sees a key, minus infinity elsewhere.
 * @param queries positions in the text of the new tokens, ascending
 * @param keys positions in the text of all keys, ascending
 * @returns float32 [queries, keys]
 */
export function fillMask(mask: Mask, queries: readonly number[], keys: readonly number[]): Float32Array {
  const filled = new Float32Array(queries.length * keys.length).fill(hidden);
  const first = keys[0] ?? 0;
  // While no key was forgotten, a key's column is its distance from the first.
  const dense = (keys.at(-1) ?? -1) - first === keys.length - 1;
  const columnOf = dense
    ? (key: number): number => Math.min(keys.length, Math.max(0, key - first))
    : (key: number): number => lowerBound(keys, key);
  for (const [t, query] of queries.entries()) {
    const row = t * keys.length;
    for (const { from, to, step } of mask.runs(query)) {
      const end = Math.min(to, query + 1);
      if (step === 1) {
        if (end > from) filled.fill(0, row + columnOf(from), row + columnOf(end));
        continue;
      }
      for (let key = from; key < end; key += step) {
        const column = columnOf(key);
        if (keys[column] === key) filled[row + column] = 0;
      }
    }
  }
  return filled;
}

/** The first index whose value is not below. */
function lowerBound(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
