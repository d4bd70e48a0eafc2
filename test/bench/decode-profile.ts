/**
 * Where a decoder's steps spend their time, operator by operator, and what an operator of our own could reach (kernels/kernels.cpp).
 *
 *   node test/bench/decode-profile.ts MODEL [--threads N] [--write docs/decoder-speed.md]
 *
 * Prints Markdown tables; `--write` puts them between the two marks in a document. Of every operator its least time of all runs counts,
 * so that what else the machine does is left out.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from '../../src/runtime/onnxruntime.ts';
import { z } from 'zod';
import { silentLogger } from '../../src/base/logging.ts';
import type { GraphSpec } from '../../src/models/graphs/graph-spec.ts';
import { type PreparedModel, graphFile, prepareModel } from '../../src/models/weights/prepared-model.ts';
import { longsightHome } from '../../src/models/home.ts';
import { GraphSessions } from '../../src/runtime/step/graph-sessions.ts';
import { KvCache } from '../../src/runtime/cache/kv-cache.ts';
import { RopeTables } from '../../src/runtime/rope/tables.ts';
import { RotatedCopy } from '../../src/runtime/cache/rotated-copy.ts';
import { Sequence } from '../../src/runtime/cache/sequence.ts';
import { planStep } from '../../src/runtime/step/step-plan.ts';
import { full } from '../../src/runtime/positions/full.ts';
import { PositionTensors } from '../../src/runtime/positions/position-tensors.ts';
import { sessionOptions } from '../../src/runtime/providers/session-options.ts';
import { defaultThreads } from '../../src/runtime/threads.ts';
import { benchedModel } from '../support/models.ts';

const marks = [
  '<!-- figures: npx node test/bench/decode-profile.ts MODEL --write docs/decoder-speed.md -->',
  '<!-- end -->',
];
const runs = { decode: 30, prefill: 6 } as const;
const prefillTokens = 256;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: 'string' }, write: { type: 'string' } },
});
const file = await benchedModel(positionals[0]);
const threads = values.threads === undefined ? defaultThreads() : Number(values.threads);
const prepared = await prepareModel({ file, home: longsightHome(), logger: silentLogger });
const folder = mkdtempSync(path.join(tmpdir(), 'longsight-profile-'));

const events = z.array(
  z.looseObject({
    cat: z.string().optional(),
    name: z.string().optional(),
    dur: z.number().optional(),
    args: z.looseObject({ op_name: z.string().optional() }).optional(),
  }),
);

type Feeds = Record<string, Tensor>;

/** Least microseconds of each operator of a graph, added up by its type. */
async function profile(
  spec: GraphSpec,
  feeds: Feeds,
  fetches: Readonly<Record<string, Tensor | null>> | null,
  times: number,
): Promise<Map<string, { us: number; nodes: number }>> {
  const session = await InferenceSession.create(await graphFile(prepared, spec), {
    ...sessionOptions('cpu', threads),
    enableProfiling: true,
    profileFilePrefix: path.join(folder, 'profile'),
  });
  const wanted = Object.fromEntries(session.inputNames.map((name) => [name, feeds[name] ?? missing(name)]));
  for (let i = 0; i < times; i++) await (fetches ? session.run(wanted, fetches) : session.run(wanted));
  session.endProfiling();
  await session.release();
  const name = readdirSync(folder).find((one) => one.startsWith('profile')) ?? missing('profile');
  const parsed = events.parse(JSON.parse(readFileSync(path.join(folder, name), 'utf8')));
  rmSync(path.join(folder, name));
  const least = new Map<string, { us: number; type: string }>();
  for (const { cat, name: node = '', dur = 0, args } of parsed) {
    if (cat !== 'Node' || !node.endsWith('_kernel_time')) continue;
    least.set(node, { us: Math.min(dur, least.get(node)?.us ?? Infinity), type: args?.op_name ?? '' });
  }
  const byType = new Map<string, { us: number; nodes: number }>();
  for (const { us, type } of least.values()) {
    const sum = byType.get(type) ?? { us: 0, nodes: 0 };
    byType.set(type, { us: sum.us + us, nodes: sum.nodes + 1 });
  }
  return byType;
}

