/**
 * Byte-pair merging (Sennrich et al. 2016): the pair of neighbours with the lowest rank becomes one piece, the leftmost first
 * where ranks are equal, until no pair merges. A heap keeps it at n log n, so that a line without a space may be a megabyte.
 */
import type { MergeTable } from './merge-table.ts';

/** A heap key is rank * positions + position: exact in a double for 2^21 ranks and 2^32 positions. */
const positions = 2 ** 32;

export class BytePairMerger {
  readonly #table: MergeTable;
  #ids = new Int32Array(64);
  #next = new Int32Array(64);
  #previous = new Int32Array(64);
  #heap = new Float64Array(256);
  #size = 0;

  constructor(table: MergeTable) {
    this.#table = table;
  }

  /** Merges the pieces and appends what is left of them to `output`. */
  merge(pieces: readonly number[], output: number[]): void {
    const count = pieces.length;
    if (count > this.#ids.length) this.#grow(count);
    const ids = this.#ids;
    const next = this.#next;
    const previous = this.#previous;
    this.#size = 0;
    for (let i = 0; i < count; i += 1) {
      ids[i] = pieces[i] ?? 0;
      next[i] = i + 1 < count ? i + 1 : -1;
      previous[i] = i - 1;
      if (i > 0) this.#consider(i - 1, i);
    }
    while (this.#size > 0) {
      const key = this.#pop();
      const at = key % positions;
      const right = next[at] ?? -1;
      // An entry is out of date when either side has merged with somebody else since.
      if (ids[at] === -1 || right < 0) continue;
      const slot = this.#table.find(ids[at] ?? 0, ids[right] ?? 0);
      if (slot < 0 || this.#table.rank(slot) * positions + at !== key) continue;
      ids[at] = this.#table.product(slot);
      ids[right] = -1;
      const after = next[right] ?? -1;
      next[at] = after;
      if (after >= 0) {
        previous[after] = at;
        this.#consider(at, after);
      }
      const before = previous[at] ?? -1;
      if (before >= 0) this.#consider(before, at);
    }
    for (let i = count > 0 ? 0 : -1; i >= 0; i = next[i] ?? -1) output.push(ids[i] ?? 0);
  }

  #consider(left: number, right: number): void {
    const slot = this.#table.find(this.#ids[left] ?? 0, this.#ids[right] ?? 0);
    if (slot >= 0) this.#push(this.#table.rank(slot) * positions + left);
  }

  #push(key: number): void {
    if (this.#size === this.#heap.length) {
      const larger = new Float64Array(this.#heap.length * 2);
      larger.set(this.#heap);
      this.#heap = larger;
    }
    const heap = this.#heap;
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] ?? 0;
      if (above <= key) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = key;
  }

  #pop(): number {
    const heap = this.#heap;
    const top = heap[0] ?? 0;
    const last = heap[--this.#size] ?? 0;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && (heap[child + 1] ?? 0) < (heap[child] ?? 0)) child += 1;
      const below = heap[child] ?? 0;
      if (below >= last) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return top;
  }

  #grow(count: number): void {
    const length = 2 ** Math.ceil(Math.log2(count));
    this.#ids = new Int32Array(length);
    this.#next = new Int32Array(length);
    this.#previous = new Int32Array(length);
  }
}
