/** One sequence of tokens in a KV cache: which rows it has, in the order of the text, and at which position each stands. */
import type { CacheStore, NewRows } from './cache-store.ts';

let nextSerial = 0;

export class Sequence {
  readonly cache: CacheStore;
  /** Row of each token that is held. */
  readonly rows: number[] = [];
  /** Position of each token that is held. */
  readonly positions: number[] = [];
  /** What tells each token that is held from every other there was: a row is used again, this is not. */
  readonly serials: number[] = [];
  /** True while the rows are 0, 1, 2, … */
  #ordered = true;
  #version = 0;

  constructor(cache: CacheStore) {
    this.cache = cache;
    cache.register(this);
  }

  get length(): number {
    return this.rows.length;
  }

  /** Another number after every change. */
  get version(): number {
    return this.#version;
  }

  /** Where the next token stands: behind the last one. */
  get nextPosition(): number {
    return (this.positions.at(-1) ?? -1) + 1;
  }

  /** True when the rows are the first ones of the cache in order, so that a run of them is a run of tokens. */
  get isOrdered(): boolean {
    return this.#ordered;
  }

  /** True when every row of the cache below its end is this sequence's. */
  get fillsCache(): boolean {
    return this.rows.length === this.cache.end;
  }

  /** Stores new tokens behind the last one. @param sources as in {@link CacheStore.store} */
  append(sources: readonly number[], positions: readonly number[], newRows: NewRows): void {
    this.#add(this.cache.store(sources, newRows), positions, null);
  }

  /** Takes rows over that are in the cache already and count this sequence as an owner. */
  adopt(rows: readonly number[], positions: readonly number[]): void {
    this.#add(rows, positions, null);
  }

  /** Forgets `count` tokens from the `from`-th on. @param close whether those behind move up by as many positions */
  evict(from: number, count: number, close: boolean): void {
    if (from < 0 || count < 0 || from + count > this.length) throw new RangeError('nothing is held there');
    if (count === 0) return;
    const gap = (this.positions[from + count] ?? this.nextPosition) - (this.positions[from] ?? 0);
    this.cache.release(this.rows.splice(from, count));
    this.positions.splice(from, count);
    this.serials.splice(from, count);
    this.#version++;
    if (close) for (let i = from; i < this.length; i++) this.positions[i] = (this.positions[i] ?? 0) - gap;
    if (from < this.length) this.#ordered = false;
    else if (this.length === 0) this.#ordered = true;
  }

  /** Another sequence of the same tokens; nothing is copied. */
  fork(): Sequence {
    const forked = new Sequence(this.cache);
    this.cache.share(this.rows);
    forked.#add(this.rows, this.positions, this.serials);
    return forked;
  }

  /** Told by the cache that rows have moved. */
  moved(rows: ReadonlyMap<number, number>): void {
    let ordered = true;
    for (let i = 0; i < this.rows.length; i++) {
      const row = this.rows[i] ?? 0;
      const now = rows.get(row) ?? row;
      this.rows[i] = now;
      ordered &&= now === i;
    }
    this.#ordered = ordered;
  }

  /** Gives everything back; the sequence must not be used again. */
  dispose(): void {
    this.evict(0, this.length, false);
    this.cache.unregister(this);
  }

  #add(rows: readonly number[], positions: readonly number[], serials: readonly number[] | null): void {
    this.#version++;
    for (const [i, row] of rows.entries()) {
      this.#ordered &&= row === this.rows.length;
      this.rows.push(row);
      this.positions.push(positions[i] ?? 0);
      this.serials.push(serials?.[i] ?? nextSerial++);
    }
  }
}
