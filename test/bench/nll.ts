/**
 * Mean negative log-likelihood of 12,000 tokens of Python's standard library beside the float32 reference; takes minutes.
 *
 *   node test/bench/nll.ts FILE.gguf TEXT-FILE [full] [sinks4+1020] [window0+1024] [yarn2] [dynamic2] [linear2]
 *
 * The text: for every file of test/fixtures/decoder/smollm2/nll.json, in order, "# file: NAME\n" and the file's content.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { silentLogger } from '../../src/base/logging.ts';
import { prepareModel } from '../../src/models/weights/prepared-model.ts';
import { longsightHome } from '../../src/models/home.ts';
import { tokenizerFromGguf } from '../../src/models/tokenizer/from-gguf.ts';
import { createTokenizer } from '../../src/models/tokenizer/tokenizer.ts';
import { digitsPay } from '../../src/runtime/probing/digit-trial.ts';
import { GraphSessions } from '../../src/runtime/step/graph-sessions.ts';
import { Inference } from '../../src/runtime/step/inference.ts';
import { perplexity } from '../../src/runtime/generate/perplexity.ts';
import { defaultThreads } from '../../src/runtime/threads.ts';

const runs: Readonly<Record<string, { window?: { sinks: number; recent: number }; rope?: string }>> = {
  full: {},
  'sinks4+1020': { window: { sinks: 4, recent: 1020 } },
  'window0+1024': { window: { sinks: 0, recent: 1024 } },
  yarn2: { rope: 'yarn:2' },
  dynamic2: { rope: 'dynamic:2' },
  linear2: { rope: 'linear:2' },
};
interface Reference {
  readonly runs: Readonly<
    Record<string, { readonly mean_all: number; readonly buckets_1024: Readonly<Record<string, number>> }>
  >;
}
const tokens = 12_000;

const [file = '', textFile = '', ...wanted] = process.argv.slice(2);
const reference = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../fixtures/decoder/smollm2/nll.json'), 'utf8'),
) as Reference;
const prepared = await prepareModel({ file, home: longsightHome(), logger: silentLogger });
const { hyperparameters, file: model } = prepared;
const ids = createTokenizer(tokenizerFromGguf((key) => model.metadata.get(key)))
  .encode(readFileSync(textFile, 'utf8'))
  .slice(0, tokens);
// As the decoder's worker reads a prompt.
const digits = !prepared.isExact && (await digitsPay(longsightHome(), defaultThreads()));
const inference = Inference.create(new GraphSessions(prepared, defaultThreads()), prepared.hyperparameters, {
  digits,
});
for (const name of wanted.length > 0 ? wanted : ['full', 'sinks4+1020', 'window0+1024']) {
  const started = performance.now();
  const options = runs[name];
  const expected = reference.runs[`${name}@${String(tokens)}`];
  if (!options || !expected) throw new Error(`there is no run "${name}"`);
  const report = await perplexity(
    inference,
    hyperparameters,
    { tokenIds: ids, bucket: 1024, ...options },
    () => undefined,
    new AbortController().signal,
  );
  const off = (report.meanNll / expected.mean_all - 1) * 100;
  process.stdout.write(
    `${name}: ${report.meanNll.toFixed(5)} nats a token, reference ${expected.mean_all.toFixed(5)} (${off.toFixed(3)} %), ${((performance.now() - started) / 1000).toFixed(0)} s, peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB\n`,
  );
  const buckets = Object.values(expected.buckets_1024).map(
    (value, i) => `${(report.buckets[i]?.meanNll ?? 0).toFixed(4)}/${value.toFixed(4)}`,
  );
  process.stdout.write(`  buckets ours/reference: ${buckets.join(' ')}\n`);
}
