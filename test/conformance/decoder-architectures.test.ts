/**
 * Every architecture, from safetensors and from GGUF: logits of every position equal those of the transformers library in float32, and
 * what a model declares about its RoPE holds without being asked for.
 *
 * Fixtures: test/fixtures/decoder/tiny (given) and test/fixtures/decoder/own (generate.py).
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, after, before, describe, it } from 'node:test';
import { decoderFixtures, largestDifference, logitsInSteps, openForTest, readFloats } from '../support/decoder.ts';

const ids = JSON.parse(readFileSync(path.join(decoderFixtures, 'tiny/input_ids.json'), 'utf8')) as number[];
const tolerance = 1e-4;
const given = [
  'gemma3',
  'llama-tied',
  'llama-linear2',
  'llama-llama3',
  'llama-yarn4',
  'mistral-sw8',
  'phi3',
  'phi3-longrope',
  'qwen2',
  'qwen3',
];

interface Manifest {
  readonly models: Readonly<Record<string, { readonly gguf?: string; readonly weights?: string }>>;
}
function manifest(folder: string): Manifest['models'] {
  return (JSON.parse(readFileSync(path.join(decoderFixtures, folder, 'manifest.json'), 'utf8')) as Manifest).models;
}

describe('architectures against transformers', () => {
  let temporary = '';
  before(async () => {
    temporary = await mkdtemp(path.join(tmpdir(), 'longsight-architectures-'));
  });
  after(() => rm(temporary, { recursive: true, force: true }));

  /** A folder as a user has it: the model's own config.json beside the weights it shares. */
  async function together(name: string, configuration: string, weights: string): Promise<string> {
    const folder = path.join(temporary, name);
    await mkdir(folder, { recursive: true });
    await copyFile(configuration, path.join(folder, 'config.json'));
    for (const file of await readdir(weights))
      if (file.includes('safetensors')) await copyFile(path.join(weights, file), path.join(folder, file));
    return folder;
  }

  for (const set of ['own', 'tiny']) {
    const models = manifest(set);
    for (const [name, { gguf, weights }] of Object.entries(models)) {
      if (set === 'tiny' && !given.includes(name)) continue;
      const folder = path.join(decoderFixtures, set, name);
      const reference = readFloats(path.join(folder, 'expected.f32'));
      const vocabulary = reference.length / ids.length;
      const own = ids.map((id) => id % vocabulary);
      const compare = async (t: TestContext, place: string): Promise<void> => {
        const { inference } = await openForTest(t, place);
        const state = inference();
        for (const step of [own.length, 7, 1]) {
          const difference = largestDifference(await logitsInSteps(state, own, step, { rope: null }), reference);
          t.diagnostic(`${difference.toExponential(2)} in steps of ${String(step)}`);
          assert.ok(difference < tolerance, `${String(difference)} in steps of ${String(step)}`);
        }
      };
      const shared = weights && path.join(decoderFixtures, set, weights.replace(/\/model\.safetensors$/, ''));
      if (shared)
        it(`${name}: safetensors`, async (t) => {
          await compare(t, await together(name, path.join(folder, 'config.json'), shared));
        });
      if (gguf ?? existsSync(path.join(folder, 'model.gguf')))
        it(`${name}: GGUF`, (t) => compare(t, path.join(folder, 'model.gguf')));
    }
  }

  /** Sliding groups, ALiBi, experts, divisors: whatever a model does with positions, slices must not show. */
  for (const name of ['gemma3', 'bloom', 'mpt', 'phi3-partial', 'phi3-long', 'qwen3moe', 'starcoder2']) {
    for (const window of [
      { sinks: 4, recent: 8 },
      { sinks: 2, recent: 3 },
      { sinks: 0, recent: 9 },
    ]) {
      it(`${name}: ${String(window.sinks)} sinks + ${String(window.recent)}, slices equal token by token`, async (t) => {
        const { inference, prepared } = await openForTest(t, path.join(decoderFixtures, 'own', name, 'model.gguf'));
        const state = inference();
        const own = ids.map((id) => id % prepared.hyperparameters.vocabulary);
        const single = await logitsInSteps(state, own, 1, { rope: null, window });
        for (const step of [3, 13, own.length]) {
          const difference = largestDifference(await logitsInSteps(state, own, step, { rope: null, window }), single);
          assert.ok(difference < tolerance, `${String(difference)} in steps of ${String(step)}`);
        }
        const unbounded = largestDifference(await logitsInSteps(state, own, own.length, { rope: null }), single);
        // A model whose own windows end before the cache's does not notice it.
        const notices = prepared.hyperparameters.attentionGroups.some(
          (group) => group.window === null || group.window > window.recent + 1,
        );
        assert.ok(notices ? unbounded > 1e-3 : unbounded < tolerance, `${String(unbounded)} from no window at all`);
      });
    }
  }
});
