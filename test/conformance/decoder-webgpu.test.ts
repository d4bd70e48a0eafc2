/**
 * The decoder on WebGPU: logits of every tiny model equal those of the transformers library and of the processor within 2e-3, in any
 * slices, with a sliding window, after forgetting, forking, saving and placing; rows never leave the device on the way.
 *
 * It runs wherever there is a Vulkan, Metal or Direct3D 12 driver, Mesa's software Vulkan included, and is skipped by name elsewhere.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { schemeOf } from '../../src/runtime/positions/scheme.ts';
import { parseRope } from '../../src/runtime/rope/specification.ts';
import { type Inference, stepTogether } from '../../src/runtime/step/inference.ts';
import { decoderFixtures, largestDifference, logitsInSteps, openForTest, readFloats } from '../support/decoder.ts';
import { requireWebGpu } from '../support/webgpu.ts';

const ids = JSON.parse(readFileSync(path.join(decoderFixtures, 'tiny/input_ids.json'), 'utf8')) as number[];
const tolerance = 2e-3;
const tied = path.join(decoderFixtures, 'tiny/llama-tied/model.gguf');

function close(found: Float32Array, expected: Float32Array, what: string): void {
  const difference = largestDifference(found, expected);
  assert.ok(difference < tolerance, `${String(difference)} ${what}`);
}

const begun = (state: Inference): Inference => {
  state.begin(ids.slice(0, 1), { rope: parseRope('default'), window: null, length: ids.length });
  return state;
};

describe('WebGPU', () => {
  let home = '';
  before(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'longsight-webgpu-'));
  });
  after(() => rm(home, { recursive: true, force: true }));

  for (const set of ['tiny', 'own'])
    for (const name of foldersOf(set)) {
      const folder = path.join(decoderFixtures, set, name);
      const file = ['model.gguf', 'model.safetensors'].find((one) => existsSync(path.join(folder, one)));
      if (file === undefined || !existsSync(path.join(folder, 'expected.f32'))) continue;
      it(`${name}: at once, in slices, token by token`, async (t) => {
        if (!(await requireWebGpu(t))) return;
        const reference = readFloats(path.join(folder, 'expected.f32'));
        const vocabulary = reference.length / ids.length;
        const own = ids.map((id) => id % vocabulary);
        const place = file === 'model.gguf' ? path.join(folder, file) : folder;
        const { inference } = await openForTest(t, place, home, 'webgpu');
        const state = inference();
        for (const step of [own.length, 7, 1]) {
          const found = await logitsInSteps(state, own, step, { rope: null });
          t.diagnostic(`${largestDifference(found, reference).toExponential(2)} in steps of ${String(step)}`);
          close(found, reference, `in steps of ${String(step)}`);
        }
      });
    }

  for (const cache of ['f32', 'f16'] as const)
    it(`a window of sinks and recent tokens, rows of ${cache}, equals the processor`, async (t) => {
      if (!(await requireWebGpu(t))) return;
      const device = (await openForTest(t, tied, home, 'webgpu')).inference({ cache });
      const processor = (await openForTest(t, tied, home)).inference({ cache });
      for (const window of [
        { sinks: 4, recent: 8 },
        { sinks: 0, recent: 9 },
      ])
        for (const step of [1, 3, 13, ids.length]) {
          const expected = await logitsInSteps(processor, ids, step, { window });
          close(await logitsInSteps(device, ids, step, { window }), expected, `in steps of ${String(step)}`);
        }
    });

  it('flash attention of few queries equals the processor', async (t) => {
    if (!(await requireWebGpu(t))) return;
    const device = (await openForTest(t, tied, home, 'webgpu', true)).inference();
    const processor = (await openForTest(t, tied, home)).inference();
    for (const step of [1, 7, 31])
      close(
        await logitsInSteps(device, ids, step),
        await logitsInSteps(processor, ids, step),
        `in steps of ${String(step)}`,
      );
  });

  it('two rotations with a choice for every pair equal the processor', async (t) => {
    if (!(await requireWebGpu(t))) return;
    const opened = await openForTest(t, tied, home, 'webgpu');
    const h = opened.prepared.hyperparameters;
    const device = opened.inference();
    const processor = (await openForTest(t, tied, home)).inference();
    for (const rope of ['rerope:8', 'self-extend:8:2']) {
      const read = async (state: Inference): Promise<Float32Array> => {
        state.begin(ids.slice(0, 1), schemeOf(h, { rope }, ids.length));
        await state.step(ids.slice(0, 25), 'last');
        return state.step(ids.slice(25), 'all');
      };
      close(await read(device), await read(processor), rope);
    }
  });

  it('rewinds, forgets in the middle, forks, and steps forks together', async (t) => {
    if (!(await requireWebGpu(t))) return;
    const results: Float32Array[][] = [];
    for (const provider of ['webgpu', 'cpu'] as const) {
      const state = begun((await openForTest(t, tied, home, provider)).inference());
      const logits = [await state.step(ids.slice(0, 12), 'all')];
      state.rewind(4);
      logits.push(await state.step(ids.slice(8, 20), 'all'));
      state.evict([
        { from: 2, count: 3 },
        { from: 9, count: 2 },
      ]);
      logits.push(await state.step(ids.slice(20, 24), 'all'));
      const fork = state.fork();
      logits.push(await state.step(ids.slice(24, 25), 'all'), await fork.step(ids.slice(30, 33), 'all'));
      const parts = [
        { state, ids: ids.slice(25, 27) },
        { state: fork, ids: ids.slice(33, 34) },
      ];
      logits.push(...(await stepTogether(parts, 'all')));
      fork.dispose();
      logits.push(await state.step(ids.slice(27, 30), 'all'));
      results.push(logits);
    }
    const [device = [], processor = []] = results;
    assert.equal(device.length, processor.length);
    for (const [i, one] of device.entries()) close(one, processor[i] ?? new Float32Array(0), `at ${String(i)}`);
  });

  it('takes rows out and puts them in, on the device and from the processor, and saves and loads', async (t) => {
    if (!(await requireWebGpu(t))) return;
    for (const cache of ['f32', 'f16'] as const) {
      const device = await openForTest(t, tied, home, 'webgpu');
      const processor = await openForTest(t, tied, home);
      const source = begun(processor.inference({ cache }));
      await source.step(ids.slice(0, 24), 'last');
      const expected = await source.fork().step(ids.slice(24), 'all');
      const state = begun(device.inference({ cache }));
      state.place(await source.take(0, ids.slice(0, 10)));
      state.place(await source.take(10, ids.slice(10, 24)));
      const again = begun(device.inference({ cache }));
      again.place(await state.take(0, ids.slice(0, 24)));
      for (const one of [state, again]) close(await one.step(ids.slice(24), 'all'), expected, cache);
    }
  });
});

function foldersOf(set: string): readonly string[] {
  const manifest = readFileSync(path.join(decoderFixtures, set, 'manifest.json'), 'utf8');
  return Object.keys((JSON.parse(manifest) as { models: Record<string, unknown> }).models);
}
