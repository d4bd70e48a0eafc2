/** The ids a state has read, four bytes each, forgotten rows included: what a new prompt is compared with. */
export class ConsumedIds {
  #ids = new Int32Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(ids: readonly number[]): void {
    const length = this.#length + ids.length;
    if (length > this.#ids.length) {
      const grown = new Int32Array(Math.max(length, 2 * this.#ids.length));
      grown.set(this.#ids.subarray(0, this.#length));
      this.#ids = grown;
    }
    this.#ids.set(ids, this.#length);
    this.#length = length;
  }

  truncate(length: number): void {
    if (length < 0 || length > this.#length) throw new RangeError('so many were never read');
    this.#length = length;
  }

  /** How many of the first ids are the same, at most `limit`. */
  commonWith(ids: readonly number[], limit: number): number {
    const most = Math.min(limit, this.#length, ids.length);
    let common = 0;
    while (common < most && ids[common] === this.#ids[common]) common++;
    return common;
  }

  copy(): ConsumedIds {
    const made = new ConsumedIds();
    made.#ids = this.#ids.slice();
    made.#length = this.#length;
    return made;
  }

  /** The ids from the `first`-th on. */
  from(first: number): number[] {
    return [...this.#ids.subarray(first, this.#length)];
  }
}
