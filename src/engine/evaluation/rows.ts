/** The table of an evaluation: means over the questions, by model, strategy and kind of question. */
import type { EvaluationReport, EvaluationRow } from '../../protocol/evaluation.ts';

type Measures = EvaluationReport['measures'];
type Measured = Measures[number]['of'][number];

export function rowsOf(measures: Measures): EvaluationRow[] {
  const [first] = measures;
  const kinds = [...new Set(measures.map(({ question }) => question.kind))];
  return (first?.of ?? []).flatMap(({ model, strategy }) =>
    [...(kinds.length > 1 ? (['all'] as const) : []), ...kinds].map((kind) => {
      const own = measures
        .filter(({ question }) => kind === 'all' || question.kind === kind)
        .flatMap(({ of }) => of.filter((one) => one.model === model && one.strategy === strategy));
      return rowOf({ model, strategy, kind }, own);
    }),
  );
}

function rowOf(of: Pick<EvaluationRow, 'model' | 'strategy' | 'kind'>, measured: readonly Measured[]): EvaluationRow {
  const share = (isIn: (rank: number) => boolean): number =>
    mean(measured.map(({ rank }) => (rank !== null && isIn(rank) ? 1 : 0))) ?? 0;
  const some = (value: (one: Measured) => number | null): number[] => measured.flatMap((one) => value(one) ?? []);
  return {
    ...of,
    questions: measured.length,
    reciprocalRank: mean(measured.map(({ rank }) => (rank === null ? 0 : 1 / rank))) ?? 0,
    foundIn5: share((rank) => rank <= 5),
    foundIn10: share((rank) => rank <= 10),
    read: mean(some(({ isRead }) => (isRead === null ? null : Number(isRead)))),
    support: mean(some(({ support }) => support)),
    firstWordMs: median(some(({ firstWordMs }) => firstWordMs)),
    tokensRead: mean(some(({ tokensRead }) => tokensRead)),
    nll: mean(some(({ nll }) => nll)),
  };
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return null;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? null)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
