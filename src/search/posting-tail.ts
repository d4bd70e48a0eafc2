/** The postings that came since the last compaction, a growing run of bytes a term. */

export class PostingTail {
  readonly #runs: (Uint8Array | undefined)[] = [];
  readonly #lengths: number[] = [];
  readonly #last: number[] = [];
  #reserved = 0;
  #used = 0;

  /** Bytes held, room to grow included. */
  get bytes(): number {
    return this.#reserved;
  }

  /** Bytes written. */
  get used(): number {
    return this.#used;
  }

  /** Adds a posting; the chunks of a term must come in ascending order. The packed counts are copied from `bytes`. */
  add(term: number, chunk: number, bytes: Uint8Array, start: number, end: number): void {
    let run = this.#runs[term];
    let length = this.#lengths[term] ?? 0;
    const need = length + 5 + end - start;
    if (!run || need > run.length) {
      // Holes in an array make it slow, so the gap up to a new term is filled.
      while (this.#runs.length <= term) {
        this.#runs.push(undefined);
        this.#lengths.push(0);
        this.#last.push(0);
      }
      const larger = new Uint8Array(Math.max(need, length * 2, 12));
      if (run) larger.set(run);
      this.#reserved += larger.length - (run?.length ?? 0);
      this.#runs[term] = run = larger;
    }
    const from = length;
    let delta = chunk - (this.#last[term] ?? 0);
    while (delta > 127) {
      run[length++] = (delta & 127) | 128;
      delta >>>= 7;
    }
    run[length++] = delta;
    for (let i = start; i < end; i++) run[length++] = bytes[i] ?? 0;
    this.#used += length - from;
    this.#lengths[term] = length;
    this.#last[term] = chunk;
  }

  postingsOf(term: number): Uint8Array | undefined {
    return this.#runs[term]?.subarray(0, this.#lengths[term]);
  }
}
