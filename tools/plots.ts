/**
 * Draws the figures of docs/figures out of their measurements: `npm run plots`.
 *
 * Reads docs/figures/long-context.json (test/bench/long-context.ts) and docs/figures/endless.json (test/bench/endless.ts), writes one
 * SVG a plot beside them, and the table of docs/long-context.md. A measurement that is not there is left out and said.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { View, parse } from 'vega';
import { type TopLevelSpec, compile } from 'vega-lite';
import type { EndlessResults } from '../test/bench/endless.ts';
import type { LongContextResults } from '../test/bench/long-context-runs.ts';

const folder = path.join(import.meta.dirname, '../docs/figures');

async function draw(name: string, spec: TopLevelSpec): Promise<void> {
  const svg = await new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
  const file = path.join(folder, `${name}.svg`);
  writeFileSync(file, `${svg}\n`);
  process.stdout.write(`${path.relative(process.cwd(), file)}\n`);
}

function read(name: string): unknown {
  const file = path.join(folder, `${name}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  process.stderr.write(`no ${name}.json: its plots are left out\n`);
  return undefined;
}

/** Lines over the position in the text, with a rule at the trained length. */
function byPosition(results: LongContextResults, plot: string, title: string): TopLevelSpec | undefined {
  const rows = Object.entries(results.runs)
    .filter(([, run]) => run.plot === plot || (plot !== 'windows' && run.plot === 'windows' && !run.window))
    .flatMap(([run, { buckets }]) =>
      Object.entries(buckets).map(([start, nats]) => ({ run, position: Number(start) + results.bucket / 2, nats })),
    );
  // The unscaled run alone is no plot of scalings.
  if (!Object.values(results.runs).some((run) => run.plot === plot)) return undefined;
  // Ruinous runs would flatten the others; what is off the scale is drawn at its edge.
  const most = 5;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title,
    width: 720,
    height: 360,
    background: 'white',
    layer: [
      {
        data: { values: rows },
        mark: { type: 'line', clip: true, point: { size: 12 } },
        encoding: {
          x: { field: 'position', type: 'quantitative', title: 'position in the text (tokens)' },
          y: {
            field: 'nats',
            type: 'quantitative',
            title: `nats a token (up to ${String(most)})`,
            scale: { zero: false, domainMax: most },
          },
          color: { field: 'run', type: 'nominal', title: null, sort: null },
        },
      },
      {
        data: { values: [{ position: results.trained }] },
        mark: { type: 'rule', strokeDash: [4, 4], color: '#666' },
        encoding: { x: { field: 'position', type: 'quantitative' } },
      },
    ],
  };
}

/** Means over stretches of the text in trained lengths, as a Markdown table. */
function table({ runs, trained, bucket }: LongContextResults): string {
  const stretches: readonly (readonly [string, number, number])[] = [
    ['up to 1/8', 0, 1 / 8],
    ['1/8 to 1', 1 / 8, 1],
    ['1 to 1.5', 1, 1.5],
    ['1.5 to 2', 1.5, 2],
    ['2 to 4', 2, 4],
  ];
  const rows = Object.entries(runs).map(([name, { buckets }]) => {
    const cells = stretches.map(([, from, to]) => {
      const inside = Object.entries(buckets).filter(
        ([start]) => Number(start) >= from * trained && Number(start) + bucket <= to * trained,
      );
      const total = inside.reduce((sum, [, nats]) => sum + nats, 0);
      return inside.length > 0 ? (total / inside.length).toFixed(3) : '';
    });
    return `| ${name} | ${cells.join(' | ')} |`;
  });
  const head = ['run', ...stretches.map(([name]) => name)];
  return [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...rows].join('\n');
}

/** Puts text between the marks of a document. */
async function fill(file: string, text: string): Promise<void> {
  const [start, end] = ['<!-- figures -->', '<!-- end -->'];
  const old = readFileSync(file, 'utf8');
  const [from, to] = [old.indexOf(start), old.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no place for figures`);
  const whole = `${old.slice(0, from + start.length)}\n\n${text}\n\n${old.slice(to)}`;
  writeFileSync(file, await format(whole, { ...(await resolveConfig(file)), parser: 'markdown' }));
}

const longContext = read('long-context') as LongContextResults | undefined;
if (longContext) {
  const { model } = longContext;
  for (const [plot, title] of [
    ['windows', `Sinks and windows, ${model}`],
    ['scalings-2', `RoPE scalings with a factor of 2, ${model}`],
    ['scalings-4', `RoPE scalings with a factor of 4, ${model}`],
    ['rules', `Position rules, ${model}`],
  ] as const) {
    const spec = byPosition(longContext, plot, title);
    if (spec) await draw(`long-context-${plot}`, spec);
  }
  await fill(path.join(folder, '../long-context.md'), table(longContext));
}

const endless = read('endless') as EndlessResults | undefined;
if (endless) {
  const values = endless.samples.map((sample) => ({ ...sample, megabytes: sample.rss / 2 ** 20 }));
  const over = (field: string, title: string): TopLevelSpec => ({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: `${endless.model}, ${String(endless.sinks)} sinks + ${String(endless.recent)}`,
    width: 720,
    height: 200,
    background: 'white',
    data: { values },
    mark: { type: 'line' },
    encoding: {
      x: { field: 'tokens', type: 'quantitative', title: 'tokens read' },
      y: { field, type: 'quantitative', title },
    },
  });
  await draw('endless-memory', over('megabytes', 'resident memory (MB)'));
  await draw('endless-speed', over('cpuMsPerToken', 'processor time a token (ms)'));
}
