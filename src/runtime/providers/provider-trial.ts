/**
 * Tries one execution provider with what a decoder asks of it: a matrix product compared with the one computed here, then a made-up
 * small decoder, in slices and token by token and past a window's end, compared with the processor; and times it beside the processor.
 */
import { type Sentence, joined, say } from '../../base/sentences.ts';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { InferenceSession, Tensor } from '../onnxruntime.ts';
import { type TrialSizes, writeTrialModel } from '../../models/weights/trial-model.ts';
import { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import type { Provider } from '../../protocol/providers.ts';
import type { CacheWindow } from '../decoder.ts';
import { GraphSessions } from '../step/graph-sessions.ts';
import { Inference } from '../step/inference.ts';
import { sessionOptions } from './session-options.ts';
import { defaultThreads } from '../threads.ts';

/** Milliseconds that a step takes. */
interface ProviderSpeed {
  readonly decodeMs: number;
  readonly prefillMs: number;
}

export interface TrialOutcome {
  readonly usable: boolean;
  /** A sentence's worth: what was computed right, or what went wrong. */
  readonly reason: Sentence;
  /** Whether a decoder was computed, or only a product, whose slowness was enough to know. */
  readonly decoder: boolean;
  /** Whether flash attention is right there. */
  readonly flash: boolean;
  /** Of the same made-up decoder there and on the processor; null where it was not worth measuring. */
  readonly speed: { readonly there: ProviderSpeed; readonly processor: ProviderSpeed } | null;
}

const productSize = 512;
const productTolerance = 1e-2;
/** What rounding 256 numbers between -1 and 1 to 8 bits may come to. */
const bytesTolerance = 0.1;
/** Half of what the decoder's logits may differ by in the comparison of two providers; those of the trial are below 10. */
const decoderTolerance = 1e-3;
/** A provider whose plain product is this much slower than the processor's is a processor itself: its decoder need not be timed. */
const hopeless = 4;

const small: TrialSizes = { layers: 2, hidden: 128, feedForward: 256, heads: 4, kvHeads: 2, vocabulary: 512 };
/** About 50 million weights: enough that memory decides, as it does in real models. */
const large: TrialSizes = { layers: 4, hidden: 1024, feedForward: 2816, heads: 16, kvHeads: 4, vocabulary: 4096 };
const promptTokens = 40;
const timedPrefill = 64;
const timedSteps = 5;

/**
 * @param folder for the trial's files; the caller removes it
 * @param quick stops after the product where that is much slower than the processor's
 * @param tell told of what is established so far, should the next thing crash the process
 */
export async function tryProvider(
  provider: Provider,
  folder: string,
  quick: boolean,
  tell: (outcome: TrialOutcome) => void,
): Promise<TrialOutcome> {
  const product = await tryProduct(provider);
  const isSlow = product.there > hopeless * product.processor;
  const slowness = say('a product in {0}, which takes the processor {1}', inMs(product.there), inMs(product.processor));
  if (isSlow && quick)
    return {
      usable: true,
      reason: say('computed a matrix product correctly, {0}', slowness),
      decoder: false,
      flash: false,
      speed: null,
    };
  let outcome: TrialOutcome = {
    usable: true,
    reason: say('computed a matrix product and a small decoder correctly'),
    decoder: true,
    flash: false,
    speed: null,
  };
  await tryBytes(provider);
  const model = await trialModel(folder, small);
  await compareDecoders(model, provider, false);
  if (provider === 'cpu') return outcome;
  if (isSlow) outcome = { ...outcome, reason: joined([outcome.reason, slowness], ', ') };
  tell(outcome);
  if (provider === 'webgpu') {
    const flash = await isRight(() => compareDecoders(model, provider, true));
    outcome = { ...outcome, flash };
    tell(outcome);
  }
  if (isSlow) return outcome;
  const timed = await trialModel(folder, large);
  const there = await timeDecoder(timed, provider, outcome.flash);
  const processor = await timeDecoder(timed, 'cpu', false);
  const reason = say(
    '{0}, a token in {1}, which takes the processor {2}',
    outcome.reason,
    inMs(there.decodeMs),
    inMs(processor.decodeMs),
  );
  return { ...outcome, reason, speed: { there, processor } };
}

async function trialModel(folder: string, sizes: TrialSizes): ReturnType<typeof writeTrialModel> {
  const place = path.join(folder, `trial-${String(sizes.hidden)}`);
  await mkdir(place);
  return writeTrialModel(place, sizes);
}

/** @returns milliseconds of the product there and on the processor @throws when it is wrong */
async function tryProduct(provider: Provider): Promise<{ there: number; processor: number }> {
  const [left, right] = [matrix(1), matrix(2)];
  const dims = [productSize, productSize];
  const graph = new GraphBuilder('product');
  const a = graph.input('a', 'float32', dims);
  const b = graph.initializer('b', 'float32', dims, right);
  graph.node('MatMul', [a, b], {}, { output: 'c' });
  graph.output('c', 'float32', dims);
  const times: number[] = [];
  for (const one of [provider, 'cpu'] as const) {
    const session = await InferenceSession.create(graph.encode(), sessionOptions(one, defaultThreads()));
    const feeds = { a: new Tensor('float32', left, dims) };
    const data: unknown = (await session.run(feeds)).c?.data;
    if (!(data instanceof Float32Array)) throw new Error('it gave no numbers');
    const worst = largestError(data, left, right);
    if (!(worst <= productTolerance)) throw new Error(`its matrix product is wrong by ${String(worst)}`);
    times.push(await bestOf(3, () => session.run(feeds)));
    await session.release();
  }
  const [there = 0, processor = 0] = times;
  return { there, processor };
}

/** A product with weights of 8 bits, (q - 128) * scale; some kernels round what goes in to 8 bits too. @throws when it is wrong */
async function tryBytes(provider: Provider): Promise<void> {
  const [n, k, block] = [64, 256, 32];
  const q = Uint8Array.from({ length: n * k }, (_, i) => (i * 37) % 256);
  const x = Float32Array.from({ length: k }, (_, i) => Math.sin(i * 0.37));
  const graph = new GraphBuilder('bytes');
  const a = graph.input('a', 'float32', [1, k]);
  const b = graph.initializer('b', 'uint8', [n, k / block, block], q);
  const scales = graph.initializer(
    'scales',
    'float32',
    [n, k / block],
    new Float32Array((n * k) / block).fill(1 / 128),
  );
  const attributes = { K: k, N: n, bits: 8, block_size: block, accuracy_level: 4 };
  graph.node('MatMulNBits', [a, b, scales], attributes, { domain: 'com.microsoft', output: 'y' });
  graph.output('y', 'float32', [1, n]);
  const session = await InferenceSession.create(graph.encode(), sessionOptions(provider, defaultThreads()));
  const data: unknown = (await session.run({ a: new Tensor('float32', x, [1, k]) })).y?.data;
  await session.release();
  for (let row = 0; row < n; row++) {
    const sum = x.reduce((total, value, i) => total + (value * ((q[row * k + i] ?? 0) - 128)) / 128, 0);
    const error = data instanceof Float32Array ? Math.abs(sum - (data[row] ?? Number.NaN)) : Number.NaN;
    if (!(error <= bytesTolerance)) throw new Error(`its product of 8-bit weights is wrong by ${String(error)}`);
  }
}

function matrix(seed: number): Float32Array {
  return Float32Array.from({ length: productSize ** 2 }, (_, i) => Math.sin(i * 0.37 + seed));
}

/** Of some rows, spread over the matrix. */
function largestError(product: Float32Array, a: Float32Array, b: Float32Array): number {
  let worst = 0;
  for (let row = 0; row < productSize; row += 61)
    for (let column = 0; column < productSize; column++) {
      let sum = 0;
      for (let k = 0; k < productSize; k++) sum += (a[row * productSize + k] ?? 0) * (b[k * productSize + column] ?? 0);
      const error = Math.abs(sum - (product[row * productSize + column] ?? Number.NaN));
      if (!(error <= worst)) worst = error;
    }
  return worst;
}

type TrialModel = Awaited<ReturnType<typeof writeTrialModel>>;

/** @throws when logits differ from the processor's by more than the tolerance */
async function compareDecoders(model: TrialModel, provider: Provider, flash: boolean): Promise<void> {
  const [there, processor] = [
    new GraphSessions(model, defaultThreads(), provider, flash),
    new GraphSessions(model, defaultThreads()),
  ];
  try {
    for (const window of [null, { sinks: 4, recent: 24 }]) {
      const [found, expected] = [await read(there, model, window), await read(processor, model, window)];
      for (const [i, one] of expected.entries()) {
        const worst = one.reduce((most, x, at) => worse(most, Math.abs(x - (found[i]?.[at] ?? Number.NaN))), 0);
        if (!(worst <= decoderTolerance)) throw new Error(`a small decoder's logits are wrong by ${String(worst)}`);
      }
    }
  } finally {
    await there.release();
    await processor.release();
  }
}

function worse(most: number, error: number): number {
  return error <= most ? most : error;
}

/** Logits of a prompt's last token and of some after it. */
async function read(
  sessions: GraphSessions,
  { hyperparameters }: TrialModel,
  window: CacheWindow | null,
): Promise<Float32Array[]> {
  const state = Inference.create(sessions, hyperparameters, { exact: true });
  const ids = Array.from({ length: promptTokens + 3 }, (_, i) => (i * 89) % hyperparameters.vocabulary);
  const prompt = ids.slice(0, promptTokens);
  state.begin(prompt, { rope: null, window, length: ids.length });
  const logits = [await state.step(prompt, 'last')];
  for (const id of ids.slice(promptTokens)) logits.push(await state.step([id], 'last'));
  state.dispose();
  return logits;
}

async function timeDecoder(model: TrialModel, provider: Provider, flash: boolean): Promise<ProviderSpeed> {
  const sessions = new GraphSessions(model, defaultThreads(), provider, flash);
  try {
    const state = Inference.create(sessions, model.hyperparameters);
    const ids = Array.from({ length: timedPrefill }, (_, i) => (i * 89) % model.hyperparameters.vocabulary);
    state.begin(ids, { rope: null, window: null, length: 2048 });
    await state.step(ids, 'last');
    const prefillMs = await bestOf(2, () => state.step(ids, 'last'));
    await state.step([1], 'last');
    const decodeMs = await bestOf(timedSteps, () => state.step([1], 'last'));
    state.dispose();
    return { decodeMs, prefillMs };
  } finally {
    await sessions.release();
  }
}

function inMs(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}

async function isRight(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch {
    // Wrong numbers and refused graphs come to the same: it is not used.
    return false;
  }
}

async function bestOf(times: number, work: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const started = performance.now();
    await work();
    best = Math.min(best, performance.now() - started);
  }
  return best;
}
