/**
 * The KV cache: un-rotated keys and values of every layer in buffers of ours, token-major, [row, kvHeads * headSize].
 *
 * Rows are handed out and given back; a sequence (sequence.ts) knows which rows it has and in which order, and several may share one
 * (a fork copies nothing). The graph reads a run of rows without a copy and in any order, because positions and masks are data: so
 * whoever forgets a token in the middle moves nothing, the next token takes its row.
 */
import type { Tensor } from '../onnxruntime.ts';
import type { CacheType } from '../../models/graphs/graph-spec.ts';
import { type CacheRows, type RowShape, createRows, rowBytes } from './cache-rows.ts';
import type { CacheStore, NewRows, RowHolder, StoredRows } from './cache-store.ts';

const firstRows = 512;

export class KvCache implements CacheStore {
  readonly type: CacheType;
  readonly shape: RowShape;
  readonly feedsParts = true;
  readonly #layers: readonly { readonly k: CacheRows; readonly v: CacheRows }[];
  readonly #holders = new Set<RowHolder>();
  /** How many sequences have each row. */
  #owners = new Uint16Array(0);
  /** Rows below the end that nobody has. */
  #free: number[] = [];
  #end = 0;
  #capacity = 0;

  constructor(layers: number, shape: RowShape, type: CacheType = 'f32') {
    this.type = type;
    this.shape = shape;
    this.#layers = Array.from({ length: layers }, () => ({ k: createRows(type, shape), v: createRows(type, shape) }));
  }

  /** One past the last row in use. */
  get end(): number {
    return this.#end;
  }

  /** Bytes that a token takes. */
  get bytesPerToken(): number {
    return 2 * this.#layers.length * rowBytes(this.type, this.shape);
  }

  /** True when every row below the end is in use by somebody. */
  get isDense(): boolean {
    return this.#free.length === 0;
  }

  register(holder: RowHolder): void {
    this.#holders.add(holder);
  }

  unregister(holder: RowHolder): void {
    this.#holders.delete(holder);
  }

  /** Inputs of the graph for a layer's rows from `from` to `to`; valid until the next change. */
  feed(layer: number, from: number, to: number, feeds: Record<string, Tensor>): void {
    const n = String(layer);
    this.#at(layer).k.feed(from, to, `past_k_${n}`, `past_k_scale_${n}`, feeds);
    this.#at(layer).v.feed(from, to, `past_v_${n}`, `past_v_scale_${n}`, feeds);
  }

  /** Nothing of a step's outputs is taken over as it is: they are copied when they are stored. */
  absorb(): void {}

  /**
   * Stores new tokens, in rows that are free or at the end.
   * @param sources which of the graph's new rows are stored, ascending
   * @returns their rows, in the same order; each has one owner
   */
  store(sources: readonly number[], newRows: NewRows): number[] {
    const rows = this.#allocate(sources.length);
    this.overwrite(sources, rows, newRows);
    return rows;
  }

  /** Stores tokens in place of others. @param sources which of the graph's new rows @param rows where, ascending; they keep their owners */
  overwrite(sources: readonly number[], rows: readonly number[], newRows: NewRows): void {
    const runs = runsOf(sources, rows);
    for (const [i, { k, v }] of this.#layers.entries()) {
      const given = newRows(i);
      for (const { source, row, count } of runs) {
        k.write(given.k, source, row, count);
        v.write(given.v, source, row, count);
      }
    }
  }

  /** One more owner for each of the rows. */
  share(rows: readonly number[]): void {
    for (const row of rows) this.#owners[row] = (this.#owners[row] ?? 0) + 1;
  }

