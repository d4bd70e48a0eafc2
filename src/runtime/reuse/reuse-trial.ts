/**
 * Tries each form of reuse once for a model: questions over sources of the reading test are read in full and by that form, and the
 * tokens that the model then prefers are compared, each behind what it wrote after the full prefill.
 */
import { throwIfCancelled } from '../../base/cancellation.ts';
import { floatsOfParts, partsOfFloats } from '../cache/cache-rows.ts';
import type { CacheStore, StoredRows } from '../cache/cache-store.ts';
import { readPrompt } from '../generate/reread-steps.ts';
import {
  type StoredIdentity,
  decodeSegment,
  encodeSegment,
  keyOf,
  longestSegment,
  rootKey,
} from '../prefix-cache/segment-file.ts';
import { bestId } from '../sampling/top-logits.ts';
import type { Inference, KvRun } from '../step/inference.ts';
import { joinChunks, readChunk } from './joined-chunks.ts';
import { readAroundMoved, takeMoved } from './moved-runs.ts';
import type { PromptParts } from './prompt-parts.ts';
import { answerRepair } from './repair.ts';
import type { ReuseForm, ReuseVerdict } from './reuse-verdict.ts';

/** Tokens of the answer that are compared. */
const comparedTokens = 32;
const forms: readonly ReuseForm[] = ['coarse', 'moved', 'joined'];

/**
 * @param state of its own cache; what it held is forgotten
 * @param onProgress told how many readings are done, and of how many
 * @throws LS3002, CancelledError
 */
