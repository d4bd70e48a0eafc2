/** Tables of result files: means by kind of question with intervals, times, and the difference of two files in pairs. */
import { type QuestionRow, rowKinds } from './rows.ts';
import { type AnswerRun, type Figures, scoreAnswer } from './score.ts';
import { interval, mean, median, paired } from './statistics.ts';
import { table } from './table.ts';

type Runs = ReadonlyMap<string, AnswerRun>;

const columns: readonly (readonly [keyof Figures, string])[] = [
  ['score', 'score'],
  ['nuggets', 'nugget'],
  ['ownNuggets', 'own'],
  ['wrong', 'wrong'],
  ['precision', 'list P'],
  ['recall', 'list R'],
  ['f1', 'list F1'],
  ['absent', 'absent'],
  ['falselyAbsent', 'f.abs'],
  ['gold', 'gold'],
  ['gold3', 'gold@3'],
  ['goldListed', 'g.all'],
  ['cited', 'cited'],
  ['words', 'words'],
  ['unsupported', 'unsup'],
];

interface Scored {
  readonly row: QuestionRow;
  readonly figures: Figures;
}

/** Only questions with a line in the file count. */
export function runReport(rows: readonly QuestionRow[], runs: Runs): string {
  const all = rows.flatMap((row): Scored[] => {
    const run = runs.get(row.id);
    return run ? [{ row, figures: scoreAnswer(row, run) }] : [];
  });
  const groups = [
    ...rowKinds.map((kind) => ({ name: kind, members: all.filter(({ row }) => row.kind === kind) })),
    { name: 'all', members: all },
  ].filter(({ members }) => members.length > 0);
  const cells = (members: readonly Scored[]): string[] =>
    columns.map(([figure]) => {
      const value = mean(known(members, figure));
      return value === null ? '-' : value.toFixed(figure === 'words' ? 0 : 2);
    });
  const scores = table(
    ['', 'n', ...columns.map(([, title]) => title)],
    groups.map(({ name, members }) => [name, String(members.length), ...cells(members)]),
  );
  const ranges = columns.flatMap(([figure, title]) => {
    const values = known(all, figure);
    const range = interval(values);
    const [low, high] = range ?? [];
    if (low === undefined || high === undefined || figure === 'words') return [];
    return [`${title} ${(mean(values) ?? 0).toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`];
  });
  const answers = all.flatMap(({ row }) => runs.get(row.id) ?? []);
  return [scores, ranges.join(', '), times(answers)].join('\n');
}

function times(answers: readonly AnswerRun[]): string {
  const of = (figure: 'retrieveMs' | 'firstMs' | 'totalMs'): string => {
    const values = answers.flatMap((answer) => answer[figure] ?? []).toSorted((a, b) => a - b);
    if (values.length === 0) return '-';
    const at = (share: number): string => ((values[Math.floor((values.length - 1) * share)] ?? 0) / 1000).toFixed(1);
    return `${at(0.5)} / ${at(0.9)} s`;
  };
  const tokens = (figure: 'promptTokens' | 'sourceTokens'): string =>
    median(answers.flatMap((answer) => answer[figure] ?? []))?.toFixed(0) ?? '-';
  return (
    `evidence ${of('retrieveMs')}, first word ${of('firstMs')}, whole ${of('totalMs')} (median / nine in ten); ` +
    `median tokens read: sources ${tokens('sourceTokens')}, prompt ${tokens('promptTokens')}`
  );
}

/** After minus before, over the questions that both files have. */
export function pairedReport(rows: readonly QuestionRow[], before: Runs, after: Runs): string {
  const both = rows.flatMap((row) => {
    const [a, b] = [before.get(row.id), after.get(row.id)];
    return a && b ? [[scoreAnswer(row, a), scoreAnswer(row, b)] as const] : [];
  });
  const lines = columns.flatMap(([figure, title]) => {
    const difference = paired(
      both.flatMap(([a, b]): (readonly [number, number])[] => {
        const [x, y] = [a[figure], b[figure]];
        return x === null || y === null ? [] : [[x, y]];
      }),
    );
    if (!difference) return [];
    const [low, high] = difference.interval ?? [];
    const range = low === undefined || high === undefined ? '' : `[${low.toFixed(3)}, ${high.toFixed(3)}]`;
    return [
      [
        ...[title, difference.before.toFixed(3), difference.after.toFixed(3)],
        ...[(difference.after - difference.before).toFixed(3), range],
        ...[String(difference.up), String(difference.down), String(difference.of)],
      ],
    ];
  });
  return `${String(both.length)} questions in both\n${table(['', 'before', 'after', 'change', '95 %', 'up', 'down', 'of'], lines)}`;
}

/** Each question's score, worst first. */
export function perQuestion(rows: readonly QuestionRow[], runs: Runs): string {
  return rows
    .flatMap((row) => {
      const run = runs.get(row.id);
      return run ? [{ id: row.id, figures: scoreAnswer(row, run) }] : [];
    })
    .toSorted((a, b) => a.figures.score - b.figures.score)
    .map(
      ({ id, figures }) =>
        `${id}  score ${figures.score.toFixed(2)}  gold ${figures.gold?.toFixed(2) ?? '-'}  wrong ${String(figures.wrong ?? '-')}`,
    )
    .join('\n');
}

function known(members: readonly Scored[], figure: keyof Figures): number[] {
  return members.flatMap(({ figures }) => figures[figure] ?? []);
}
