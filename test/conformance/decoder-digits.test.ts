/** Prompts in whole numbers beside float32 activations: logits, slices of any length, and the kept answer whether they pay. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { prepareDigits } from '../../src/models/weights/prepared-model.ts';
import { writeTrialModel } from '../../src/models/weights/trial-model.ts';
import { digitsAreExact, digitsPay } from '../../src/runtime/probing/digit-trial.ts';
import { GraphSessions } from '../../src/runtime/step/graph-sessions.ts';
import { Inference, type InferenceOptions } from '../../src/runtime/step/inference.ts';
import { processorName, readVerdict, writeVerdict } from '../../src/runtime/probing/processor-verdicts.ts';
import { roundingHolds } from '../../src/runtime/probing/rounding-trial.ts';
import { largestDifference } from '../support/decoder.ts';

const sizes = { layers: 3, hidden: 256, feedForward: 512, heads: 4, kvHeads: 2, vocabulary: 512 };
const ids = Array.from({ length: 40 }, (_, i) => (i * 37 + 11) % sizes.vocabulary);
/** Of logits of about 1, by rounding weights of 4 bits to bytes by the output's largest. */
const tolerance = 0.05;

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'longsight-digits-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** None where this processor loses some of the products, and no graph has them. */
async function opened(t: TestContext): Promise<((digits: boolean) => Inference) | undefined> {
  if (!(await digitsAreExact(2))) {
    assert.equal(await digitsPay(await temporary(t), 2), false);
    t.skip('this processor loses products of bytes');
    return undefined;
  }
  const model = await writeTrialModel(await temporary(t), sizes);
  const sessions = new GraphSessions(model, 2);
  t.after(() => sessions.release());
  return (digits) => {
    const state = Inference.create(sessions, model.hyperparameters, { digits });
    state.begin(ids, { rope: null, window: null, length: 100 });
    return state;
  };
}

describe('prompts in whole numbers', () => {
  it('give nearly the logits of float32 activations', async (t) => {
    const state = await opened(t);
    if (!state) return;
    const [exact, rounded] = [await state(false).step(ids, 'all'), await state(true).step(ids, 'all')];
    const size = exact.reduce((most, logit) => Math.max(most, Math.abs(logit)), 0);
    const difference = largestDifference(exact, rounded);
    t.diagnostic(`largest difference ${difference.toFixed(4)} beside logits up to ${size.toFixed(2)}`);
    assert.ok(difference > 0 && difference < tolerance * size);
  });

  it('give the same in slices of any length', async (t) => {
    const state = await opened(t);
    if (!state) return;
    const whole = new Float32Array(await state(true).step(ids, 'last'));
    for (const step of [7, 16, 39]) {
      const sliced = state(true);
      let last = new Float32Array(0);
      for (let at = 0; at < ids.length; at += step)
        last = new Float32Array(await sliced.step(ids.slice(at, at + step), 'last'));
      // Attention is a float32 product whose order of sums depends on the slice, and rounding enlarges that; the rest adds nothing to it.
      const difference = largestDifference(whole, last);
      assert.ok(difference < 1e-3, `slices of ${String(step)}: ${String(difference)}`);
      t.diagnostic(`slices of ${String(step)}: ${String(difference)}`);
    }
  });

  it('are prepared once, with progress, and can be stopped', async (t) => {
    const model = await writeTrialModel(await temporary(t), sizes);
    const stop = new Error('stopped');
    await assert.rejects(
      prepareDigits(model, () => {
        throw stop;
      }),
      stop,
    );
    const seen: number[] = [];
    await prepareDigits(model, (done, total) => seen.push(done / total));
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    );
    assert.equal(seen.length, 4 * sizes.layers);
    await prepareDigits(model, () => assert.fail('they are there'));
  });

  it('are prepared anew when their file is gone or was cut off', async (t) => {
    const model = await writeTrialModel(await temporary(t), sizes);
    await prepareDigits(model, () => undefined);
    const file = path.join(model.folder, 'columns.bin');
    const whole = await readFile(file);
    for (const damage of [() => rm(file), () => writeFile(file, whole.subarray(0, -1))]) {
      await damage();
      await prepareDigits(model, () => undefined);
      assert.deepEqual(await readFile(file), whole);
    }
  });
});

describe('whether whole numbers pay', () => {
  it('is measured once for a processor and kept beside those of others; whether they are exact is asked every time', async (t) => {
    const home = await temporary(t);
    const exact = await digitsAreExact(2);
    const first = await digitsPay(home, 2);
    if (!exact) {
      // No file may say otherwise: it may have come from another machine.
      await writeVerdict(home, await processorName(2), { digits: true });
      assert.equal(await digitsPay(home, 2), false);
      return;
    }
    const names = [await processorName(2), await processorName(1)] as const;
    await writeVerdict(home, names[0], { digits: !first });
    assert.equal(await digitsPay(home, 2), !first, 'what is kept holds');
    const alone = await digitsPay(home, 1);
    assert.deepEqual(await readVerdict(home, names[1]), { digits: alone });
    assert.equal(await digitsPay(home, 2), !first, 'another processor changes nothing of it');
  });

  it('is measured again when the file cannot be read', async (t) => {
    const home = await temporary(t);
    const file = path.join(home, 'verdicts/processor.json');
    await writeVerdict(home, 'another', { digits: true });
    await writeFile(file, '{');
    assert.equal(await readVerdict(home, 'another'), null);
    await writeVerdict(home, 'another', { digits: false });
    assert.deepEqual(await readVerdict(home, 'another'), { digits: false });
  });

  it('is remembered of the last processors only', async (t) => {
    const home = await temporary(t);
    for (let i = 0; i < 20; i++) await writeVerdict(home, `processor ${String(i)}`, { digits: true });
    assert.equal(await readVerdict(home, 'processor 3'), null);
    assert.deepEqual(await readVerdict(home, 'processor 4'), { digits: true });
  });

  it('is not found out where its answer cannot be kept', async (t) => {
    const home = path.join(await temporary(t), 'home');
    await mkdir(home);
    await writeFile(path.join(home, 'verdicts'), 'a file where a folder should be');
    await assert.rejects(writeVerdict(home, 'any', { digits: true }));
    if (await digitsAreExact(2)) await assert.rejects(digitsPay(home, 2));
  });
});

describe('rounded activations', () => {
  it('are multiplied right on this processor', async () => {
    assert.equal(await roundingHolds(2), true);
  });

  it('are not used where they are not: every product is then a float32 one', async (t) => {
    const model = await writeTrialModel(await temporary(t), sizes);
    const sessions = new GraphSessions(model, 2);
    t.after(() => sessions.release());
    const logits = async (options: InferenceOptions): Promise<Float32Array> => {
      const state = Inference.create(sessions, model.hyperparameters, options);
      state.begin(ids, { rope: null, window: null, length: 100 });
      await state.step(ids, 'last');
      return new Float32Array(await state.step([7], 'last'));
    };
    const [unrounded, exact, rounded] = [
      await logits({ rounds: false, overCopy: false }),
      await logits({ exact: true }),
      await logits({}),
    ];
    t.diagnostic(
      `exact ${String(largestDifference(unrounded, exact))}, rounded ${String(largestDifference(unrounded, rounded))}`,
    );
    assert.ok(largestDifference(unrounded, rounded) > largestDifference(unrounded, exact));
    const built = (await readdir(model.folder)).filter((name) => name.endsWith('.onnx'));
    assert.ok(built.includes('decode-float-f32.onnx') && built.includes('prefill-float-f32.onnx'), built.join());
  });
});
