/**
 * What the reuse of keys and values comes to for one question: the time to the first token and how far the tokens agree, for every way
 * of joining chunks, beside a full prefill of the same text.
 */
import { throwIfCancelled, yieldToEventLoop } from '../../base/cancellation.ts';
import { floatsOfParts } from '../cache/cache-rows.ts';
import { readPrompt } from '../generate/reread-steps.ts';
import type { PrefixCache } from '../prefix-cache/prefix-cache.ts';
import { joinChunks, readChunk } from '../reuse/joined-chunks.ts';
import { type Repair, deviationOf } from '../reuse/repair.ts';
import { bestId } from '../sampling/top-logits.ts';
import type { Inference, KvRun } from '../step/inference.ts';

export interface ReuseQuestion {
  /** What comes before every chunk. */
  readonly prefix: readonly number[];
  readonly chunks: readonly (readonly number[])[];
  /** The question, up to where the answer begins. */
  readonly tail: readonly number[];
}

/** All but `naive` join chunks that were read behind the prefix. */
const repairs: Readonly<Record<string, Repair>> = {
  naive: { kind: 'none' },
  ...Object.fromEntries(
    [0, 2, 8, 16, 32].map((tokens) => [`legolink-${String(tokens)}`, { kind: 'first', tokens } as const]),
  ),
  ...Object.fromEntries(
    [5, 15, 30, 100].map((share) => [`cacheblend-${String(share)}`, { kind: 'furthest', share: share / 100 } as const]),
  ),
  ape: { kind: 'stacked', temperature: 0.9 },
};

/** To a first token: time, and what all processors together spent, which other programs change less. */
export interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

export interface CaseFigures extends Cost {
  /** Share of tokens at which it prefers what a full prefill prefers, each behind what that one wrote. */
  readonly agreement: number;
  /** Tokens of the chunks that were computed again. */
  readonly computed: number;
}

/** Tokens of the answer that are compared. */
const comparedTokens = 32;
/** The layer whose values tell how far a token is off: the first one that has seen other tokens. */
const checkLayer = 1;

/**
 * @param state of its own cache; what it held is forgotten
 * @param names of `reuseCaseNames`
 * @param open a cache of prompts, as a process that has just started has it
 * @throws LS3002, CancelledError
 */
export async function measureQuestion(
  state: Inference,
  { prefix, chunks, tail }: ReuseQuestion,
  names: readonly string[],
  open: () => PrefixCache,
  onCase: (name: string) => void,
  signal: AbortSignal,
): Promise<{ readonly full: Cost; readonly cases: Readonly<Record<string, CaseFigures>> }> {
  const whole = [...prefix, ...chunks.flat(), ...tail];
  const begin = (): void => {
    state.reset();
    state.begin(whole, { rope: null, window: null, length: whole.length + comparedTokens });
  };
  onCase('full');
  begin();
  const [first, full] = await timed(async () =>
    bestId(await readPrompt(state, whole, 0, () => undefined, signal), null),
  );
  const read = await state.take(prefix.length, chunks.flat());
  const fullValues = valuesOf(state, read);
  const written = await write(state, first, signal);
  state.rewind(written.length - 1);
  const expected = [first, ...(await preferred(state, written))];

  // Once, as at an earlier question: these are on the disk from then on.
  onCase('chunks');
  const keeper = open();
  for (const behind of names.includes('naive') ? [[], prefix] : [prefix]) {
    begin();
    if (behind.length > 0) {
      await readPrompt(state, behind, 0, () => undefined, signal);
      await (await keeper.restore(state, [...behind, 0], signal))?.keep(true);
    }
    for (const chunk of chunks) await readChunk(state, chunk, keeper, signal);
  }
  await keeper.settled();

  const cases: Record<string, CaseFigures> = {};
  for (const name of names) {
    const repair = repairs[name];
    if (!repair) throw new RangeError(`${name} is no case`);
    throwIfCancelled(signal);
    onCase(name);
    begin();
    const cache = open();
    const [runs, reading] = await timed(async () => {
      const read: KvRun[] = [];
      if (name === 'naive') for (const chunk of chunks) read.push(await readChunk(state, chunk, cache, signal));
      await cache.restore(state, [...prefix, 0], signal);
      if (state.length < prefix.length) await readPrompt(state, prefix, state.length, () => undefined, signal);
      if (name !== 'naive') for (const chunk of chunks) read.push(await readChunk(state, chunk, cache, signal));
      return read;
    });
    const deviation =
      repair.kind === 'furthest'
        ? Float64Array.from(runs.flatMap((run, i) => [...deviationIn(state, run, fullValues, offsetOf(chunks, i))]))
        : null;
    const [{ best, computed }, joining] = await timed(async () => {
      const joined = await joinChunks(state, runs, tail, repair, deviation, signal);
      return { best: bestId(joined.logits, null), computed: joined.computed };
    });
    const tokens = [best, ...(await preferred(state, written))];
    cases[name] = {
      ms: reading.ms + joining.ms,
      cpuMs: reading.cpuMs + joining.cpuMs,
      agreement: equalShare(expected, tokens),
      computed,
    };
    await cache.settled();
    await yieldToEventLoop();
  }
  return { full, cases };
}

