/**
 * A decoder's state between steps: one sequence of tokens in a KV cache, where it stands, and which graph its next tokens go through.
 *
 * Positions are those in the cache: with a window (S sinks, R recent) at most S + R tokens stay between steps, and what is behind a
 * forgotten token moves up. Several states may share one cache: a fork copies nothing, and states that share one can be computed in one
 * pass.
 */
import { createHash } from 'node:crypto';
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { CacheType, GraphSpec } from '../../models/graphs/graph-spec.ts';
import type { Hyperparameters } from '../../models/description/hyperparameters.ts';
import { hasRotatedForm } from '../../models/graphs/attention/rotated-attention.ts';
import { type CacheScheme, sameWindow } from '../cache/cache-scheme.ts';
import type { CacheStore, NewRows, StoredRows } from '../cache/cache-store.ts';
import { ConsumedIds } from '../cache/consumed-ids.ts';
import type { CacheWindow } from '../decoder.ts';
import type { GraphSessions } from './graph-sessions.ts';
import { type GraphOutputs, floatsOf } from './graph-outputs.ts';
import { type GraphRunner, accuracyOf, runGraph, runOverCopy } from './graph-step.ts';
import { KvCache } from '../cache/kv-cache.ts';
import { NewRowBuffers } from '../cache/new-row-buffers.ts';
import { full } from '../positions/full.ts';
import { PositionTensors } from '../positions/position-tensors.ts';
import type { PositionRule } from '../positions/position-rule.ts';
import { sinksWindow } from '../positions/sinks-window.ts';
import { PageIndex } from '../retrieval/page-index.ts';
import type { RetrievalRule } from '../retrieval/retrieval-rule.ts';
import { RotatedCopy } from '../cache/rotated-copy.ts';
import type { RopeTables } from '../rope/tables.ts';
import { noRotation, rotationOf } from './rotation.ts';
import type { RowIdentity } from '../prefix-cache/segment-file.ts';
import { Sequence } from '../cache/sequence.ts';
import { planAmong, planStep, planTogether, planVerified, range } from './step-plan.ts';
import { longestSlice, sliceLengthAt } from './slices.ts';
import { DeviceCache } from '../webgpu/device-cache.ts';

export interface InferenceOptions {
  /** Computes single tokens with float32 activations too; slower. */
  readonly exact?: boolean;
  /** False computes all products in float32: for processors on which rounded activations go wrong (rounding-trial.ts). */
  readonly rounds?: boolean;
  readonly cache?: CacheType;
  /** Computes single tokens over a working copy in bytes (rotated-copy.ts) where the model allows it; not with {@link exact}. */
  readonly overCopy?: boolean;
  /** Multiplies many rows in whole numbers (digit-products.ts); not with {@link exact}. */
  readonly digits?: boolean;
}

/** Ready-made keys and values of some tokens. */
export interface KvRun {
  readonly ids: readonly number[];
  readonly rows: StoredRows;
}

interface WorkingCopy {
  readonly copy: RotatedCopy;
  readonly tables: RopeTables;
}

/** Which of the new tokens the logits are wanted of: the last, every one, or those of these indexes. */
export type Wanted = 'last' | 'all' | readonly number[];

export class Inference {
  readonly #shared: GraphRunner;
  readonly #sequence: Sequence;
  readonly #consumed: ConsumedIds;
  /** True once something was forgotten from the middle: the state is then good for a continuation and nothing else. */
  #evicted = false;
  #promptLength = 0;
  #window: CacheWindow | null = null;
  #rule: PositionRule = full;
  #rotation = noRotation;
  /** Summaries of the cached keys, where a part of them is looked at. */
  #pages: PageIndex | null = null;
  /** Whether some of what is held was computed behind other tokens than it stands behind. */
  #isApproximate = false;

  private constructor(shared: GraphRunner, sequence: Sequence, consumed: ConsumedIds) {
    this.#shared = shared;
    this.#sequence = sequence;
    this.#consumed = consumed;
  }

