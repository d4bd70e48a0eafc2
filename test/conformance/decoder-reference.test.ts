/**
 * Real decoders against a float32 reference: SmolLM2-135M-Instruct Q4_1 (llama, Q4_1 and a Q8_0 head) and Qwen2.5-Coder 0.5B
 * Q4_K_M (qwen2, Q5_0, Q6_K and Q8_0): token ids, logits, continuations, and of the first likelihood.
 *
 * Fixtures: test/fixtures/decoder/smollm2 and qwen2.5-coder-0.5b. Continuations are compared with the reference's tokens forced, and steps where its best
 * two logits are within 0.2 are not compared: rounding decides them. Every prompt is read once in float32 and some in whole numbers;
 * longer runs of likelihood, other windows and rotations: test/bench/nll.ts.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, after, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { longsightHome } from '../../src/models/home.ts';
import { tokenizerFromGguf } from '../../src/models/tokenizer/from-gguf.ts';
import { createTokenizer } from '../../src/models/tokenizer/tokenizer.ts';
import { digitsPay } from '../../src/runtime/probing/digit-trial.ts';
import { perplexity } from '../../src/runtime/generate/perplexity.ts';
import { parseRope } from '../../src/runtime/rope/specification.ts';
import { bestId } from '../../src/runtime/sampling/top-logits.ts';
import { type OpenedDecoder, cannotRun, decoderFixtures, openForTest } from '../support/decoder.ts';
import { defaultDecoder, requireModel, smallCodeDecoder } from '../support/models.ts';

interface Prompt {
  readonly name: string;
  readonly prompt: string;
  readonly ids: readonly number[];
  readonly top20: readonly (readonly [id: number, logit: number])[];
  readonly greedy: readonly number[];
  readonly gaps: readonly number[];
}
interface Likelihood {
  readonly files: readonly { readonly file: string; readonly sha256: string }[];
  readonly ids_sha256_int32le: Readonly<Record<string, string>>;
  readonly runs: Readonly<Record<string, { readonly buckets_1024: Readonly<Record<string, number>> }>>;
}
const fixture = (name: string): unknown => JSON.parse(readFileSync(path.join(decoderFixtures, name), 'utf8'));
const promptsOf = (folder: string): readonly Prompt[] =>
  (fixture(path.join(folder, 'prompts.json')) as { prompts: readonly Prompt[] }).prompts;
const likelihood = fixture('smollm2/nll.json') as Likelihood;

/**
 * Logits around 30, and how near the reference's best two may be to each other where its choice need not be ours. The 8-bit head rounds
 * activations to int8; weights of a byte by their output's largest are farther off.
 */
const tolerances = { blocks: { logit: 0.25, nearTie: 0.2 }, columns: { logit: 1, nearTie: 0.5 } } as const;

/** A model's decoder for the suite it is called in: opened once, because each graph packs its weights when it is first used. */
function sharedDecoder(id: string): (t: TestContext) => Promise<OpenedDecoder | undefined> {
  let opened: OpenedDecoder | undefined;
  const releases: (() => Promise<void>)[] = [];
  after(async () => {
    for (const release of releases) await release();
  });
  return async (t) => {
    const model = await requireModel(id, t);
    if (!model) return undefined;
    opened ??= await openForTest({ after: (release) => releases.push(release) }, model.weights, longsightHome());
    return opened;
  };
}

const models = [
  {
    name: 'SmolLM2-135M',
    id: defaultDecoder,
    prompts: promptsOf('smollm2'),
    exact: ['complete-fib', 'chat-go'],
    overCopy: ['complete-ts', 'complete-py', 'chat-ts', 'chat-py'],
    digits: ['complete-py', 'chat-go'],
    hasLikelihood: true,
  },
  {
    name: 'Qwen2.5-Coder 0.5B',
    id: smallCodeDecoder,
    prompts: promptsOf('qwen2.5-coder-0.5b'),
    exact: ['complete-fib'],
    overCopy: ['complete-fib', 'chat-go'],
    digits: ['complete-py'],
    hasLikelihood: false,
  },
] as const;

function tokenizerOf({ prepared }: OpenedDecoder): ReturnType<typeof createTokenizer> {
  return createTokenizer(tokenizerFromGguf((key) => prepared.file.metadata.get(key)));
}

function promptOf(prompts: readonly Prompt[], name: string): Prompt {
  const prompt = prompts.find((one) => one.name === name);
  assert.ok(prompt, name);
  return prompt;
}

