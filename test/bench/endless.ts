/**
 * Endless reading: a million tokens through one session with sinks and a window; memory, speed and processor time on the way.
 *
 *   node test/bench/endless.ts MODEL [--tokens 1000000] [--sinks 4] [--recent 252] [--slice 256] [--output docs/figures/endless.json]
 *
 * `--slice 1` generates token by token instead of reading in slices. `npm run plots` draws the result.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { silentLogger } from '../../src/base/logging.ts';
import { prepareModel } from '../../src/models/weights/prepared-model.ts';
import { longsightHome } from '../../src/models/home.ts';
import { digitsPay } from '../../src/runtime/probing/digit-trial.ts';
import { GraphSessions } from '../../src/runtime/step/graph-sessions.ts';
import { Inference } from '../../src/runtime/step/inference.ts';
import { defaultThreads } from '../../src/runtime/threads.ts';
import { benchedModel } from '../support/models.ts';

export interface EndlessResults {
  readonly model: string;
  readonly sinks: number;
  readonly recent: number;
  readonly slice: number;
  readonly samples: readonly {
    /** Read so far. */
    readonly tokens: number;
    /** Of the process, bytes. */
    readonly rss: number;
    /** Since the sample before. */
    readonly tokensPerSecond: number;
    readonly cpuMsPerToken: number;
  }[];
  /**
   * The last 10,000 tokens against the first 10,000 after the first sample. Machines change their speed within minutes: `inTurns` is the
   * speed of 10,000 more tokens against that of a session that began just before, slice by slice in turns.
   */
  readonly lastToFirst: {
    readonly speed: number;
    readonly cpu: number;
    readonly rss: number;
    readonly inTurns: number;
  };
}

const sampleTokens = 10_000;

async function run(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      tokens: { type: 'string', default: '1000000' },
      sinks: { type: 'string', default: '4' },
      recent: { type: 'string', default: '252' },
      slice: { type: 'string', default: '256' },
      threads: { type: 'string' },
      output: { type: 'string' },
    },
  });
  const file = await benchedModel(positionals[0]);
  const tokens = Number(values.tokens);
  const window = { sinks: Number(values.sinks), recent: Number(values.recent) };
  const prepared = await prepareModel({ file, home: longsightHome(), logger: silentLogger });
  const threads = values.threads === undefined ? defaultThreads() : Number(values.threads);
  // As the decoder's worker opens it.
  const digits = !prepared.isExact && (await digitsPay(longsightHome(), threads));
  const options = { overCopy: !prepared.isExact, digits };
  const sessions = new GraphSessions(prepared, threads);
  const begun = (): Inference => {
    const state = Inference.create(sessions, prepared.hyperparameters, options);
    state.begin([0], { rope: null, window, length: window.sinks + window.recent + 1 });
    return state;
  };
  const inference = begun();
  const { vocabulary } = prepared.hyperparameters;
  const slice = Number(values.slice);
  // Ids in an order without meaning: neither speed nor memory depends on what they are.
  const read = (state: Inference, from: number, count: number): Promise<Float32Array> =>
    state.step(
      Array.from({ length: count }, (_, i) => ((from + i) * 7919) % vocabulary),
      'last',
    );
  const samples: EndlessResults['samples'][number][] = [];
  let [started, cpu, last] = [performance.now(), process.cpuUsage(), 0];
  for (let done = 0; done < tokens;) {
    const count = Math.min(slice, tokens - done);
    await read(inference, done, count);
    done += count;
    if (done - last < sampleTokens && done < tokens) continue;
    const used = process.cpuUsage(cpu);
    const seconds = (performance.now() - started) / 1000;
    const { rss } = process.memoryUsage();
    const sample = {
      tokens: done,
      rss,
      tokensPerSecond: (done - last) / seconds,
      cpuMsPerToken: (used.user + used.system) / 1000 / (done - last),
    };
    samples.push(sample);
    process.stderr.write(
      `${String(done)}: ${(rss / 2 ** 20).toFixed(1)} MB, ${sample.tokensPerSecond.toFixed(0)} tokens/s, ${sample.cpuMsPerToken.toFixed(3)} ms of processor a token\n`,
    );
    [started, cpu, last] = [performance.now(), process.cpuUsage(), done];
  }
  // The first sample pays for what is loaded lazily.
  const [first, end] = [samples[1] ?? samples[0], samples.at(-1)];
  if (!first || !end) return;
  const fresh = begun();
  for (let at = 0; at < sampleTokens; at += slice) await read(fresh, at, slice);
  const ms = { old: 0, fresh: 0 };
  for (let at = 0; at < sampleTokens; at += slice)
    for (const [which, state] of [
      ['old', inference],
      ['fresh', fresh],
    ] as const) {
      const before = performance.now();
      await read(state, tokens + at, slice);
      ms[which] += performance.now() - before;
    }
  const lastToFirst = {
    speed: end.tokensPerSecond / first.tokensPerSecond,
    cpu: end.cpuMsPerToken / first.cpuMsPerToken,
    rss: end.rss / first.rss,
    inTurns: ms.fresh / ms.old,
  };
  const results: EndlessResults = {
    model: path.basename(file),
    ...window,
    slice,
    samples,
    lastToFirst,
  };
  if (values.output !== undefined) writeFileSync(values.output, `${JSON.stringify(results, null, 1)}\n`);
  process.stdout.write(`${JSON.stringify(lastToFirst)}\n`);
}

if (import.meta.main) await run();
