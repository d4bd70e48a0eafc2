/** Which two neighbouring pieces merge into which, and how early: an open-addressing hash over pairs of ids, 16 bytes a slot. */

export class MergeTable {
  readonly #mask: number;
  readonly #left: Int32Array;
  readonly #right: Int32Array;
  readonly #rank: Int32Array;
  readonly #product: Int32Array;

  /** @param capacity the most pairs that will be set */
  constructor(capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(capacity, 4) * 1.6));
    this.#mask = slots - 1;
    this.#left = new Int32Array(slots).fill(-1);
    this.#right = new Int32Array(slots);
    this.#rank = new Int32Array(slots);
    this.#product = new Int32Array(slots);
  }

  /** Keeps the first rank of a pair that is set twice. @param rank lower merges earlier */
  set(left: number, right: number, rank: number, product: number): void {
    const slot = this.find(left, right);
    if (slot >= 0) return;
    const free = -slot - 1;
    this.#left[free] = left;
    this.#right[free] = right;
    this.#rank[free] = rank;
    this.#product[free] = product;
  }

  /** The slot of a pair; negative when the two do not merge. */
  find(left: number, right: number): number {
    let slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 7;
    for (slot &= this.#mask; ; slot = (slot + 1) & this.#mask) {
      const there = this.#left[slot];
      if (there === -1) return -slot - 1;
      if (there === left && this.#right[slot] === right) return slot;
    }
  }

  rank(slot: number): number {
    return this.#rank[slot] ?? 0;
  }

  product(slot: number): number {
    return this.#product[slot] ?? 0;
  }
}