export async function tryReuse(
  state: Inference,
  questions: readonly PromptParts[],
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<ReuseVerdict> {
  const compared: Record<ReuseForm, Comparison[]> = { coarse: [], moved: [], joined: [] };
  const total = questions.length * (1 + forms.length);
  for (const [i, parts] of questions.entries()) {
    const full = await readFull(state, parts, signal);
    for (const [at, form] of forms.entries()) {
      throwIfCancelled(signal);
      onProgress(i * (1 + forms.length) + 1 + at, total);
      begin(state, parts);
      compared[form].push(...(await tried(form, state, parts, full, signal)));
    }
    onProgress((i + 1) * (1 + forms.length), total);
  }
  state.reset();
  return {
    tokens: questions.length * comparedTokens,
    coarse: summary(compared.coarse),
    moved: summary(compared.moved),
    joined: summary(compared.joined),
  };
}

async function tried(
  form: ReuseForm,
  state: Inference,
  parts: PromptParts,
  full: FullReading,
  signal: AbortSignal,
): Promise<Comparison[]> {
  try {
    const first = await readers[form](state, parts, full, signal);
    return compare(full.logits, await logitsBehind(state, first, full.written));
  } catch (error) {
    // Not every cache can replace rows, nor every model be read so.
    if (error instanceof RangeError) return full.logits.map(() => failed);
    throw error;
  }
}

interface FullReading {
  readonly run: KvRun;
  readonly written: readonly number[];
  /** Behind the prompt and each token written but the last. */
  readonly logits: readonly Float32Array[];
}

async function readFull(state: Inference, parts: PromptParts, signal: AbortSignal): Promise<FullReading> {
  const ids = idsOf(parts);
  begin(state, parts);
  const first = Float32Array.from(await readPrompt(state, ids, 0, () => undefined, signal));
  const run = await state.take(0, ids.slice(0, -parts.tail.length));
  const written = [bestId(first, null)];
  while (written.length < comparedTokens) {
    throwIfCancelled(signal);
    written.push(bestId(await state.step(written.slice(-1), 'last'), null));
  }
  state.rewind(written.length - 1);
  return { run, written, logits: await logitsBehind(state, first, written) };
}

/** Reads a prompt by a form of reuse: logits behind its last token. */
type Reader = (state: Inference, parts: PromptParts, full: FullReading, signal: AbortSignal) => Promise<Float32Array>;

const readers: Readonly<Record<ReuseForm, Reader>> = {
  coarse: async (state, parts, { run }, signal) => {
    state.place(coarsely(state, run));
    return readPrompt(state, idsOf(parts), run.ids.length, () => undefined, signal);
  },
  moved: async (state, parts, _full, signal) => {
    const ids = idsOf(parts);
    const other = idsOf({ ...parts, chunks: parts.chunks.toReversed() });
    await readPrompt(state, other, 0, () => undefined, signal);
    const runs = await takeMoved(state, ids);
    const held = state.begin(ids, schemeOf(parts), true);
    const around = await readAroundMoved(state, ids, runs, held, () => undefined, signal);
    return readPrompt(state, ids, around.held, () => undefined, signal);
  },
  joined: async (state, { prefix, chunks, tail }, _full, signal) => {
    await readPrompt(state, prefix, 0, () => undefined, signal);
    const runs: KvRun[] = [];
    for (const chunk of chunks) runs.push(await readChunk(state, chunk, null, signal));
    return (await joinChunks(state, runs, tail, answerRepair, null, signal)).logits;
  },
};

/** The run as it comes back from segments that were written coarsely. */
function coarsely(state: Inference, { ids, rows }: KvRun): KvRun {
  const { identity, cache } = state;
  if (!identity) throw new RangeError('a text that was read as a whole has an identity');
  const stored: StoredIdentity = { ...identity, precision: 'coarse', moved: false };
  const { width, floats } = floatsOfRows(cache, rows);
  const back = floats.map(({ k, v }) => ({ k: new Float32Array(k.length), v: new Float32Array(v.length) }));
  let parent = rootKey(stored);
  for (let from = 0; from < ids.length; from += longestSegment) {
    const some = ids.slice(from, from + longestSegment);
    const [start, end] = [from * width, (from + some.length) * width];
    const layers = floats.map(({ k, v }) => ({ k: k.subarray(start, end), v: v.subarray(start, end) }));
    const segment = decodeSegment(encodeSegment(parent, some, layers, stored), stored);
    for (const [i, { k, v }] of (segment?.rows(0, some.length) ?? []).entries()) {
      back[i]?.k.set(k, start);
      back[i]?.v.set(v, start);
    }
    parent = keyOf(parent, some);
  }
  const { type, shape } = cache;
  const layers = back.map(({ k, v }) => ({
    k: partsOfFloats(type, shape, k, ids.length),
    v: partsOfFloats(type, shape, v, ids.length),
  }));
  return { ids, rows: { count: ids.length, layers } };
}

function floatsOfRows(
  { type, shape }: CacheStore,
  { count, layers }: StoredRows,
): { readonly width: number; readonly floats: readonly { readonly k: Float32Array; readonly v: Float32Array }[] } {
  return {
    width: shape.kvHeads * shape.headSize,
    floats: layers.map(({ k, v }) => ({
      k: floatsOfParts(type, shape, k, count),
      v: floatsOfParts(type, shape, v, count),
    })),
  };
}

function begin(state: Inference, parts: PromptParts): void {
  state.reset();
  state.begin(idsOf(parts), schemeOf(parts));
}

function schemeOf(parts: PromptParts): { rope: null; window: null; length: number } {
  return { rope: null, window: null, length: idsOf(parts).length + comparedTokens };
}

function idsOf({ prefix, chunks, tail }: PromptParts): readonly number[] {
  return [...prefix, ...chunks.flat(), ...tail];
}

/** @param first logits behind the prompt */
async function logitsBehind(
  state: Inference,
  first: Float32Array,
  written: readonly number[],
): Promise<readonly Float32Array[]> {
  const before = Float32Array.from(first);
  const given = written.slice(0, -1);
  const logits = await state.step(given, 'all');
  const vocabulary = logits.length / given.length;
  return [before, ...given.map((_, t) => logits.slice(t * vocabulary, (t + 1) * vocabulary))];
}

interface Comparison {
  readonly isSame: boolean;
  readonly divergence: number;
  readonly off: number;
}

const failed: Comparison = { isSame: false, divergence: 0, off: 0 };

function compare(expected: readonly Float32Array[], logits: readonly Float32Array[]): Comparison[] {
  return expected.map((p, t): Comparison => {
    const q = logits[t] ?? new Float32Array(0);
    const [logP, logQ] = [logSumOf(p), logSumOf(q)];
    let divergence = 0;
    let off = 0;
    for (const [i, value] of p.entries()) {
      const other = q[i] ?? 0;
      divergence += Math.exp(value - logP) * (value - logP - other + logQ);
      off = Math.max(off, Math.abs(value - other));
    }
    return { isSame: bestId(p, null) === bestId(q, null), divergence, off };
  });
}

function logSumOf(logits: Float32Array): number {
  const most = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  return most + Math.log(logits.reduce((sum, value) => sum + Math.exp(value - most), 0));
}

function summary(compared: readonly Comparison[]): ReuseVerdict[ReuseForm] {
  const mean = (of: (one: Comparison) => number): number =>
    compared.reduce((sum, one) => sum + of(one), 0) / Math.max(compared.length, 1);
  return {
    agreement: mean(({ isSame }) => (isSame ? 1 : 0)),
    divergence: mean(({ divergence }) => divergence),
    off: compared.reduce((most, { off }) => Math.max(most, off), 0),
  };
}