function missing(what: string): never {
  throw new Error(`there is no ${what}`);
}

/** A cache of so many tokens, of numbers without meaning, and a sequence that holds them. */
function cacheOf(past: number): { cache: KvCache; sequence: Sequence } {
  const { layers, kvHeads, headSize } = prepared.hyperparameters;
  const cache = new KvCache(layers, { kvHeads, headSize });
  const sequence = new Sequence(cache);
  const rows = Float32Array.from({ length: past * kvHeads * headSize }, (_, i) => Math.sin(i));
  const tokens = Array.from({ length: past }, (_, i) => i);
  if (past > 0) sequence.append(tokens, tokens, () => ({ k: rows, v: rows }));
  return { cache, sequence };
}

function tables({ hyperparameters: h }: PreparedModel): RopeTables {
  const rope = h.attentionGroups[0]?.rope ?? missing('rotation');
  const pairs = rope.dimensions / 2;
  const frequencies = Float64Array.from({ length: pairs }, (_, i) => rope.base ** (-i / pairs));
  return new RopeTables({ frequencies, attentionFactor: 1 });
}

function ids(count: number): Feeds {
  return {
    ids: new Tensor(
      'int64',
      BigInt64Array.from({ length: count }, (_, i) => BigInt(i + 5)),
      [count],
    ),
    rows: new Tensor('int64', BigInt64Array.of(BigInt(count - 1)), [1]),
  };
}

async function decodeOverCopy(past: number): Promise<Map<string, { us: number; nodes: number }>> {
  const { cache, sequence } = cacheOf(past);
  const sessions = new GraphSessions(prepared, threads);
  const copy = new RotatedCopy(cache, prepared.hyperparameters, sessions);
  const feeds = await copy.prepare(sequence, tables(prepared), 1);
  await sessions.release();
  return profile({ form: 'rotated', accuracy: 4, cache: 'f32' }, { ...feeds, ...ids(1) }, null, runs.decode);
}

/** The forms over the rows themselves. */
async function overRows(past: number, count: number): Promise<Map<string, { us: number; nodes: number }>> {
  const { cache, sequence } = cacheOf(past);
  const h = prepared.hyperparameters;
  const rotation = { key: '', tables: [tables(prepared)], slopes: null };
  const planned = planStep(
    { h, cache, tensors: new PositionTensors(), rotation },
    sequence,
    full,
    count,
    count === 1,
    null,
  );
  const feeds: Feeds = { ...ids(count), ...planned.plans[0]?.inputs };
  for (let layer = 0; layer < h.layers; layer++) cache.feed(layer, 0, past, feeds);
  const form = planned.plans[0]?.form ?? 'prefill';
  const accuracy = count === 1 ? 4 : 'digits';
  return profile({ form, accuracy, cache: 'f32' }, feeds, null, count === 1 ? runs.decode : runs.prefill);
}

