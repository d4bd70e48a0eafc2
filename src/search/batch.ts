/** The benchmark form of the search: rows of questions in, ranked ranges and times out. */
import type { Search } from './search.ts';

/** One question; `index_root` is a folder relative to the repository that is searched as if it were alone. */
export interface BatchRow {
  readonly id: string;
  readonly query: string;
  readonly index_root?: string | undefined;
}

/** One line of the run file; paths are relative to the repository. */
export interface BatchRun {
  readonly id: string;
  readonly ranked: readonly { readonly path: string; readonly start_line: number; readonly end_line: number }[];
}

export interface BatchReport {
  readonly runs: readonly BatchRun[];
  readonly questions: number;
  /** Median and 99th percentile of the time of one question, in milliseconds; 0 without questions. */
  readonly ms50: number;
  readonly ms99: number;
}

/** Answers the rows one after another, so that the times are those of a single user. */
export async function searchBatch(
  search: Pick<Search, 'search'>,
  rows: readonly BatchRow[],
  options: { readonly limit?: number; readonly lexicalOnly?: boolean },
  signal: AbortSignal,
): Promise<BatchReport> {
  const runs: BatchRun[] = [];
  const times: number[] = [];
  for (const { id, query, index_root } of rows) {
    const scope = index_root === undefined || index_root === '' ? [] : [index_root];
    const { results, ms } = await search.search(query, { ...options, scope, patience: Infinity }, signal);
    times.push(ms);
    runs.push({
      id,
      ranked: results.map(({ chunk }) => ({ path: chunk.path, start_line: chunk.startLine, end_line: chunk.endLine })),
    });
  }
  return { runs, questions: rows.length, ms50: percentile(times, 0.5), ms99: percentile(times, 0.99) };
}

/** The smallest value that the given share of the values does not exceed; 0 for no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
