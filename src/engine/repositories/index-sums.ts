/** Several repositories' figures as one: counts are added, and the state is that of the repository with the most to do. */
import type { IndexReport, IndexStatus, SkipReason } from '../../protocol/status.ts';

/** What is shown first when repositories differ. */
const states: readonly IndexStatus['state'][] = ['failed', 'paused', 'scanning', 'indexing', 'embedding', 'idle'];

export function sumStatuses(all: readonly IndexStatus[]): IndexStatus {
  const [only] = all;
  if (only && all.length === 1) return only;
  return {
    state: states.find((state) => all.some((one) => one.state === state)) ?? 'idle',
    files: sum(all, ({ files }) => files),
    indexed: sum(all, ({ indexed }) => indexed),
    pending: sum(all, ({ pending }) => pending),
    embedded: sum(all, ({ embedded }) => embedded),
    chunks: sum(all, ({ chunks }) => chunks),
    symbols: sum(all, ({ symbols }) => symbols),
    skipped: sumSkipped(all),
    failed: all.flatMap(({ failed }) => failed),
    bytes: sum(all, ({ bytes }) => bytes),
  };
}

export function sumReports(all: readonly IndexReport[]): IndexReport {
  const [only] = all;
  if (only && all.length === 1) return only;
  return {
    files: sum(all, ({ files }) => files),
    indexed: sum(all, ({ indexed }) => indexed),
    unchanged: sum(all, ({ unchanged }) => unchanged),
    skipped: sumSkipped(all),
    failed: all.flatMap(({ failed }) => failed),
    chunks: sum(all, ({ chunks }) => chunks),
    symbols: sum(all, ({ symbols }) => symbols),
    embedded: sum(all, ({ embedded }) => embedded),
    read: sum(all, ({ read }) => read),
    bytes: sum(all, ({ bytes }) => bytes),
    ms: sum(all, ({ ms }) => ms),
  };
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}

function sumSkipped(all: readonly Pick<IndexStatus, 'skipped'>[]): Partial<Record<SkipReason, number>> {
  const total: Partial<Record<SkipReason, number>> = {};
  for (const { skipped } of all)
    for (const [reason, count] of Object.entries(skipped) as [SkipReason, number][])
      total[reason] = (total[reason] ?? 0) + count;
  return total;
}