function table(
  title: string,
  columns: ReadonlyMap<string, ReadonlyMap<string, { us: number; nodes: number }>>,
): string {
  const all = [...columns.values()];
  const sum = (type: string): number => all.reduce((most, one) => Math.max(most, one.get(type)?.us ?? 0), 0);
  const types = [...new Set(all.flatMap((one) => [...one.keys()]))].sort((a, b) => sum(b) - sum(a));
  const ms = (us: number): string => (us / 1000).toFixed(us < 9950 ? 2 : 1);
  const cell = (one: ReadonlyMap<string, { us: number; nodes: number }>, type: string): string => {
    const found = one.get(type);
    return found ? `${ms(found.us)} (${String(found.nodes)})` : '';
  };
  const whole = all.map((one) => [...one.values()].reduce((total, { us }) => total + us, 0));
  const shown = types.filter((type) => sum(type) > 150);
  const rest = all.map((one) =>
    [...one].filter(([type]) => !shown.includes(type)).reduce((total, [, { us }]) => total + us, 0),
  );
  return [
    `| ${title}: ms (nodes) | ${[...columns.keys()].join(' | ')} |`,
    `|---|${'---|'.repeat(columns.size)}`,
    ...shown.map((type) => `| ${type} | ${all.map((one) => cell(one, type)).join(' | ')} |`),
    `| others | ${rest.map(ms).join(' | ')} |`,
    `| **all** | ${whole.map((us) => `**${ms(us)}**`).join(' | ')} |`,
  ].join('\n');
}

/** Microseconds of our own kernel on one thread; null without a compiler for this processor. */
function ownKernels(): Readonly<Record<string, number>> | null {
  const program = path.join(folder, 'kernels');
  try {
    const source = path.join(import.meta.dirname, 'kernels/kernels.cpp');
    execFileSync('g++', ['-O3', '-march=native', '-ffast-math', source, '-o', program], { stdio: 'ignore' });
    return z.record(z.string(), z.number()).parse(JSON.parse(execFileSync(program, { encoding: 'utf8' })));
  } catch {
    // No compiler, or a processor without AVX-512: the tables are good without it.
    return null;
  }
}

async function columns<T>(
  names: readonly (readonly [string, T])[],
  of: (what: T) => Promise<Map<string, { us: number; nodes: number }>>,
): Promise<Map<string, Map<string, { us: number; nodes: number }>>> {
  const made = new Map<string, Map<string, { us: number; nodes: number }>>();
  for (const [name, what] of names) made.set(name, await of(what));
  return made;
}

const pasts = [128, 1024, 4096];
const overCopy = await columns(
  pasts.map((past) => [`past ${String(past)}`, past] as const),
  decodeOverCopy,
);
const overRowsOne = await columns(
  pasts.map((past) => [`past ${String(past)}`, past] as const),
  (past) => overRows(past, 1),
);
const prefill = await columns(
  [0, 1024, 4096].map((past) => [`past ${String(past)}`, past] as const),
  (past) => overRows(past, prefillTokens),
);
const own = ownKernels();
const layers = prepared.hyperparameters.layers;
/** Of the working copy's attention its products alone. */
const products = (past: number): number =>
  ['MatMulInteger', 'MatMulIntegerToFloat'].reduce(
    (sum, type) => sum + (overCopy.get(`past ${String(past)}`)?.get(type)?.us ?? 0),
    0,
  ) / layers;
const text = [
  `${String(threads)} threads; of every operator its least time of all runs, with ONNX Runtime's profiler on.`,
  table('one token over the working copy', overCopy),
  table('one token over the rows', overRowsOne),
  table(`${String(prefillTokens)} tokens of a prompt`, prefill),
  ...(own
    ? [
        [
          '| attention of a layer, µs | past 128 | past 1024 | past 4096 |',
          '|---|---|---|---|',
          `| products of whole numbers, ${String(threads)} threads | ${pasts.map((past) => products(past).toFixed(0)).join(' | ')} |`,
          `| an operator of our own, 1 thread | ${pasts.map((past) => (own[`attention-${String(past)}`] ?? Number.NaN).toFixed(0)).join(' | ')} |`,
          '',
          `One thread reads ${(own['gigabytesPerSecond'] ?? Number.NaN).toFixed(1)} GB/s of memory on this machine.`,
        ].join('\n'),
      ]
    : []),
].join('\n\n');
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`${text}\n`);
if (values.write !== undefined) {
  const [begin = '', end = ''] = marks;
  const document = readFileSync(values.write, 'utf8');
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${values.write} has no place for the figures`);
  writeFileSync(values.write, `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`);
}
process.exit(0);
