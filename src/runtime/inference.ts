/**
 * A decoder's state between steps: one sequence of tokens in a KV cache, where it stands, and which graph its next tokens go through.
 *
 * Positions are those in the cache: with a window (S sinks, R recent) at most S + R tokens stay between steps, and what is behind a
 * forgotten token moves up. Several states may share one cache: a fork copies nothing, and states that share one can be computed in one
 * pass.
 */
import { createHash } from 'node:crypto';
import { Tensor } from 'onnxruntime-node';
import { z } from 'zod';
import { fault } from '../base/errors.ts';
import type { CacheType, GraphSpec } from '../models/architectures/graph-spec.ts';
import type { Hyperparameters } from '../models/architectures/hyperparameters.ts';
import { alibiSlopes } from './biases/alibi.ts';
import { type CacheLayout, loadRows, saveRows } from './cache-file.ts';
import { ConsumedIds } from './consumed-ids.ts';
import type { CacheWindow } from './decoder.ts';
import type { GraphSessions } from './graph-sessions.ts';
import type { CacheStore, StoredRows } from './cache-store.ts';
import { KvCache } from './kv-cache.ts';
import { memberMask } from './masks.ts';
import { full, rotationInputs } from './positions/full.ts';
import { PositionTensors } from './positions/position-tensors.ts';
import type { PositionRule, StepContext, StepPlan } from './positions/position-rule.ts';
import { planVerify } from './positions/verify.ts';
import { sinksWindow } from './positions/sinks-window.ts';
import { type RopeScaling, type SlopeRule, parseRope } from './rope/specification.ts';
import { RopeTables } from './rope/tables.ts';
import { PageIndex } from './retrieval/page-index.ts';
import type { RetrievalRule } from './retrieval/retrieval-rule.ts';
import { Sequence } from './sequence.ts';
import { DeviceCache } from './webgpu/device-cache.ts';

/** How positions and the cache are handled; states of different schemes do not mix. */
export interface CacheScheme {
  /** null: what the model's file declares. */
  readonly rope: RopeScaling | null;
  /** null: everything stays. */
  readonly window: CacheWindow | null;
  /** Instead of plain positions, or sinks + window where there is a window. */
  readonly rule?: PositionRule;
  /** Of models with ALiBi; null and absent: what they were trained with. */
  readonly slopes?: SlopeRule | null;
  /** Which part of the cache single tokens look at, with the rule that plans for it; null and absent: all of it. */
  readonly retrieval?: RetrievalRule | null;
  /** Tokens in all that the request may reach; dynamic scalings follow it. */
  readonly length: number;
}

export interface InferenceOptions {
  /** Computes single tokens with float32 activations too; slower. */
  readonly exact?: boolean;
  readonly cache?: CacheType;
}

/** Ready-made keys and values of some tokens. */
export interface KvRun {
  readonly ids: readonly number[];
  readonly rows: StoredRows;
}

/** What states that share a cache have in common. */
interface Shared {
  readonly sessions: GraphSessions;
  readonly h: Hyperparameters;
  readonly exact: boolean;
  readonly cache: CacheStore;
  readonly tensors: PositionTensors;
}

const tokenNumber = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const savedState = z.object({
  consumed: z.array(tokenNumber),
  positions: z.array(tokenNumber),
  evicted: z.boolean(),
  promptLength: z.int().min(0),
  window: z.object({ sinks: z.int().min(0), recent: z.int().min(1) }).nullable(),
  rule: z.string(),
  rotation: z.string(),
});

/** Most tokens a prefill slice: larger ones gain little speed and make a cancellation wait. */
const longestSlice = 256;
/** Most bytes of attention scores (a layer's) and logits a slice may need. */
const sliceBytes = 64 * 1024 * 1024;

export class Inference {
  readonly #shared: Shared;
  readonly #sequence: Sequence;
  readonly #consumed: ConsumedIds;
  /** True once something was forgotten from the middle: the state is then good for a continuation and nothing else. */
  #evicted = false;
  #promptLength = 0;
  #window: CacheWindow | null = null;
  #rule: PositionRule = full;
  #rotation = '';
  #tables: readonly (RopeTables | null)[] = [];
  /** One a head, for models with ALiBi. */
  #slopes: Tensor | null = null;
  /** Summaries of the cached keys, where a part of them is looked at. */
  #pages: PageIndex | null = null;

