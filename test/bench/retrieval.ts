/**
 * Retrieval inside the cache on a real model: likelihood and speed of tokens that are read one by one behind a long text, with all of it
 * looked at, with a part, and with sinks + window.
 *
 *   node test/bench/retrieval.ts MODEL TEXT-FILE [--past 6144] [--tokens 256] [specification …]
 *   node test/bench/retrieval.ts MODEL passkey [--past 4096] [specification …]
 *
 * `passkey` in place of a file is a number hidden in the first quarter of filler (the prompt of LM-Infinite and YaRN); what counts is the
 * likelihood of its digits behind the question. Specifications are those of `--retrieval`, and `full`, `sinks:S:R`. The text before is read once, in full, by all of them.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { silentLogger } from '../../src/base/logging.ts';
import { prepareModel } from '../../src/models/weights/prepared-model.ts';
import { longsightHome } from '../../src/models/home.ts';
import { tokenizerFromGguf } from '../../src/models/tokenizer/from-gguf.ts';
import { createTokenizer } from '../../src/models/tokenizer/tokenizer.ts';
import { GraphSessions } from '../../src/runtime/step/graph-sessions.ts';
import { Inference, type KvRun } from '../../src/runtime/step/inference.ts';
import { schemeOf } from '../../src/runtime/positions/scheme.ts';
import { defaultThreads } from '../../src/runtime/threads.ts';
import { benchedModel } from '../support/models.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { past: { type: 'string', default: '6144' }, tokens: { type: 'string', default: '256' } },
});
const [name, textFile = '', ...wanted] = positionals;
const file = await benchedModel(name);
const past = Number(values.past);
const count = Number(values.tokens);
const methods = wanted.length > 0 ? wanted : ['full', 'sinks:4:1020', 'quest:1024', 'quest:512', 'infllm:512:4'];

const prepared = await prepareModel({ file, home: longsightHome(), logger: silentLogger });
const h = prepared.hyperparameters;
const tokenizer = createTokenizer(tokenizerFromGguf((key) => prepared.file.metadata.get(key)));
const sessions = new GraphSessions(prepared, defaultThreads());

/** Reads ids in full, in slices. */
async function read(ids: readonly number[]): Promise<KvRun> {
  const state = Inference.create(sessions, h);
  state.begin(ids, schemeOf(h, {}, ids.length));
  for (let at = 0; at < ids.length;) {
    const slice = ids.slice(at, at + state.sliceLength('last'));
    await state.step(slice, 'last');
    at += slice.length;
  }
  const run = await state.take(0, ids);
  state.dispose();
  return run;
}

/** A state that has what was read, under the method. */
function behind(run: KvRun, method: string): Inference {
  const [, sinks, recent] = /^sinks:(\d+):(\d+)$/.exec(method) ?? [];
  const window = sinks === undefined ? undefined : { sinks: Number(sinks), recent: Number(recent) };
  const request = window ? { window } : method === 'full' ? {} : { retrieval: method };
  const state = Inference.create(sessions, h);
  state.begin(run.ids.slice(0, 1), schemeOf(h, request, run.ids.length + after.length));
  state.place(run);
  if (window) state.evict([{ from: window.sinks, count: Math.max(0, run.ids.length - window.sinks - window.recent) }]);
  return state;
}

function negativeLogLikelihood(logits: Float32Array, target: number): number {
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return most + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - most), 0)) - (logits[target] ?? Number.NaN);
}

const passkey = '58213';
const filler = 'The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again. ';

/** The ids to read at once, those to read one by one, and which of the latter count. */
function material(): {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly counts: number;
} {
  if (textFile !== 'passkey') {
    const text = tokenizer.encode(readFileSync(textFile, 'utf8'));
    if (text.length <= past + count) throw new Error(`the text has ${String(text.length)} tokens only`);
    return { before: text.slice(0, past), after: text.slice(past, past + count + 1), counts: count };
  }
  const unit = tokenizer.encode(filler).length;
  const [first, rest] = [Math.floor(past / unit / 4), Math.floor((past * 3) / unit / 4)];
  const hidden = `The pass key is ${passkey}. Remember it. ${passkey} is the pass key. `;
  const start = 'There is important information hidden in a lot of irrelevant text. Find it and remember it. ';
  const before = tokenizer.encode(start + filler.repeat(first) + hidden + filler.repeat(rest));
  const question = tokenizer.encode('What is the pass key? The pass key is ');
  const digits = tokenizer.encode(passkey);
  return { before, after: [...question, ...digits], counts: digits.length };
}

const { before, after, counts } = material();
const run = await read(before);
for (const method of methods) {
  const state = behind(run, method);
  let nats = 0;
  const times: number[] = [];
  for (let t = 0; t + 1 < after.length; t++) {
    const started = performance.now();
    const logits = await state.step(after.slice(t, t + 1), 'last');
    times.push(performance.now() - started);
    if (t + 1 >= after.length - counts) nats += negativeLogLikelihood(logits, after[t + 1] ?? 0);
  }
  state.dispose();
  // The first token opens the graph and summarises what was read.
  const [first = 0, ...others] = times;
  const median = others.sort((a, b) => a - b)[Math.floor(others.length / 2)] ?? 0;
  process.stdout.write(
    `${method}: ${(nats / counts).toFixed(4)} nats a token behind ${String(before.length)}, ${(1000 / median).toFixed(1)} tokens/s, first token ${first.toFixed(0)} ms\n`,
  );
}
await sessions.release();
