/**
 * The shape of the papers on one real model: mean negative log-likelihood by position, of sinks and windows, of sliding recompute, and
 * of every scaling and position rule up to four times the trained length.
 *
 *   node test/bench/long-context.ts MODEL [RUN ...] [--length 32768] [--output docs/figures/long-context.json]
 *
 * The text is source code that every checkout has at the same bytes: the libraries of some packages that package-lock.json pins. Each
 * run is written as soon as it is done, and one that is there already with the same text is not done again; `npm run plots` draws them.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { silentLogger } from '../../src/base/logging.ts';
import { prepareModel } from '../../src/models/weights/prepared-model.ts';
import { readGguf } from '../../src/models/gguf/reader.ts';
import { longsightHome } from '../../src/models/home.ts';
import { tokenizerFromGguf } from '../../src/models/tokenizer/from-gguf.ts';
import { createTokenizer } from '../../src/models/tokenizer/tokenizer.ts';
import type { CacheWindow } from '../../src/runtime/decoder.ts';
import { GraphSessions } from '../../src/runtime/step/graph-sessions.ts';
import { Inference } from '../../src/runtime/step/inference.ts';
import { perplexity } from '../../src/runtime/generate/perplexity.ts';
import { defaultThreads } from '../../src/runtime/threads.ts';
import { type LongContextRun, type LongContextResults, longContextRuns } from './long-context-runs.ts';
import { benchedModel } from '../support/models.ts';

const bucket = 1024;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    length: { type: 'string', default: '32768' },
    output: { type: 'string', default: 'docs/figures/long-context.json' },
    threads: { type: 'string' },
  },
});
const [name, ...wanted] = positionals;
const file = await benchedModel(name);
const length = Number(values.length);
const root = path.join(import.meta.dirname, '../..');
const output = path.resolve(root, values.output);

function sourceText(): string {
  const folders = ['commander/lib', 'picomatch/lib', 'vscode-jsonrpc/lib'];
  const files = folders.flatMap((folder) => {
    const place = path.join(root, 'node_modules', folder);
    return readdirSync(place, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.m?js$/.test(name))
      .sort()
      .map((name) => ({ name: `${folder}/${name.replaceAll(path.sep, '/')}`, at: path.join(place, name) }));
  });
  return files.map(({ name, at }) => `// file: ${name}\n${readFileSync(at, 'utf8')}`).join('');
}

const prepared = await prepareModel({ file, home: longsightHome(), logger: silentLogger });
const { metadata } = await readGguf(file);
const { hyperparameters } = prepared;
const ids = createTokenizer(tokenizerFromGguf((key) => metadata.get(key)))
  .encode(sourceText())
  .slice(0, length + 1);
if (ids.length <= length) throw new Error(`the text has only ${String(ids.length)} tokens`);
const text = createHash('sha256')
  .update(new Uint8Array(Int32Array.from(ids).buffer))
  .digest('hex');
const threads = values.threads === undefined ? defaultThreads() : Number(values.threads);
const inference = Inference.create(new GraphSessions(prepared, threads), hyperparameters);
const signal = new AbortController().signal;

function stored(): LongContextResults {
  const empty = { model: path.basename(file), text, trained: hyperparameters.contextLength, bucket, runs: {} };
  if (!existsSync(output)) return empty;
  const found = JSON.parse(readFileSync(output, 'utf8')) as LongContextResults;
  return found.text === text ? found : empty;
}

/** Nats of the token after each sampled one, out of a fresh prefill of nothing but the window. */
async function recompute(window: number, every: number, upTo: number): Promise<Record<string, number>> {
  const sums = new Map<number, { total: number; count: number }>();
  const options = { rope: null, window: null, length: window + 1 };
  for (let at = 0; at < upTo; at += every) {
    const slice = ids.slice(Math.max(0, at + 1 - window), at + 1);
    inference.reset();
    inference.begin(slice, options);
    let logits = new Float32Array(0);
    for (let done = 0; done < slice.length;) {
      const part = slice.slice(done, done + inference.sliceLength('last'));
      logits = new Float32Array(await inference.step(part, 'last'));
      done += part.length;
    }
    let most = Number.NEGATIVE_INFINITY;
    for (const logit of logits) most = Math.max(most, logit);
    let total = 0;
    for (const logit of logits) total += Math.exp(logit - most);
    const nats = most + Math.log(total) - (logits[ids[at + 1] ?? 0] ?? Number.NaN);
    const of = Math.floor(at / bucket) * bucket;
    const sum = sums.get(of) ?? { total: 0, count: 0 };
    sums.set(of, { total: sum.total + nats, count: sum.count + 1 });
    process.stderr.write(`\r${String(at + 1)} of ${String(upTo)}`);
  }
  return Object.fromEntries([...sums].map(([of, { total, count }]) => [String(of), total / count]));
}

async function measure({
  window,
  rope,
  recomputed,
  sampled,
  upTo = length,
}: LongContextRun): Promise<Record<string, number>> {
  if (recomputed !== undefined) return recompute(recomputed, sampled ?? 1, Math.min(upTo, length));
  const options: { window?: CacheWindow; rope?: string } = { ...(window && { window }), ...(rope && { rope }) };
  const every = sampled === undefined ? {} : { every: sampled };
  const report = await perplexity(
    inference,
    hyperparameters,
    { tokenIds: ids.slice(0, Math.min(upTo, length) + 1), bucket, ...options, ...every },
    (done) => process.stderr.write(`\r${String(done)} of ${String(Math.min(upTo, length))}`),
    signal,
  );
  return Object.fromEntries(report.buckets.map(({ start, meanNll }) => [String(start), meanNll]));
}

for (const [name, run] of Object.entries(longContextRuns)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const results = stored();
  if (results.runs[name]) continue;
  const started = performance.now();
  process.stderr.write(`${name}\n`);
  const buckets = await measure(run);
  const seconds = Math.round((performance.now() - started) / 1000);
  mkdirSync(path.dirname(output), { recursive: true });
  // What another process has added in the meantime stays.
  const now = stored();
  writeFileSync(output, `${JSON.stringify({ ...now, runs: { ...now.runs, [name]: { ...run, buckets } } }, null, 1)}\n`);
  const all = Object.values(buckets);
  process.stderr.write(
    `\r${name}: ${(all.reduce((a, b) => a + b, 0) / all.length).toFixed(4)} nats, ${String(seconds)} s\n`,
  );
}
