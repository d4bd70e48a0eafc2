/**
 * The bytes of a working copy (rotated-copy.ts) as the `rotated` graph takes them: in each layer the keys a channel after the other, the
 * values a token after the other, 128 meaning 0, and a scale a channel. A slot is one token's place in all of them.
 */
import { Tensor } from '../onnxruntime.ts';
import { zero } from '../../models/graphs/digit-products.ts';
import type { Hyperparameters } from '../../models/description/hyperparameters.ts';
import { largestGraph, roundingGraph } from './copy-graphs.ts';
import type { GraphSessions } from '../step/graph-sessions.ts';
import { floatsOf, bytesOf } from '../step/graph-outputs.ts';
import type { KvCache } from './kv-cache.ts';
import type { RopeTables } from '../rope/tables.ts';

const most = 127;
/** Rows that are rounded at a time, and from how many on it is worth a run of a graph for every layer. */
const mostRows = 2048;
const worthGraph = 32;

/** A token to be copied: its row in the cache, its slot, and the position its key is rotated to. */
export interface Placement {
  readonly row: number;
  readonly slot: number;
  readonly position: number;
}

/** What a step gave for one layer's new tokens: bytes [kvHeads, tokens, headSize]. */
export type NewBytes = (layer: number) => { readonly k: Uint8Array; readonly v: Uint8Array };

interface CopiedLayer {
  /** [kvHeads, headSize, capacity]. */
  k: Uint8Array<ArrayBuffer>;
  /** [kvHeads, capacity, headSize]. */
  v: Uint8Array<ArrayBuffer>;
  /** [kvHeads * headSize]: what a byte of a key, and of a value, stands for. */
  readonly keyUnits: Float32Array;
  readonly valueUnits: Float32Array<ArrayBuffer>;
  /** [(heads + 2 * kvHeads) * headSize]: by what the graph multiplies queries, keys and values. */
  readonly scales: Float32Array<ArrayBuffer>;
}

type Angles = ReturnType<RopeTables['upTo']>;

/** Rows that follow each other, and the slots they go into. */
interface Run {
  readonly at: number;
  readonly row: number;
  readonly slot: number;
  readonly count: number;
}

export class CopiedBytes {
  readonly #cache: KvCache;
  readonly #h: Hyperparameters;
  readonly #sessions: Pick<GraphSessions, 'runAside'>;
  readonly #layers: readonly CopiedLayer[];
  #capacity = 0;
  #feeds: Readonly<Record<string, Tensor>> = {};

