/** The table of an evaluation as a picture: one panel a measure, one bar a row, in SVG. */
import type { EvaluationRow } from '../../protocol/evaluation.ts';

interface Panel {
  readonly title: string;
  readonly value: (row: EvaluationRow) => number | null;
  readonly format: (value: number) => string;
  /** Where the axis ends; left out: at the largest value. */
  readonly most?: number;
}

const share = (value: number): string => value.toFixed(2);
const panels: readonly Panel[] = [
  { title: 'Reciprocal rank of the right place', value: (row) => row.reciprocalRank, format: share, most: 1 },
  { title: 'Right place read', value: (row) => row.read, format: share, most: 1 },
  { title: 'Sentences supported', value: (row) => row.support, format: share, most: 1 },
  {
    title: 'First word, seconds (less is better)',
    value: (row) => (row.firstWordMs === null ? null : row.firstWordMs / 1000),
    format: (value) => value.toFixed(1),
  },
  { title: 'Tokens read', value: (row) => row.tokensRead, format: (value) => value.toFixed(0) },
  { title: 'Nats a token of the true text (less is better)', value: (row) => row.nll, format: share },
];
const size = { label: 250, bar: 380, value: 60, row: 20, head: 28, margin: 16 } as const;

/** An SVG document; panels in which nothing was measured are left out. */
export function plotOf(rows: readonly EvaluationRow[]): string {
  const shown = panels.filter(({ value }) => rows.some((row) => value(row) !== null));
  const height = size.margin * 2 + shown.length * (size.head + rows.length * size.row + size.margin);
  const width = size.margin * 2 + size.label + size.bar + size.value;
  let y = size.margin;
  const parts = shown.flatMap((panel) => {
    const most = panel.most ?? Math.max(...rows.map((row) => panel.value(row) ?? 0), Number.MIN_VALUE);
    const title = text(size.margin, y + 16, panel.title, 'font-weight="600"');
    y += size.head;
    const bars = rows.map((row) => {
      const value = panel.value(row);
      const at = y;
      y += size.row;
      const left = size.margin + size.label;
      const length = value === null ? 0 : Math.round((Math.min(value, most) / most) * size.bar * 10) / 10;
      return (
        text(size.margin, at + 14, nameOf(row)) +
        `<rect x="${left}" y="${at + 3}" width="${length}" height="${size.row - 6}" fill="#4878a8"/>` +
        text(left + length + 6, at + 14, value === null ? '—' : panel.format(value))
      );
    });
    y += size.margin;
    return [title, ...bars];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Evaluation: ${rows.length} rows, ${shown.length} measures" font-family="system-ui, sans-serif" font-size="12" fill="#1f2328">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

/** Model, strategy and kind of question of a row, in a few words. */
export function nameOf({ model, strategy, kind }: EvaluationRow): string {
  const name = model === null ? 'search' : `${model.slice(model.lastIndexOf('/') + 1)} ${strategy ?? ''}`;
  return `${name}, ${kind}`;
}

function text(x: number, y: number, words: string, more = ''): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<text x="${x}" y="${y}" ${more}>${escaped}</text>`;
}