export interface FollowUpFigures {
  readonly full: Cost;
  readonly follow: Cost;
  /** Tokens that came from the disk, and that were computed. */
  readonly restored: number;
  readonly computed: number;
  /** As of a case. */
  readonly agreement: number;
}

/** A prompt and its continuation, in a process that has read the one and in another that reads the other. */
export async function measureFollowUp(
  states: readonly [Inference, Inference],
  prompt: readonly number[],
  follow: readonly number[],
  open: () => PrefixCache,
  signal: AbortSignal,
): Promise<FollowUpFigures> {
  const whole = [...prompt, ...follow];
  const scheme = { rope: null, window: null, length: whole.length + comparedTokens };
  const [before, after] = states;
  before.begin(whole, scheme);
  const [, first] = await timed(() => readPrompt(before, prompt, 0, () => undefined, signal));
  const keeper = open();
  await (await keeper.restore(before, [...prompt, 0], signal))?.keep(true);
  await keeper.settled();
  const [started, rest] = await timed(async () =>
    bestId(await readPrompt(before, whole, prompt.length, () => undefined, signal), null),
  );
  const written = await write(before, started, signal);
  before.rewind(written.length - 1);
  const expected = [started, ...(await preferred(before, written))];
  const [{ best, restored }, cost] = await timed(async () => {
    after.begin(whole, scheme);
    const taken = (await open().restore(after, whole, signal))?.restored ?? 0;
    return { restored: taken, best: bestId(await readPrompt(after, whole, taken, () => undefined, signal), null) };
  });
  const tokens = [best, ...(await preferred(after, written))];
  return {
    full: { ms: first.ms + rest.ms, cpuMs: first.cpuMs + rest.cpuMs },
    follow: cost,
    restored,
    computed: whole.length - restored,
    agreement: equalShare(expected, tokens),
  };
}

/** Reads and writes a little: what is set up once is no part of what is measured. */
export async function warmUp(state: Inference, ids: readonly number[], signal: AbortSignal): Promise<void> {
  state.begin(ids, { rope: null, window: null, length: ids.length + comparedTokens });
  await write(state, bestId(await readPrompt(state, ids, 0, () => undefined, signal), null), signal);
}

async function timed<T>(work: () => Promise<T>): Promise<[T, Cost]> {
  const before = process.cpuUsage();
  const started = performance.now();
  const done = await work();
  const ms = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  return [done, { ms, cpuMs: (user + system) / 1000 }];
}

/** Greedily, behind what the state holds and a first token. */
async function write(state: Inference, first: number, signal: AbortSignal): Promise<number[]> {
  const written = [first];
  while (written.length < comparedTokens) {
    throwIfCancelled(signal);
    written.push(bestId(await state.step(written.slice(-1), 'last'), null));
  }
  return written;
}

/** What the state prefers behind each of the tokens but the last, which are read in one pass. */
async function preferred(state: Inference, written: readonly number[]): Promise<number[]> {
  const given = written.slice(0, -1);
  const logits = await state.step(given, 'all');
  const vocabulary = logits.length / given.length;
  return given.map((_, t) => bestId(logits.subarray(t * vocabulary, (t + 1) * vocabulary), null));
}

function equalShare(expected: readonly number[], tokens: readonly number[]): number {
  return expected.filter((id, i) => tokens[i] === id).length / expected.length;
}

function valuesOf({ cache: { type, shape } }: Inference, { rows }: KvRun): Float32Array {
  return floatsOfParts(type, shape, rows.layers[checkLayer]?.v ?? [], rows.count);
}

function deviationIn(state: Inference, run: KvRun, fullValues: Float32Array, offset: number): Float64Array {
  const values = valuesOf(state, run);
  const width = values.length / run.ids.length;
  const full = fullValues.subarray(offset * width, offset * width + values.length);
  return deviationOf(values, full, run.ids.length);
}

function offsetOf(chunks: readonly (readonly number[])[], index: number): number {
  return chunks.slice(0, index).reduce((sum, { length }) => sum + length, 0);
}