  /** An empty state over a cache of its own. */
  static create(
    sessions: GraphSessions,
    h: Hyperparameters,
    { exact = false, rounds = true, cache: type = 'f32', overCopy = false, digits = false }: InferenceOptions = {},
  ): Inference {
    const shape = { kvHeads: h.kvHeads, headSize: h.headSize };
    const cache = sessions.keepsOnDevice
      ? new DeviceCache(h.layers, shape, type, sessions)
      : new KvCache(h.layers, shape, type);
    const copy =
      overCopy && !exact && cache instanceof KvCache && hasRotatedForm(h) ? new RotatedCopy(cache, h, sessions) : null;
    const shared: GraphRunner = {
      sessions,
      h,
      exact,
      rounds,
      digits: digits && !exact,
      copy,
      cache,
      tensors: new PositionTensors(),
      newRows: new NewRowBuffers(h),
    };
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

  /** The graphs that nearly every request goes through: of a prompt, and of single tokens. */
  get usualGraphs(): readonly GraphSpec[] {
    const { cache, copy, sessions } = this.#shared;
    const provider = sessions.graphProvider;
    return (['prefill', copy ? 'rotated' : 'decode'] as const).map((form) => ({
      form,
      accuracy: accuracyOf(form, this.#shared),
      cache: cache.type,
      ...(provider && { provider }),
    }));
  }

  /**
   * Turns the state towards a new prompt: keeps what it has in common with the tokens consumed so far and forgets the rest.
   * The prompt's last token is always left to compute, for its logits.
   * @param acceptsMoved whether rows will do that were computed behind other tokens
   * @returns how many tokens of the prompt are in the cache already
   */
  begin(prompt: readonly number[], scheme: CacheScheme, acceptsMoved = false): number {
    if (this.#isApproximate && !acceptsMoved) this.reset();
    this.#promptLength = prompt.length;
    // What a request is answered with depends on its tokens alone.
    this.#shared.copy?.clear();
    const rule = scheme.rule ?? (scheme.window ? sinksWindow(scheme.window) : full);
    const isSameWindow = sameWindow(this.#window, scheme.window);
    const plain = (name: string): boolean => name === full.name || name.startsWith('sinks ');
    const sameRule = rule.name === this.#rule.name || (plain(rule.name) && plain(this.#rule.name));
    this.#turn(scheme, !sameRule);
    this.#rule = rule;
    this.#pages = this.#pagesFor(scheme.retrieval ?? null);
    let common = this.#consumed.commonWith(prompt, prompt.length - 1);
    // Once something was evicted, the state is good for a continuation of all of it and for nothing else.
    if (this.#evicted && (!isSameWindow || common < this.#consumed.length)) common = 0;
    this.#window = scheme.window;
    // Without evictions what is cached holds under any window that has not slid past it yet.
    if (!this.#evicted && scheme.window) common = Math.min(common, scheme.window.sinks + scheme.window.recent);
    if (common === 0) this.reset();
    else if (!this.#evicted) this.rewind(this.#consumed.length - common);
    const { window, length } = scheme;
    const kept = window ? window.sinks + window.recent + longestSlice : length;
    this.#shared.cache.expect(Math.min(kept, length, this.#shared.h.contextLength));
    return common;
  }

  /** Forgets everything. */
  reset(): void {
    this.#sequence.evict(0, this.#sequence.length, false);
    this.#consumed.truncate(0);
    this.#pages?.truncate(0);
    this.#evicted = false;
    this.#isApproximate = false;
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
    forked.#pages = this.#pages && new PageIndex(this.#shared.h, this.#pages.rule, this.#rotation.tables);
    return forked;
  }

  /** An empty state of the same scheme over a cache of its own: single tokens of both are computed as fast as of one. */
  apart(): Inference {
    const { sessions, h, exact, rounds, cache, copy, digits } = this.#shared;
    const made = Inference.create(sessions, h, { exact, rounds, cache: cache.type, overCopy: copy !== null, digits });
    made.#rule = this.#rule;
    made.#rotation = this.#rotation;
    return made;
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

  /** As {@link place}, of tokens that were read behind others than those that are held now. */
  placeMoved(run: KvRun, at?: number): void {
    this.place(run, at);
    this.#isApproximate = true;
  }

  /** Whether some of what is held was computed behind other tokens than it stands behind. */
  get isApproximate(): boolean {
    return this.#isApproximate;
  }

  /** What keys and values of this state depend on beside the tokens; null where they are not those of a text read as a whole. */
  get identity(): RowIdentity | null {
    const { h, cache, sessions } = this.#shared;
    if (this.#evicted || this.#pages || !this.#hasPlainRule()) return null;
    return {
      model: sessions.modelKey,
      rotation: createHash('sha256').update(this.#rotation.key).digest('hex'),
      layers: h.layers,
      shape: cache.shape,
    };
  }

  /** Ids of the tokens from the `from`-th on that were read so far, those that were forgotten since included. */
  consumed(from = 0): readonly number[] {
    return this.#consumed.from(from);
  }

  /** How many tokens the next slice should have at most. @param want as in {@link step} */
  sliceLength(want: 'last' | 'all'): number {
    return sliceLengthAt(this.#shared.h, this.#sequence.length, want);
  }

  /**
   * Computes the next tokens and keeps their keys and values.
   * @param ids the next tokens, at most {@link sliceLength} of them
   * @returns float32 [1 or ids.length, vocabulary]
   * @throws LS3002
   */
  async step(ids: readonly number[], want: Wanted): Promise<Float32Array> {
    const { cache } = this.#shared;
    const count = ids.length;
    const copy = this.#isSingle(count) ? this.#workingCopy() : null;
    if (copy) return this.#stepOver(copy, ids);
    if (!cache.isDense) await cache.compact();
    if (count > 1 && this.#slides(count) && !this.#sinksComeFirst()) return this.#oneByOne(ids, want);
    if (this.#pages && this.#isSingle(count)) await this.#summarise(this.#pages);
    const step = planStep(this.#planning(), this.#sequence, this.#rule, count, this.#isSingle(count), this.#pages);
    const outputs = await runGraph(this.#shared, ids, rowsOf(want, count), step, this.#rotation, this.#pages);
    this.#keep(ids, range(0, count), outputs);
    return floatsOf(outputs, 'logits');
  }

  /**
   * Computes tokens at positions of their own among those that are held: each sees what stands before it. A token that is held at such
   * a position is replaced; those that none is held at follow the last one.
   * @param positions ascending, at most {@link sliceLength} of them
   * @returns as {@link step}
   * @throws RangeError where rows of others are among those held, or a position is neither held nor next; LS3002
   */
  async stepAmong(ids: readonly number[], positions: readonly number[], want: Wanted): Promise<Float32Array> {
    const shared = this.#shared;
    const { cache } = shared;
    const sequence = this.#sequence;
    if (!(cache instanceof KvCache)) throw new RangeError('rows are replaced in memory only');
    if (!cache.isDense) cache.compact();
    if (!sequence.isOrdered || !sequence.fillsCache || !this.#hasPlainRule() || this.#evicted)
      throw new RangeError('rows are replaced in a sequence of its own at plain positions only');
    const indexOf = new Map(sequence.positions.map((position, i) => [position, i]));
    const replaced = positions.flatMap((position) => indexOf.get(position) ?? []);
    const added = range(replaced.length, ids.length);
    if (added.some((t, i) => positions[t] !== sequence.nextPosition + i))
      throw new RangeError('a token can take the place of another, or follow the last one');
    const step = planAmong(this.#planning(), sequence, positions, new Set(replaced));
    const outputs = await runGraph(shared, ids, rowsOf(want, ids.length), step, this.#rotation, null);
    const newRows: NewRows = (layer) => ({
      k: floatsOf(outputs, `k_${String(layer)}`),
      v: floatsOf(outputs, `v_${String(layer)}`),
    });
    cache.overwrite(range(0, replaced.length), replaced, newRows);
    shared.copy?.clear();
    sequence.append(
      added,
      added.map((t) => positions[t] ?? 0),
      newRows,
    );
    this.#consumed.push(ids.slice(replaced.length));
    return floatsOf(outputs, 'logits');
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
    const copy = this.#workingCopy();
    if (copy && !copy.copy.canTake(this.#sequence, count)) return false;
    if (!this.#hasPlainRule() || (this.#window && length + count > this.#window.sinks + this.#window.recent))
      return false;
    return h.attentionGroups.every(({ window }) => window === null || length + count <= window);
  }

  /**
   * As {@link step} with every token's logits, but each to the last bit as single steps would give them, where ONNX Runtime's
   * kernels allow it.
   * @throws RangeError when {@link canVerify} says no; LS3002
   */
  async verify(ids: readonly number[]): Promise<Float32Array> {
    if (!this.canVerify(ids.length)) throw new RangeError('these tokens must be computed one by one');
    const copy = this.#workingCopy();
    if (copy) return this.#stepOver(copy, ids);
    const { cache } = this.#shared;
    if (!cache.isDense) await cache.compact();
    const step = planVerified(this.#planning(), this.#sequence, ids.length);
    const outputs = await runGraph(this.#shared, ids, range(0, ids.length), step, this.#rotation, null);
    this.#keep(ids, range(0, ids.length), outputs);
    return floatsOf(outputs, 'logits');
  }

  /** The copy that tokens are computed over one by one; null where their positions or the model ask for the rows themselves. */
  #workingCopy(): WorkingCopy | null {
    const { copy } = this.#shared;
    const tables = this.#rotation.tables[0];
    return copy && tables && !this.#pages && this.#hasPlainRule() ? { copy, tables } : null;
  }

  /** Tokens over the working copy, and the logits of all of them. */
  async #stepOver({ copy, tables }: WorkingCopy, ids: readonly number[]): Promise<Float32Array> {
    const sequence = this.#sequence;
    const feeds = await copy.prepare(sequence, tables, ids.length);
    const { logits, newRows, newBytes } = await runOverCopy(this.#shared, ids, feeds);
    const first = sequence.nextPosition;
    this.#keepRows(ids, range(0, ids.length), newRows);
    copy.accept(sequence, ids.length, first, newBytes);
    return logits;
  }

  #hasPlainRule(): boolean {
    return this.#rule.name === full.name || this.#rule.name.startsWith('sinks ');
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

  async #oneByOne(ids: readonly number[], want: Wanted): Promise<Float32Array> {
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

  #planning(): Parameters<typeof planStep>[0] {
    const { h, cache, tensors } = this.#shared;
    return { h, cache, tensors, rotation: this.#rotation };
  }

  /** What is there is kept when it was made by the same rule; whoever forgets tokens shortens it. */
  #pagesFor(rule: RetrievalRule | null): PageIndex | null {
    const { h, sessions } = this.#shared;
    if (!rule) return null;
    if (sessions.keepsOnDevice)
      throw fault('LS3005', say('{0} needs the cache in memory, and here it is on the device', rule.name));
    const { tables } = this.#rotation;
    return this.#pages?.isOf(rule, tables) ? this.#pages : new PageIndex(h, rule, tables);
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

  /** Stores what a step gave for its tokens and forgets what the window slides past. @param sources row of each token in the outputs */
  #keep(ids: readonly number[], sources: readonly number[], outputs: GraphOutputs): void {
    this.#keepRows(ids, sources, (layer) => ({
      k: floatsOf(outputs, `k_${String(layer)}`),
      v: floatsOf(outputs, `v_${String(layer)}`),
    }));
  }

  #keepRows(ids: readonly number[], sources: readonly number[], newRows: NewRows): void {
    const sequence = this.#sequence;
    const excess = this.#window
      ? Math.max(0, sequence.length + ids.length - this.#window.sinks - this.#window.recent)
      : 0;
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

  /** Takes up a scheme's rotation; one that differs from before forgets everything. */
  #turn(scheme: CacheScheme, forget: boolean): void {
    const rotation = rotationOf(this.#shared.h, scheme, this.#rotation);
    if (rotation !== this.#rotation || forget) this.reset();
    this.#rotation = rotation;
  }

  /** Whether its next tokens may go through a pass of several states, which has plain positions only. */
  #isPlain(count: number): boolean {
    return (this.#rule.name === full.name || this.#window !== null) && (count === 1 || !this.#slides(count));
  }

  /** The step of several states over one cache: rows of others are masked. */
  static async together(
    parts: readonly { readonly state: Inference; readonly ids: readonly number[] }[],
    want: Wanted,
  ): Promise<Float32Array[]> {
    const [first] = parts;
    if (!first) return [];
    if (!parts.every(({ state, ids }) => state.#isPlain(ids.length))) {
      const apart: Float32Array[] = [];
      for (const { state, ids } of parts) apart.push(new Float32Array(await state.step(ids, want)));
      return apart;
    }
    const { state: leader } = first;
    const shared = leader.#shared;
    if (parts.some(({ state }) => state.#shared !== shared)) throw new RangeError('these states do not share a cache');
    if (!shared.cache.isDense) await shared.cache.compact();
    const members = parts.map(({ state, ids }) => ({ sequence: state.#sequence, count: ids.length }));
    const firsts = members.map((_, i) => members.slice(0, i).reduce((sum, { count }) => sum + count, 0));
    const wanted = members.flatMap(({ count }, i) => rowsOf(want, count).map((row) => (firsts[i] ?? 0) + row));
    const step = planTogether(leader.#planning(), members);
    const ids = parts.flatMap((part) => part.ids);
    const outputs = await runGraph(shared, ids, wanted, step, leader.#rotation, null);
    const logits = floatsOf(outputs, 'logits');
    let at = 0;
    return parts.map(({ state, ids: own }, i) => {
      state.#keep(own, range(firsts[i] ?? 0, (firsts[i] ?? 0) + own.length), outputs);
      const length = rowsOf(want, own.length).length * shared.h.vocabulary;
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

function rowsOf(want: Wanted, count: number): readonly number[] {
  if (want === 'last') return [count - 1];
  return want === 'all' ? range(0, count) : want;
}