  constructor(cache: KvCache, h: Hyperparameters, sessions: Pick<GraphSessions, 'runAside'>) {
    this.#cache = cache;
    this.#h = h;
    this.#sessions = sessions;
    const width = h.kvHeads * h.headSize;
    this.#layers = Array.from({ length: h.layers }, () => ({
      k: new Uint8Array(0),
      v: new Uint8Array(0),
      keyUnits: new Float32Array(width),
      valueUnits: new Float32Array(width),
      scales: new Float32Array(h.heads * h.headSize + 2 * width),
    }));
  }

  /** Slots there is room for. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Per layer the graph's `copy_k_i`, `copy_v_i`, `scale_i` and `value_scale_i`; valid until {@link reserve}. */
  get feeds(): Readonly<Record<string, Tensor>> {
    return this.#feeds;
  }

  /** Makes room for so many slots; what is there stays. */
  reserve(capacity: number): void {
    if (capacity <= this.#capacity) return;
    const { headSize, heads, kvHeads } = this.#h;
    const width = kvHeads * headSize;
    const feeds: Record<string, Tensor> = {};
    for (const [layer, copied] of this.#layers.entries()) {
      copied.k = widened(copied.k, width, this.#capacity, capacity);
      copied.v = widened(copied.v, kvHeads, this.#capacity * headSize, capacity * headSize);
      const n = String(layer);
      feeds[`copy_k_${n}`] = new Tensor('uint8', copied.k, [kvHeads, 1, headSize, capacity]);
      feeds[`copy_v_${n}`] = new Tensor('uint8', copied.v, [kvHeads, 1, capacity, headSize]);
      feeds[`scale_${n}`] = new Tensor('float32', copied.scales, [heads + 2 * kvHeads, 1, 1, headSize]);
      feeds[`value_scale_${n}`] = new Tensor('float32', copied.valueUnits, [kvHeads, 1, 1, headSize]);
    }
    this.#capacity = capacity;
    this.#feeds = feeds;
  }

  /** Puts one token's bytes into another slot. */
  move(from: number, to: number): void {
    const { headSize, kvHeads } = this.#h;
    const channels = kvHeads * headSize * this.#capacity;
    for (const { k, v } of this.#layers) {
      for (let channel = 0; channel < channels; channel += this.#capacity) k[channel + to] = k[channel + from] ?? zero;
      for (let head = 0; head < channels; head += this.#capacity * headSize)
        v.copyWithin(head + to * headSize, head + from * headSize, head + (from + 1) * headSize);
    }
  }

  /** Puts the bytes of new tokens into the slots from `first` on. */
  append(first: number, count: number, bytes: NewBytes): void {
    const { headSize, kvHeads } = this.#h;
    for (const [layer, { k, v }] of this.#layers.entries()) {
      const added = bytes(layer);
      for (let head = 0; head < kvHeads; head++) {
        const given = head * count * headSize;
        v.set(added.v.subarray(given, given + count * headSize), (head * this.#capacity + first) * headSize);
        for (let t = 0; t < count; t++)
          for (let i = 0, at = head * headSize * this.#capacity + first + t; i < headSize; i++, at += this.#capacity)
            k[at] = added.k[given + t * headSize + i] ?? zero;
      }
    }
  }

  /**
   * Takes scales from rows, with room to spare: what a key's pair of numbers can become under any rotation, and a value's number.
   * @param length by which the rotation lengthens what it rotates @throws LS3002
   */
  async measure(rows: readonly number[], length: number): Promise<void> {
    // How much larger than any number so far a later one may be before it is cut off: the fewer have been seen, the more.
    const headroom = (1 + 4 / Math.sqrt(rows.length)) / most;
    const runs = runsOf(rows.map((row) => ({ row, slot: row })));
    for (const layer of this.#layers.keys()) await this.#measureLayer(layer, runs, headroom, length);
  }

  async #measureLayer(layer: number, runs: readonly Run[], headroom: number, length: number): Promise<void> {
    const { headSize, kvHeads, heads, attentionScale } = this.#h;
    const half = headSize / 2;
    const width = kvHeads * headSize;
    const { keyUnits, valueUnits, scales } = this.#at(layer);
    const squares = new Float32Array(kvHeads * half);
    const sizes = new Float32Array(width);
    for (const run of runs) {
      const found = await this.#sessions.runAside(
        'largest',
        () => largestGraph(this.#h),
        this.#rows(layer, run),
        'memory',
      );
      raise(squares, floatsOf(found, 'squares'));
      raise(sizes, floatsOf(found, 'sizes'));
    }
    const queries = heads * headSize;
    for (let i = 0; i < width; i++) {
      // Both numbers of a pair have the scale of the pair, so that it does not matter whether rotation comes before or after.
      const pair = Math.floor(i / headSize) * half + (i % half);
      keyUnits[i] = Math.sqrt(squares[pair] ?? 0) * length * headroom || 1;
      valueUnits[i] = (sizes[i] ?? 0) * headroom || 1;
      scales[queries + i] = 1 / (keyUnits[i] ?? 1);
      // The graph rotates values too, by nothing; that lengthens them.
      scales[queries + width + i] = 1 / (valueUnits[i] ?? 1) / length;
    }
    for (let head = 0; head < heads; head++) {
      const from = Math.floor((head * kvHeads) / heads) * headSize;
      for (let i = 0; i < headSize; i++) scales[head * headSize + i] = (keyUnits[from + i] ?? 1) * attentionScale;
    }
  }

  /** Rotates and rounds rows of the cache into slots. @throws LS3002 */
  async fill(placements: readonly Placement[], tables: RopeTables): Promise<void> {
    if (placements.length === 0) return;
    const furthest = placements.reduce((far, { position }) => Math.max(far, position), 0);
    const angles = tables.upTo(furthest + 1);
    for (const run of runsOf(placements)) {
      const some = placements.slice(run.at, run.at + run.count);
      for (const layer of this.#layers.keys())
        if (run.count >= worthGraph) await this.#round(layer, run, some, angles);
        else this.#roundFew(layer, run, some, angles);
    }
  }

  async #round(layer: number, run: Run, placements: readonly Placement[], angles: Angles): Promise<void> {
    const { headSize, kvHeads } = this.#h;
    const width = kvHeads * headSize;
    const { k, v, keyUnits, valueUnits } = this.#at(layer);
    const inverse = (units: Float32Array): Tensor =>
      new Tensor(
        'float32',
        units.map((unit) => 1 / unit),
        [width],
      );
    const positions = BigInt64Array.from(placements, ({ position }) => BigInt(position));
    const bytes = await this.#sessions.runAside(
      'rounding',
      () => roundingGraph(this.#h),
      {
        ...this.#rows(layer, run),
        ...angles,
        positions: new Tensor('int64', positions, [1, run.count]),
        per_key: inverse(keyUnits),
        per_value: inverse(valueUnits),
      },
      'memory',
    );
    const [keys, values] = [bytesOf(bytes, 'k_bytes'), bytesOf(bytes, 'v_bytes')];
    for (let channel = 0; channel < width; channel++)
      k.set(keys.subarray(channel * run.count, (channel + 1) * run.count), channel * this.#capacity + run.slot);
    const perHead = run.count * headSize;
    for (let head = 0; head < kvHeads; head++)
      v.set(values.subarray(head * perHead, (head + 1) * perHead), (head * this.#capacity + run.slot) * headSize);
  }

  /** As {@link #round} for rows so few that a run of a graph takes longer. */
  #roundFew(layer: number, run: Run, placements: readonly Placement[], { cos, sin }: Angles): void {
    const { headSize, kvHeads } = this.#h;
    const half = headSize / 2;
    const width = kvHeads * headSize;
    const { k, v, keyUnits, valueUnits } = this.#at(layer);
    const [c, s] = [cos.data, sin.data];
    if (!(c instanceof Float32Array) || !(s instanceof Float32Array)) throw new Error('no tables');
    const keys = this.#cache.read(layer, 'k', run.row, run.count);
    const values = this.#cache.read(layer, 'v', run.row, run.count);
    for (const [n, { slot, position }] of placements.entries())
      for (let channel = 0; channel < width; channel++) {
        const i = channel % headSize;
        const x = keys[n * width + channel] ?? 0;
        const other = keys[n * width + channel + (i < half ? half : -half)] ?? 0;
        const angle = position * half + (i % half);
        const rotated = x * (c[angle] ?? 1) + (i < half ? -other : other) * (s[angle] ?? 0);
        k[channel * this.#capacity + slot] = toByte(rotated / (keyUnits[channel] ?? 1));
        const to = (Math.floor(channel / headSize) * this.#capacity + slot) * headSize + i;
        v[to] = toByte((values[n * width + channel] ?? 0) / (valueUnits[channel] ?? 1));
      }
  }

  #rows(layer: number, { row, count }: Run): { readonly k: Tensor; readonly v: Tensor } {
    const dims = [count, this.#h.kvHeads * this.#h.headSize];
    return {
      k: new Tensor('float32', this.#cache.read(layer, 'k', row, count), dims),
      v: new Tensor('float32', this.#cache.read(layer, 'v', row, count), dims),
    };
  }

  #at(layer: number): CopiedLayer {
    const found = this.#layers[layer];
    if (!found) throw new RangeError('there is no such layer');
    return found;
  }
}

/** So many runs of bytes, each made longer at its end. */
function widened(bytes: Uint8Array, runs: number, before: number, after: number): Uint8Array<ArrayBuffer> {
  const wide = new Uint8Array(runs * after).fill(zero);
  for (let run = 0; run < runs; run++) wide.set(bytes.subarray(run * before, (run + 1) * before), run * after);
  return wide;
}

/** To the nearest whole number that fits a byte; the sum is positive where it does, so that cutting it off rounds down. */
function toByte(value: number): number {
  return Math.min(255, Math.max(0, (value + zero + 0.5) | 0));
}

/** Each number becomes the larger of the two. */
function raise(to: Float32Array, by: Float32Array): void {
  for (const [i, value] of by.entries()) if (value > (to[i] ?? 0)) to[i] = value;
}

/** Stretches of rows that follow each other and go into slots that do, and where in the list they begin. */
function runsOf(placements: readonly Pick<Placement, 'row' | 'slot'>[]): readonly Run[] {
  const runs: { at: number; row: number; slot: number; count: number }[] = [];
  for (const [at, { row, slot }] of placements.entries()) {
    const last = runs.at(-1);
    const follows = last && last.row + last.count === row && last.slot + last.count === slot;
    if (follows && last.count < mostRows) last.count++;
    else runs.push({ at, row, slot, count: 1 });
  }
  return runs;
}