  private constructor(shared: Shared, sequence: Sequence, consumed: ConsumedIds) {
    this.#shared = shared;
    this.#sequence = sequence;
    this.#consumed = consumed;
  }

  /** An empty state over a cache of its own. */
  static create(
    sessions: GraphSessions,
    h: Hyperparameters,
    { exact = false, cache: type = 'f32' }: InferenceOptions = {},
  ): Inference {
    const shape = { kvHeads: h.kvHeads, headSize: h.headSize };
    const cache = sessions.keepsOnDevice
      ? new DeviceCache(h.layers, shape, type, sessions)
      : new KvCache(h.layers, shape, type);
    const shared: Shared = { sessions, h, exact, cache, tensors: new PositionTensors() };
    return new Inference(shared, new Sequence(cache), new ConsumedIds());
  }

  /** Tokens held. */
  get length(): number {
    return this.#sequence.length;
  }

  /** Position of each token held. */
  get positions(): readonly number[] {
    return this.#sequence.positions;
  }

  get cache(): CacheStore {
    return this.#shared.cache;
  }

  /**
   * Turns the state towards a new prompt: keeps what it has in common with the tokens consumed so far and forgets the rest.
   * The prompt's last token is always left to compute, for its logits.
   * @returns how many tokens of the prompt are in the cache already
   */
  begin(prompt: readonly number[], scheme: CacheScheme): number {
    this.#promptLength = prompt.length;
    const rule = scheme.rule ?? (scheme.window ? sinksWindow(scheme.window) : full);
    const sameWindow = this.#window?.sinks === scheme.window?.sinks && this.#window?.recent === scheme.window?.recent;
    const plain = (name: string): boolean => name === full.name || name.startsWith('sinks ');
    const sameRule = rule.name === this.#rule.name || (plain(rule.name) && plain(this.#rule.name));
    this.#turn(scheme, !sameRule);
    this.#rule = rule;
    this.#pages = this.#pagesFor(scheme.retrieval ?? null);
    let common = this.#consumed.commonWith(prompt, prompt.length - 1);
    // Once something was evicted, the state is good for a continuation of all of it and for nothing else.
    if (this.#evicted && (!sameWindow || common < this.#consumed.length)) common = 0;
    this.#window = scheme.window;
    // Without evictions what is cached holds under any window that has not slid past it yet.
    if (!this.#evicted && scheme.window) common = Math.min(common, scheme.window.sinks + scheme.window.recent);
    if (common === 0) this.reset();
    else if (!this.#evicted) this.rewind(this.#consumed.length - common);
    return common;
  }

  /** Forgets everything. */
  reset(): void {
    this.#sequence.evict(0, this.#sequence.length, false);
    this.#consumed.truncate(0);
    this.#pages?.truncate(0);
    this.#evicted = false;
  }

  /** Whether the last `count` tokens can be forgotten as if they had never come. */
  canRewind(count: number): boolean {
    return count === 0 || (!this.#evicted && count <= this.#sequence.length);
  }

  /** Forgets the last `count` tokens. @throws RangeError when what came before them is no longer whole */
  rewind(count: number): void {
    if (!this.canRewind(count)) throw new RangeError('what stood before those tokens was evicted');
    this.#sequence.evict(this.#sequence.length - count, count, false);
    this.#consumed.truncate(this.#consumed.length - count);
    this.#pages?.truncate(this.#sequence.length);
  }

  /**
   * Forgets tokens in the middle.
   * @param ranges of the tokens held, by their index; ascending and apart
   * @param close whether what is behind moves up, as after a window's eviction
   */
  evict(ranges: readonly { readonly from: number; readonly count: number }[], close = true): void {
    for (const { from, count } of ranges.toReversed()) {
      this.#sequence.evict(from, count, close);
      this.#pages?.truncate(from);
      if (count > 0) this.#evicted = true;
    }
  }

  /** Another state that has read the same, over the same cache; what they share is not copied. */
  fork(): Inference {
    const forked = new Inference(this.#shared, this.#sequence.fork(), this.#consumed.copy());
    forked.#evicted = this.#evicted;
    forked.#promptLength = this.#promptLength;
    forked.#window = this.#window;
    forked.#rule = this.#rule;
    forked.#rotation = this.#rotation;
    forked.#tables = this.#tables;
    forked.#slopes = this.#slopes;
    forked.#pages = this.#pages && new PageIndex(this.#shared.h, this.#pages.rule, this.#tables);
    return forked;
  }

  /** An empty state over the same cache and scheme. */
  sibling(): Inference {
    const made = this.fork();
    made.reset();
    return made;
  }

  /** Gives the rows back to the cache; the state must not be used again. */
  dispose(): void {
    this.#sequence.dispose();
  }

  /** A copy of the keys and values of tokens that are held, from the `from`-th on. */
  async take(from: number, ids: readonly number[]): Promise<KvRun> {
    const rows = this.#sequence.rows.slice(from, from + ids.length);
    if (rows.length < ids.length) throw new RangeError('so many tokens are not held');
    return { ids, rows: await this.#shared.cache.take(rows) };
  }

  /**
   * Puts ready-made keys and values behind what is held, as if their tokens had been read there.
   * @param at position of the run's first token; without it, where the next token would stand
   */
  place(run: KvRun, at = this.#sequence.nextPosition): void {
    const rows = this.#shared.cache.put(run.rows);
    this.#sequence.adopt(
      rows,
      rows.map((_, i) => at + i),
    );
    this.#consumed.push(run.ids);
  }

  /**
   * Writes the state to a file, to be taken up again by {@link load}.
   * @throws LS2005, LS2006 when it cannot be written; CancelledError
   */
  async save(file: string, signal?: AbortSignal): Promise<void> {
    const { rows, positions } = this.#sequence;
    const state: z.input<typeof savedState> = {
      consumed: this.#consumed.toArray(),
      positions: [...positions],
      evicted: this.#evicted,
      promptLength: this.#promptLength,
      window: this.#window,
      rule: this.#rule.name,
      rotation: createHash('sha256').update(this.#rotation).digest('hex'),
    };
    await saveRows(file, this.#layout(), { state, rows: await this.#shared.cache.take(rows) }, signal);
  }

  /**
   * Takes up a saved state in place of this one.
   * @param scheme the one it was computed under
   * @throws LS3008 when the file is damaged, of another model, another cache type or another scheme; CancelledError. This state is then
   * as it was
   */
  async load(file: string, scheme: CacheScheme, signal?: AbortSignal): Promise<void> {
    const { state, rows } = await loadRows(file, this.#layout(), signal);
    const parsed = savedState.safeParse(state);
    const { vocabulary } = this.#shared.h;
    if (
      !parsed.success ||
      parsed.data.positions.length !== rows.count ||
      parsed.data.consumed.some((id) => id >= vocabulary)
    )
      throw fault('LS3008', `${file} is damaged`);
    const saved = parsed.data;
    const fresh = this.sibling();
    fresh.begin([0], scheme);
    const rotation = createHash('sha256').update(fresh.#rotation).digest('hex');
    const sameWindow = saved.window?.sinks === scheme.window?.sinks && saved.window?.recent === scheme.window?.recent;
    const sameScheme = saved.rule === fresh.#rule.name && saved.rotation === rotation && sameWindow;
    fresh.dispose();
    if (!sameScheme) throw fault('LS3008', `${file} was read with other positions`);
    this.begin([0], scheme);
    this.reset();
    this.#sequence.adopt(this.#shared.cache.put(rows), saved.positions);
    this.#consumed.push(saved.consumed);
    this.#evicted = saved.evicted;
    this.#promptLength = saved.promptLength;
  }

  #layout(): CacheLayout {
    const { h, cache, sessions } = this.#shared;
    return { model: sessions.modelKey, type: cache.type, layers: h.layers, shape: cache.shape };
  }

  /** How many tokens the next slice should have at most. @param want as in {@link step} */
  sliceLength(want: 'last' | 'all'): number {
    const { heads, vocabulary } = this.#shared.h;
    const numbers = heads * (this.#sequence.length + longestSlice) + (want === 'all' ? vocabulary : 0);
    return Math.max(1, Math.min(longestSlice, Math.floor(sliceBytes / (numbers * Float32Array.BYTES_PER_ELEMENT))));
  }

  /**
   * Computes the next tokens and keeps their keys and values.
   * @param ids the next tokens, at most {@link sliceLength} of them
   * @param want logits of the last token, of every one, or of those of these indexes
   * @returns float32 [1 or ids.length, vocabulary]
   * @throws LS3002
   */
  async step(ids: readonly number[], want: 'last' | 'all' | readonly number[]): Promise<Float32Array> {
    const { cache } = this.#shared;
    if (!cache.isDense) await cache.compact();
    const count = ids.length;
    if (count > 1 && this.#slides(count) && !this.#sinksComeFirst()) return this.#oneByOne(ids, want);
    if (this.#pages && this.#isSingle(count)) await this.#summarise(this.#pages);
    const sequence = this.#sequence;
    // Rows of other states lie between this one's.
    const isMixed = !sequence.fillsCache && !(sequence.isOrdered && cache.feedsParts);
    const { plans, from } = this.#plan(count, isMixed);
    const outputs = await this.#run(
      ids,
      rowsOf(want, count),
      plans,
      (group) => from[group] ?? 0,
      isMixed ? cache.end : sequence.length,
    );
    this.#keep(ids, range(0, count), outputs);
    return floats(outputs, 'logits');
  }

  /**
   * Whether the next `count` tokens can be computed together as they would be one by one, and be forgotten again: a sequence at
   * plain positions in a float32 cache of the processor's, of which nothing was evicted or would be.
   */
  canVerify(count: number): boolean {
    const { cache, sessions, h } = this.#shared;
    const { length, nextPosition, isOrdered } = this.#sequence;
    if (sessions.keepsOnDevice || cache.type !== 'f32' || h.alibi || this.#evicted || !isOrdered) return false;
    if (length === 0 || nextPosition !== length || this.#consumed.length < this.#promptLength) return false;
    const isPlain = this.#rule.name === full.name || this.#rule.name.startsWith('sinks ');
    if (!isPlain || (this.#window && length + count > this.#window.sinks + this.#window.recent)) return false;
    return h.attentionGroups.every(({ window }) => window === null || length + count <= window);
  }

  /**
   * As {@link step} with every token's logits, but each to the last bit as single steps would give them, where ONNX Runtime's
   * kernels allow it.
   * @throws RangeError when {@link canVerify} says no; LS3002
   */
  async verify(ids: readonly number[]): Promise<Float32Array> {
    if (!this.canVerify(ids.length)) throw new RangeError('these tokens must be computed one by one');
    const { cache, h, tensors } = this.#shared;
    if (!cache.isDense) await cache.compact();
    const { positions, nextPosition, length } = this.#sequence;
    const queries = range(nextPosition, nextPosition + ids.length);
    const plans = h.attentionGroups.map((group, index) => {
      const tables = this.#tables[index] ?? null;
      return planVerify({
        h,
        group,
        queries,
        cached: positions,
        inOrder: true,
        single: true,
        pages: 0,
        tables,
        tensors,
      });
    });
    const outputs = await this.#run(ids, range(0, ids.length), plans, () => 0, length);
    this.#keep(ids, range(0, ids.length), outputs);
    return floats(outputs, 'logits');
  }

  /** Whether some of so many new tokens stand further than the whole window behind the first token. */
  #slides(count: number): boolean {
    return this.#window !== null && this.#sequence.nextPosition + count - 1 > this.#window.sinks + this.#window.recent;
  }

  /** Whether the sinks are the first rows of the cache, as the graph for many tokens past the window wants them. */
  #sinksComeFirst(): boolean {
    const { rows, cache } = this.#sequence;
    const sinks = this.#window?.sinks ?? 0;
    return rows.length === 0 ? cache.end === 0 || sinks === 0 : rows.slice(0, sinks).every((row, i) => row === i);
  }

  async #oneByOne(ids: readonly number[], want: 'last' | 'all' | readonly number[]): Promise<Float32Array> {
    const wanted = rowsOf(want, ids.length);
    const { vocabulary } = this.#shared.h;
    const logits = new Float32Array(wanted.length * vocabulary);
    for (const [t, id] of ids.entries()) {
      const row = await this.step([id], 'last');
      const at = wanted.indexOf(t);
      if (at >= 0) logits.set(row, at * vocabulary);
    }
    return logits;
  }

  /**
   * The plan of every group, and from which cached row on each is fed.
   * @param isMixed whether rows of other states are among those that are fed; the masks hide them
   */
  #plan(count: number, isMixed: boolean): { plans: readonly StepPlan[]; from: readonly number[] } {
    const { h, cache, tensors } = this.#shared;
    const sequence = this.#sequence;
    const next = sequence.nextPosition;
    const queries = range(next, next + count);
    const ordered = sequence.isOrdered && !isMixed;
    const byRow = ordered ? sequence.positions : positionsByRow(sequence);
    const inOrder = ordered && (byRow.length === 0 || (byRow.at(-1) ?? 0) - (byRow[0] ?? 0) === byRow.length - 1);
    const partly = ordered && cache.feedsParts;
    const from = h.attentionGroups.map(({ window }) =>
      window !== null && partly ? firstWithin(byRow, next - window) : 0,
    );
    const contexts = (single: boolean): StepContext[] =>
      h.attentionGroups.map((group, index) => ({
        h,
        group,
        queries,
        cached: (from[index] ?? 0) > 0 ? byRow.slice(from[index]) : byRow,
        inOrder,
        single,
        pages: single && this.#pages?.length === byRow.length ? this.#pages.pages : 0,
        tables: this.#tables[index] ?? null,
        tensors,
      }));
    // The decode graph has no mask: a group's window must be what is fed.
    const windowed = h.attentionGroups.some(({ window }) => window !== null && !partly && window <= next);
    const single = contexts(this.#isSingle(count) && !windowed && !isMixed).map((context) => this.#rule.plan(context));
    const agree = single.every(({ form }) => form === single[0]?.form);
    const plans = agree ? single : contexts(false).map((context) => this.#rule.plan(context));
    if (isMixed) for (const { inputs } of plans) hideOthers(sequence, inputs['mask']);
    return { plans, from };
  }

  /** What is there is kept when it was made by the same rule; whoever forgets tokens shortens it. */
  #pagesFor(rule: RetrievalRule | null): PageIndex | null {
    const { h, sessions } = this.#shared;
    if (!rule) return null;
    if (sessions.keepsOnDevice)
      throw fault('LS3005', `${rule.name} needs the cache in memory, and here it is on the device`);
    return this.#pages?.isOf(rule, this.#tables) ? this.#pages : new PageIndex(h, rule, this.#tables);
  }

  /** Brings the summaries up to what is cached; they are of consecutive rows, so without these there are none. */
  async #summarise(pages: PageIndex): Promise<void> {
    const { rows, positions, length, isOrdered } = this.#sequence;
    if (!isOrdered || length < pages.rule.from) return;
    const { cache } = this.#shared;
    while (pages.length < length) {
      const [from, to] = [pages.length, Math.min(length, pages.length + longestSlice)];
      pages.append(positions.slice(from, to), await cache.take(rows.slice(from, to)), cache.type);
    }
  }

  /** A single token that ends a prompt goes where the rest of it went: the decode graph rounds activations. */
  #isSingle(count: number): boolean {
    if (count !== 1 || this.#sequence.length === 0) return false;
    const slides = this.#window !== null && this.#consumed.length > this.#window.sinks + this.#window.recent;
    return this.#consumed.length >= this.#promptLength || slides;
  }

  /** @param rows of which new tokens the logits are wanted @param from first cached row a group is fed @param end one past the last */
  async #run(
    ids: readonly number[],
    rows: readonly number[],
    plans: readonly StepPlan[],
    from: (group: number) => number,
    end: number,
  ): Promise<Readonly<Record<string, Tensor>>> {
    const { h, cache, tensors, sessions, exact } = this.#shared;
    const feeds: Record<string, Tensor> = {
      ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [ids.length]),
      rows: tensors.list(rows, [rows.length]),
    };
    for (const [group, { inputs }] of plans.entries())
      for (const [name, tensor] of Object.entries(inputs))
        feeds[group === 0 ? name : `${name}_${String(group)}`] = tensor;
    if (this.#slopes) feeds['slopes'] = this.#slopes;
    for (let layer = 0; layer < h.layers; layer++) cache.feed(layer, from(h.groupOfLayer[layer] ?? 0), end, feeds);
    const form = plans[0]?.form ?? 'prefill';
    if (form === 'retrieve') this.#pages?.feed(feeds);
    const provider = sessions.graphProvider;
    const spec: GraphSpec = provider
      ? { form, accuracy: 0, cache: cache.type, provider }
      : {
          form,
          accuracy: (form === 'decode' || form === 'verify' || form === 'retrieve') && !exact ? 4 : 0,
          cache: cache.type,
        };
    const outputs = await sessions.run(spec, feeds);
    cache.absorb(outputs, ids.length);
    return outputs;
  }

  /** Stores what a step gave for its tokens and forgets what the window slides past. @param sources row of each token in the outputs */
  #keep(ids: readonly number[], sources: readonly number[], outputs: Readonly<Record<string, Tensor>>): void {
    const sequence = this.#sequence;
    const excess = this.#window
      ? Math.max(0, sequence.length + ids.length - this.#window.sinks - this.#window.recent)
      : 0;
    const newRows = (layer: number): { k: Float32Array; v: Float32Array } => ({
      k: floats(outputs, `k_${String(layer)}`),
      v: floats(outputs, `v_${String(layer)}`),
    });
    let kept = sources;
    if (excess > 0 && this.#window) {
      const { sinks } = this.#window;
      const before = sequence.length;
      // Those that leave are the oldest behind the sinks; some of them may be among the new ones.
      if (before > sinks) sequence.evict(sinks, Math.min(before - sinks, excess), true);
      kept = sources.filter((_, t) => before + t < sinks || before + t >= sinks + excess);
      this.#evicted = true;
    }
    const next = sequence.nextPosition;
    sequence.append(kept, range(next, next + kept.length), newRows);
    this.#consumed.push(ids);
  }

  /** Makes the tables of a scheme; a rotation that differs from before forgets everything. */
  #turn({ rope, slopes, length }: CacheScheme, forget: boolean): void {
    const { alibi, alibiMaxBias, attentionGroups, contextLength, heads } = this.#shared.h;
    const someSeeAll = attentionGroups.some(({ window }) => window === null);
    const made = attentionGroups.map(({ rope: own, window }) => {
      if (!own) return null;
      // A scaling that was asked for is for the layers that see everything; a sliding window beside them is never longer than the training.
      const scaling = rope && (window === null || !someSeeAll) ? rope : parseRope(own.scaling);
      const shape = { dimensions: own.dimensions, base: own.base, contextLength: own.originalContextLength };
      const { frequencies, attentionFactor } = scaling.frequencies(shape, length);
      const { divisors } = own;
      return {
        frequencies: divisors ? frequencies.map((f, i) => f / (divisors[i] ?? 1)) : frequencies,
        attentionFactor,
      };
    });
    // The rules are for the paper's greatest exponent; another one stretches them all alike.
    const falls = alibi
      ? (slopes?.slopes(heads, length, contextLength) ?? alibiSlopes(heads)).map((m) => m ** (alibiMaxBias / 8))
      : null;
    const rotation = JSON.stringify([
      ...made.map((one) => one && [one.attentionFactor, ...one.frequencies]),
      ...(falls ?? []),
    ]);
    if (rotation !== this.#rotation) {
      this.#tables = made.map((one) => one && new RopeTables(one));
      this.#slopes = falls && new Tensor('float32', Float32Array.from(falls), [heads]);
      this.#rotation = rotation;
      this.reset();
    } else if (forget) this.reset();
  }

  /** Whether its next tokens may go through a pass of several states, which has plain positions only. */
  #isPlain(count: number): boolean {
    return (this.#rule.name === full.name || this.#window !== null) && (count === 1 || !this.#slides(count));
  }

  /** The step of several states over one cache: rows of others are masked. */
  static async together(
    parts: readonly { readonly state: Inference; readonly ids: readonly number[] }[],
    want: 'last' | 'all' | readonly number[],
  ): Promise<Float32Array[]> {
    const [first] = parts;
    if (!first) return [];
    if (!parts.every(({ state, ids }) => state.#isPlain(ids.length))) {
      const apart: Float32Array[] = [];
      for (const { state, ids } of parts) apart.push(new Float32Array(await state.step(ids, want)));
      return apart;
    }
    const shared = first.state.#shared;
    const { cache, h, tensors } = shared;
    if (!cache.isDense) await cache.compact();
    const ids = parts.flatMap((part) => part.ids);
    const queries: number[] = [];
    const keyPositions = new Array<number>(cache.end).fill(0);
    const members: { readonly rows: readonly number[]; readonly first: number; readonly count: number }[] = [];
    for (const { state, ids: own } of parts) {
      if (state.#shared !== shared) throw new RangeError('these states do not share a cache');
      const { rows, positions, nextPosition } = state.#sequence;
      for (const [i, row] of rows.entries()) keyPositions[row] = positions[i] ?? 0;
      members.push({ rows, first: queries.length, count: own.length });
      for (let t = 0; t < own.length; t++) queries.push(nextPosition + t);
    }
    const plans = h.attentionGroups.map((group, index): StepPlan => {
      const mask = memberMask(members, queries, keyPositions, group.window);
      const context: StepContext = {
        h,
        group,
        queries,
        cached: keyPositions,
        inOrder: false,
        single: false,
        pages: 0,
        tables: first.state.#tables[index] ?? null,
        tensors,
      };
      return {
        form: 'prefill',
        inputs: {
          ...rotationInputs(context),
          mask: new Tensor('float32', mask, [queries.length, cache.end + queries.length]),
        },
      };
    });
    const wanted = members.flatMap(({ first: at, count }) => rowsOf(want, count).map((row) => at + row));
    const outputs = await first.state.#run(ids, wanted, plans, () => 0, cache.end);
    const logits = floats(outputs, 'logits');
    let at = 0;
    return parts.map(({ state, ids: own }, i) => {
      state.#keep(own, range(members[i]?.first ?? 0, (members[i]?.first ?? 0) + own.length), outputs);
      const length = rowsOf(want, own.length).length * h.vocabulary;
      at += length;
      return logits.subarray(at - length, at);
    });
  }
}

/**
 * Computes the next tokens of several states that share a cache; each sees what it has read and nothing of the others. It takes one
 * pass where all have plain positions, and one each where a rule or a sliding window gives some of them others.
 * @returns logits of each, as {@link Inference.step}
 */
export function stepTogether(
  parts: readonly { readonly state: Inference; readonly ids: readonly number[] }[],
  want: 'last' | 'all',
): Promise<Float32Array[]> {
  return Inference.together(parts, want);
}

function rowsOf(want: 'last' | 'all' | readonly number[], count: number): readonly number[] {
  if (want === 'last') return [count - 1];
  return want === 'all' ? range(0, count) : want;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function positionsByRow({ rows, positions, cache }: Sequence): number[] {
  const byRow = new Array<number>(cache.end).fill(0);
  for (const [i, row] of rows.entries()) byRow[row] = positions[i] ?? 0;
  return byRow;
}

/** Hides the rows that are not the sequence's from every query. @param mask float32 [new, cached rows + new] */
function hideOthers({ rows, cache }: Sequence, mask: Tensor | undefined): void {
  const data = mask?.data;
  const keys = mask?.dims[1] ?? 0;
  if (!(data instanceof Float32Array)) throw new Error('a step among rows of others needs a mask');
  const own = new Set(rows);
  for (let row = 0; row < cache.end; row++) {
    if (own.has(row)) continue;
    for (let at = row; at < data.length; at += keys) data[at] = Number.NEGATIVE_INFINITY;
  }
}

/** Index of the first position above `limit`; positions ascend. */
function firstWithin(positions: readonly number[], limit: number): number {
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((positions[middle] ?? 0) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

function floats(outputs: Readonly<Record<string, Tensor>>, name: string): Float32Array {
  const data = outputs[name]?.data;
  if (!(data instanceof Float32Array)) throw new Error(`the graph has no output "${name}"`);
  return data;
}