  /** One owner fewer; rows without any are free. */
  release(rows: readonly number[]): void {
    for (const row of rows) {
      const left = (this.#owners[row] ?? 0) - 1;
      if (left < 0) throw new RangeError('nobody has that row');
      this.#owners[row] = left;
      if (left === 0) this.#free.push(row);
    }
    const end = this.#end;
    while (this.#end > 0 && (this.#owners[this.#end - 1] ?? 0) === 0) this.#end--;
    if (this.#end < end) this.#free = this.#free.filter((row) => row < this.#end);
  }

  /** Closes holes: the last rows move into them, and every sequence hears of it. */
  compact(): void {
    if (this.#free.length === 0) return;
    const end = this.#end - this.#free.length;
    const holes = this.#free.filter((row) => row < end);
    const moves = new Map<number, number>();
    for (let row = this.#end - 1; row >= end; row--) {
      if ((this.#owners[row] ?? 0) === 0) continue;
      const hole = holes.pop();
      if (hole === undefined) throw new Error('a moved row has no place to go');
      for (const { k, v } of this.#layers) {
        k.move(row, hole, 1);
        v.move(row, hole, 1);
      }
      this.#owners[hole] = this.#owners[row] ?? 0;
      this.#owners[row] = 0;
      moves.set(row, hole);
    }
    this.#free = [];
    this.#end = end;
    for (const holder of this.#holders) holder.moved(moves);
  }

  /** A layer's keys or values of `count` rows as float32 [count, kvHeads * headSize]; valid until the next change. */
  read(layer: number, side: 'k' | 'v', from: number, count: number): Float32Array {
    return this.#at(layer)[side].read(from, count);
  }

  /** A copy of rows as they are stored. */
  take(rows: readonly number[]): StoredRows {
    return { count: rows.length, layers: this.#layers.map(({ k, v }) => ({ k: k.take(rows), v: v.take(rows) })) };
  }

  /** Puts stored rows at the end. @returns their rows */
  put(stored: StoredRows): number[] {
    this.compact();
    const first = this.#end;
    const rows = this.#allocate(stored.count);
    for (const [i, { k, v }] of this.#layers.entries()) {
      const layer = stored.layers[i];
      if (!layer) throw new RangeError('the stored rows are of another model');
      k.put(layer.k, first);
      v.put(layer.v, first);
    }
    return rows;
  }

  #at(layer: number): { readonly k: CacheRows; readonly v: CacheRows } {
    const found = this.#layers[layer];
    if (!found) throw new RangeError('there is no such layer');
    return found;
  }

  #allocate(count: number): number[] {
    // Ascending: neighbours are written in one go.
    const rows = this.#free.splice(0, count).sort((a, b) => a - b);
    const added = count - rows.length;
    this.#reserve(this.#end + added);
    for (let i = 0; i < added; i++) rows.push(this.#end++);
    for (const row of rows) this.#owners[row] = 1;
    return rows;
  }

  /** So many rows are to come: room for them is made once, and what is not used of it takes no memory. */
  expect(rows: number): void {
    if (rows > this.#capacity) this.#grow(rows);
  }

  /** Grows by half. */
  #reserve(rows: number): void {
    if (rows > this.#capacity) this.#grow(Math.max(rows, Math.ceil(1.5 * this.#capacity), firstRows));
  }

  /** One layer at a time, so that at most one layer is there twice. */
  #grow(capacity: number): void {
    for (const { k, v } of this.#layers) {
      k.reserve(capacity);
      v.reserve(capacity);
    }
    const owners = new Uint16Array(capacity);
    owners.set(this.#owners);
    this.#owners = owners;
    this.#capacity = capacity;
  }
}

/** Stretches in which both lists go up by one. */
function runsOf(
  sources: readonly number[],
  rows: readonly number[],
): readonly { readonly source: number; readonly row: number; readonly count: number }[] {
  const runs: { source: number; row: number; count: number }[] = [];
  for (const [i, source] of sources.entries()) {
    const row = rows[i] ?? 0;
    const last = runs.at(-1);
    if (last && last.source + last.count === source && last.row + last.count === row) last.count++;
    else runs.push({ source, row, count: 1 });
  }
  return runs;
}
