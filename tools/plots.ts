/**
 * Draws the figures of docs/figures out of their measurements: `npm run plots`.
 *
 * Reads docs/figures/long-context.json (test/bench/long-context.ts) and docs/figures/endless.json (test/bench/endless.ts) and writes one
 * SVG a plot beside them. A measurement that is not there is left out and said.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
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
  if (rows.length === 0) return undefined;
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
