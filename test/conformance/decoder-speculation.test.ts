/**
 * Drafts never change the text: steps with them give the very logits of single steps, on tiny models of every shape and on the
 * default decoder, greedy, sampled, penalised, constrained and across a window's eviction.
 */
import { english } from '../../src/base/speaker.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { longsightHome } from '../../src/models/home.ts';
import { tokenizerFromGguf } from '../../src/models/tokenizer/from-gguf.ts';
import { createTokenizer } from '../../src/models/tokenizer/tokenizer.ts';
import { createConstraint } from '../../src/runtime/constraints/create-constraint.ts';
import type { Constraint, DecodeResult, Sampling } from '../../src/runtime/decoder.ts';
import { type GenerateContext, type GenerateOptions, generate } from '../../src/runtime/generate/generate.ts';
import type { Inference } from '../../src/runtime/step/inference.ts';
import { bestId } from '../../src/runtime/sampling/top-logits.ts';
import { SpeculativeSteps, speculationProfile } from '../../src/runtime/speculation/speculative-steps.ts';
import { decoderFixtures, openForTest } from '../support/decoder.ts';
import { severalRowsHaveOneBits } from '../support/kernels.ts';
import { defaultDecoder, requireModel } from '../support/models.ts';

const ids = JSON.parse(readFileSync(path.join(decoderFixtures, 'tiny/input_ids.json'), 'utf8')) as number[];
const never = new AbortController().signal;
const greedy: Sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 1 };

/** A greedy continuation and the logits of each of its steps. @param drafts with as many as the acceptance of everything allows */
async function continued(inference: Inference, vocabulary: number, count: number, drafts: boolean) {
  // Said twice, so that there is something to draft from.
  const own = ids.map((id) => id % vocabulary);
  const prompt = [...own, ...own];
  inference.reset();
  inference.begin(prompt, { rope: null, window: null, length: prompt.length + count });
  let logits = await inference.step(prompt, 'last');
  const profile = speculationProfile();
  for (let i = 0; i < 200; i++)
    for (let agreement = 1; agreement < 33; agreement++) profile.acceptance.observe(agreement, true);
  const steps = new SpeculativeSteps(inference, vocabulary, profile, prompt);
  const written: number[] = [];
  const seen: Float32Array[] = [];
  while (written.length < count) {
    const id = bestId(logits, null);
    written.push(id);
    logits = drafts ? await steps.after(id, count - written.length) : await inference.step([id], 'last');
    seen.push(logits.slice());
  }
  steps.settle();
  return { written, seen, report: steps.report(), profile, held: inference.length };
}

describe('drafts on tiny decoders', () => {
  for (const name of [
    'tiny/llama-tied',
    'tiny/llama-untied',
    'tiny/qwen2',
    'own/qwen3',
    'own/gemma3',
    'own/qwen3moe',
    'own/bloom',
  ])
    it(`${name}: the logits of single steps, bit by bit, or no drafts`, async (t) => {
      const { inference, prepared } = await openForTest(t, path.join(decoderFixtures, name, 'model.gguf'));
      const { vocabulary } = prepared.hyperparameters;
      for (const exact of [true, false]) {
        const state = inference({ exact });
        const plain = await continued(state, vocabulary, 80, false);
        const drafted = await continued(state, vocabulary, 80, true);
        assert.deepEqual(drafted.written, plain.written);
        for (const [i, logits] of plain.seen.entries()) assert.deepEqual(drafted.seen[i], logits, `step ${String(i)}`);
        assert.equal(drafted.held, plain.held);
        t.diagnostic(`${name}, ${exact ? 'exact' : 'rounded'}: ${JSON.stringify(drafted.report)}`);
      }
    });
});

async function openDefault(t: TestContext, workingCopy: boolean): Promise<GenerateContext | undefined> {
  const model = await requireModel(defaultDecoder, t);
  if (!model) return undefined;
  const { prepared, inference } = await openForTest(t, model.weights, longsightHome());
  const tokenizer = createTokenizer(tokenizerFromGguf((key) => prepared.file.metadata.get(key)));
  const { hyperparameters } = prepared;
  const state = inference({ exact: false, overCopy: workingCopy });
  return { inference: state, hyperparameters, tokenizer, loadMs: 0, speculation: speculationProfile() };
}

const code = readFileSync(path.join(import.meta.dirname, '../../src/runtime/generate/stop-strings.ts'), 'utf8').slice(
  0,
  800,
);
const chat = (text: string): string => `<|im_start|>user\n${text}<|im_end|>\n<|im_start|>assistant\n`;
const schema = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 40 },
    methods: { type: 'array', items: { type: 'string', maxLength: 30 } },
  },
  required: ['name', 'methods'],
};
const cases: readonly (readonly [
  name: string,
  prompt: string,
  options: Partial<GenerateOptions>,
  constraint?: Constraint,
])[] = [
  ['copying code', `Repeat this code:\n\`\`\`ts\n${code}\n\`\`\``, { maxTokens: 64 }],
  ['explaining code', `Explain the class and quote its lines:\n${code}`, { maxTokens: 64 }],
  ['a repetition penalty', `Repeat this code:\n${code}`, { sampling: { ...greedy, repetitionPenalty: 1.1 } }],
  ['sampling', `Repeat this code:\n${code}`, { sampling: { ...greedy, temperature: 0.8, topK: 40, topP: 0.95 } }],
  ['a JSON schema', `Name the class and its methods as JSON:\n${code}`, {}, { kind: 'json-schema', schema }],
  ['a window that slides', `Repeat this code:\n${code}`, { window: { sinks: 4, recent: 300 }, maxTokens: 64 }],
];

describe('drafts on the default decoder', () => {
  for (const workingCopy of [false, true])
    it(`write what single steps write over ${workingCopy ? 'a working copy' : 'the rows themselves'}`, async (t) => {
      const context = await openDefault(t, workingCopy);
      if (!context) return;
      let accepted = 0;
      for (const [name, text, options, constraint] of cases) {
        const promptIds = context.tokenizer.encode(chat(text), { parseSpecial: true });
        const write = (speculation: boolean): Promise<DecodeResult> => {
          context.inference.reset();
          const state = constraint ? createConstraint(constraint, context.tokenizer) : null;
          const request = { maxTokens: 40, sampling: greedy, ...options, promptIds, constraint: state, speculation };
          return generate(context, request, () => undefined, never);
        };
        const plain = await write(false);
        const held: number = context.inference.length;
        const drafted = await write(true);
        assert.deepEqual(drafted.tokenIds, plain.tokenIds, name);
        assert.equal(drafted.finish, plain.finish, name);
        assert.equal(context.inference.length, held, name);
        accepted += drafted.speculation?.accepted ?? 0;
        if (context.speculation?.isExact === false)
          assert.match(english.words(drafted.speculation?.offBecause ?? ''), /bits/, name);
        t.diagnostic(`${name}: ${JSON.stringify(drafted.speculation)}`);
      }
      // Where the kernel of these weights adds several rows in another order than one, there are none.
      const same = await severalRowsHaveOneBits({ bits: 4, block: 32 });
      assert.equal(context.speculation?.isExact, same);
      assert.equal(accepted > 0, same);
    });
});
