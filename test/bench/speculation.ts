/**
 * What drafts from the prompt bring to answers about code: the same requests with and without, taking turns in one run.
 *
 *   node test/bench/speculation.ts MODEL [--threads N] [--tokens N] [--rounds N] [--clock wall|processor]
 *
 * The prompts hold a file of this repository and ask for its lines, for an explanation of it, or for prose that quotes nothing. Prints a line a
 * prompt and one JSON document { plain, drafts, gain, cpuGain, accepted, steps, ratios, same }: tokens a second of wall time, its
 * quotient and that of the processor's time, the share of drafted tokens that came true, what a step of n tokens costs in single
 * steps, and whether every text was the same. The first round, in which costs are measured, is reported apart. On a busy machine the
 * processor's time is the better clock to measure costs by.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { silentLogger } from '../../src/base/logging.ts';
import { prepareModel } from '../../src/models/weights/prepared-model.ts';
import { readModelTexts } from '../../src/models/model-texts.ts';
import { longsightHome } from '../../src/models/home.ts';
import { createTokenizer } from '../../src/models/tokenizer/tokenizer.ts';
import { type GenerateContext, generate } from '../../src/runtime/generate/generate.ts';
import { GraphSessions } from '../../src/runtime/step/graph-sessions.ts';
import { Inference } from '../../src/runtime/step/inference.ts';
import { speculationProfile } from '../../src/runtime/speculation/speculative-steps.ts';
import { measuredRows } from '../../src/runtime/speculation/step-costs.ts';
import { defaultThreads } from '../../src/runtime/threads.ts';
import { benchedModel } from '../support/models.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string' },
    tokens: { type: 'string', default: '96' },
    rounds: { type: 'string', default: '2' },
    clock: { type: 'string', default: 'wall' },
  },
});
const file = await benchedModel(positionals[0]);

const source = (name: string): string =>
  readFileSync(path.join(import.meta.dirname, '../../src', name), 'utf8').slice(0, 2600);
const asked: readonly (readonly [kind: string, file: string, question: string])[] = [
  ['quote', 'runtime/stop-strings.ts', 'Which lines hold text back? Quote the code of the class.'],
  ['quote', 'base/disposable.ts', 'Quote the lines that dispose of what was registered.'],
  ['quote', 'runtime/sampling/top-logits.ts', 'Show the function topLogits and say what it returns.'],
  ['explain', 'runtime/stop-strings.ts', 'Explain how StopStrings works, naming its methods.'],
  ['explain', 'base/cancellation.ts', 'Explain what throwIfCancelled does and when it is called.'],
  [
    'explain',
    'runtime/sampling/random.ts',
    'Where do the random numbers come from? Answer with the lines of the code.',
  ],
  ['prose', 'base/cancellation.ts', 'Write a short poem about the sea.'],
];

const prepared = await prepareModel({ file, home: longsightHome(), logger: silentLogger });
const tokenizer = createTokenizer((await readModelTexts(prepared.file)).tokenizer);
const sessions = new GraphSessions(prepared, values.threads === undefined ? defaultThreads() : Number(values.threads));
const { hyperparameters } = prepared;
const inference = Inference.create(sessions, hyperparameters, { overCopy: !prepared.isExact });
const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const speculation = speculationProfile(values.clock === 'processor' ? processorTime : undefined);
const context: GenerateContext = { inference, hyperparameters, tokenizer, loadMs: 0, speculation };
const sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 };

interface Run {
  readonly tokenIds: readonly number[];
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly drafted: number;
  readonly accepted: number;
  readonly steps: number;
}

async function answer(promptIds: readonly number[], drafts: boolean): Promise<Run> {
  inference.reset();
  let cpu = process.cpuUsage();
  const result = await generate(
    context,
    { promptIds, maxTokens: Number(values.tokens), sampling, constraint: null, speculation: drafts },
    (event) => {
      if (event.type === 'prefill') cpu = process.cpuUsage();
    },
    new AbortController().signal,
  );
  const used = process.cpuUsage(cpu);
  const { drafted = 0, accepted = 0, verifySteps: steps = 0 } = result.speculation ?? {};
  const seconds = result.timings.decodeMs / 1000;
  return { tokenIds: result.tokenIds, seconds, cpuSeconds: (used.user + used.system) / 1e6, drafted, accepted, steps };
}

const sums = new Map<string, { plain: number; drafts: number; plainCpu: number; draftsCpu: number; tokens: number }>();
const total = { drafted: 0, accepted: 0, steps: 0 };
let same = true;
for (let round = 0; round < Number(values.rounds); round++)
  for (const [kind, name, question] of asked) {
    const text = `<|im_start|>user\n${question}\n\`\`\`ts\n${source(name)}\n\`\`\`<|im_end|>\n<|im_start|>assistant\n`;
    const promptIds = tokenizer.encode(text, { parseSpecial: true, addSpecial: true });
    const plain = await answer(promptIds, false);
    const drafts = await answer(promptIds, true);
    same &&= plain.tokenIds.join() === drafts.tokenIds.join();
    for (const key of [
      round === 0 ? 'first round' : kind,
      ...(round === 0 || kind === 'prose' ? [] : ['about code']),
    ]) {
      const sum = sums.get(key) ?? { plain: 0, drafts: 0, plainCpu: 0, draftsCpu: 0, tokens: 0 };
      sum.plain += plain.seconds;
      sum.drafts += drafts.seconds;
      sum.plainCpu += plain.cpuSeconds;
      sum.draftsCpu += drafts.cpuSeconds;
      sum.tokens += plain.tokenIds.length;
      sums.set(key, sum);
    }
    if (round > 0) {
      total.drafted += drafts.drafted;
      total.accepted += drafts.accepted;
      total.steps += drafts.steps;
    }
    process.stderr.write(
      `${kind.padEnd(8)} ${name.padEnd(32)} ${promptIds.length} + ${plain.tokenIds.length} tokens: ${(plain.tokenIds.length / plain.seconds).toFixed(1)} -> ${(drafts.tokenIds.length / drafts.seconds).toFixed(1)} tokens/s, processor ${(plain.cpuSeconds / drafts.cpuSeconds).toFixed(2)}, accepted ${drafts.accepted} of ${drafts.drafted} in ${drafts.steps} steps\n`,
    );
  }

const ratios = Object.fromEntries(measuredRows.map((rows) => [rows, speculation.costs.ratio(rows)]));
const by = <T>(
  value: (sum: { plain: number; drafts: number; plainCpu: number; draftsCpu: number; tokens: number }) => T,
) => Object.fromEntries([...sums].map(([kind, sum]) => [kind, value(sum)]));
process.stdout.write(
  `${JSON.stringify({
    plain: by(({ tokens, plain }) => tokens / plain),
    drafts: by(({ tokens, drafts }) => tokens / drafts),
    gain: by(({ plain, drafts }) => plain / drafts),
    cpuGain: by(({ plainCpu, draftsCpu }) => plainCpu / draftsCpu),
    accepted: total.accepted / total.drafted,
    steps: total.steps,
    ratios,
    isExact: speculation.isExact,
    same,
  })}\n`,
);
await sessions.release();