for (const { name: modelName, id: modelId, prompts, exact, overCopy, digits, hasLikelihood } of models)
  describe(`${modelName} against the float32 reference`, () => {
    const open = sharedDecoder(modelId);

    it('ids of every prompt', async (t) => {
      const decoder = await open(t);
      if (!decoder) return;
      const tokenizer = tokenizerOf(decoder);
      for (const { name, prompt, ids } of prompts)
        assert.deepEqual(tokenizer.encode(prompt, { parseSpecial: true }), ids, name);
    });

    for (const [form, options, names] of [
      ['exact', { exact: true }, exact],
      ['single tokens over a working copy', { exact: false, overCopy: true }, overCopy],
      ['prompts in whole numbers too', { exact: false, overCopy: true, digits: true }, digits],
    ] as const) {
      it(`logits and greedy continuations, ${form}`, async (t) => {
        const decoder = await open(t);
        if (!decoder) return;
        const isDigits = 'digits' in options;
        if (isDigits && !(await digitsPay(longsightHome(), 2))) {
          t.skip('not for this processor');
          return;
        }
        const { logit: logitTolerance, nearTie } = tolerances[isDigits ? 'columns' : 'blocks'];
        const inference = decoder.inference(options);
        let worst = 0;
        for (const wanted of names) {
          const { name, ids, top20, greedy, gaps } = promptOf(prompts, wanted);
          inference.reset();
          inference.begin(ids, { rope: parseRope('default'), window: null, length: ids.length + greedy.length });
          let logits = new Float32Array(0);
          for (let at = 0; at < ids.length;) {
            const length = Math.min(inference.sliceLength('last'), ids.length - at);
            logits = new Float32Array(await inference.step(ids.slice(at, at + length), 'last'));
            at += length;
          }
          for (const [id, logit] of top20) {
            const error = Math.abs((logits[id] ?? Number.NaN) - logit);
            worst = Math.max(worst, error);
            assert.ok(
              error < logitTolerance,
              `${name}: logit of ${String(id)} is ${String(logits[id])}, not ${String(logit)}`,
            );
          }
          for (const [step, id] of greedy.entries()) {
            if ((gaps[step] ?? 0) >= nearTie) assert.equal(bestId(logits, null), id, `${name}, step ${String(step)}`);
            if (step + 1 < greedy.length) logits = new Float32Array(await inference.step([id], 'last'));
          }
        }
        t.diagnostic(`largest error of a prompt's logits: ${worst.toFixed(3)}`);
      });
    }

    for (const [run, window] of hasLikelihood
      ? ([
          ['full', undefined],
          ['sinks4+1020', { sinks: 4, recent: 1020 }],
        ] as const)
      : []) {
      it(`likelihood of Python's standard library, first 2 x 1024 tokens: ${run}`, async (t) => {
        const decoder = await open(t);
        if (!decoder) return;
        const text = await standardLibraryText(t);
        if (text === undefined) return;
        const ids = tokenizerOf(decoder).encode(text).slice(0, 12_000);
        const sha = createHash('sha256')
          .update(new Uint8Array(Int32Array.from(ids).buffer))
          .digest('hex');
        assert.equal(sha, likelihood.ids_sha256_int32le['12000']);
        const inference = decoder.inference();
        const options = { tokenIds: ids.slice(0, 2049), bucket: 1024, ...(window && { window }) };
        const report = await perplexity(
          inference,
          decoder.prepared.hyperparameters,
          options,
          () => undefined,
          new AbortController().signal,
        );
        const expected = Object.values(likelihood.runs[`${run}@12000`]?.buckets_1024 ?? {});
        assert.equal(report.buckets.length, 2);
        for (const [i, { meanNll }] of report.buckets.entries()) {
          const reference = expected[i] ?? Number.NaN;
          assert.ok(
            Math.abs(meanNll - reference) < 0.01 * reference,
            `bucket ${String(i)}: ${String(meanNll)}, the reference has ${String(reference)}`,
          );
        }
      });
    }
  });

/** The text of the fixture, out of this machine's Python; only the very version it was made with has it. */
async function standardLibraryText(t: TestContext): Promise<string | undefined> {
  const script = 'import os, platform; print(platform.python_version()); print(os.path.dirname(os.__file__))';
  let version = 'none';
  let folder = '';
  try {
    [version = '', folder = ''] = (await promisify(execFile)('python3', ['-c', script])).stdout.trim().split(/\r?\n/);
  } catch {
    t.skip('needs Python 3.11.7, and there is no python3');
    return undefined;
  }
  let text = '';
  for (const { file, sha256 } of likelihood.files) {
    const content = await readFile(path.join(folder, file), 'utf8');
    if (createHash('sha256').update(content).digest('hex') !== sha256) {
      const why = `needs the standard library of Python 3.11.7; this is ${version}, with another ${file}`;
      if (version === '3.11.7') cannotRun(t, why);
      else t.skip(why);
      return undefined;
    }
    text += `# file: ${file}\n${content}`;
  }
  return text;
}
