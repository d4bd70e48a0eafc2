/**
 * Terms by number, kept as bytes: a hash table over one block of UTF-8, for hundreds of thousands of small strings would cost more
 * than the postings, and making them more time than everything else in loading an index.
 */

const none = 0xffffffff;

export class TermTable {
  #pool = new Uint8Array(1 << 16);
  #used = 0;
  #count = 0;
  /** By number: where the term and its surface form lie in the pool; `none` when there is no surface form. */
  #starts = new Uint32Array(1024);
  #lengths = new Uint16Array(1024);
  #surfaceStarts = new Uint32Array(1024);
  #surfaceLengths = new Uint16Array(1024);
  /** Open addressing with linear probing; a slot holds a number plus one, 0 is free. */
  #slots = new Uint32Array(4096);

  get size(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#pool.length + this.#slots.byteLength + this.#starts.byteLength * 2 + this.#lengths.byteLength * 2;
  }

  /** The number of a term, given out now when it is new. Terms longer than 65,535 bytes do not occur: the analyser leaves them out. */
  intern(bytes: Uint8Array, start: number, length: number): number {
    const slot = this.#find(bytes, start, length);
    const held = this.#slots[slot] ?? 0;
    if (held > 0) return held - 1;
    const number = this.#count++;
    if (number >= this.#starts.length) this.#growArrays();
    this.#starts[number] = this.#keep(bytes, start, length);
    this.#lengths[number] = length;
    this.#surfaceStarts[number] = none;
    this.#slots[slot] = number + 1;
    if (this.#count * 2 > this.#slots.length) this.#rehash();
    return number;
  }

  numberOf(term: string): number | undefined {
    const bytes = Buffer.from(term, 'utf8');
    const held = this.#slots[this.#find(bytes, 0, bytes.length)] ?? 0;
    return held > 0 ? held - 1 : undefined;
  }

  /** Notes a word of the term's stem; the shortest is kept, and among equals the first in the alphabet. */
  offerSurface(number: number, bytes: Uint8Array, start: number, length: number): void {
    const known = this.#surfaceStarts[number] ?? none;
    const knownLength = this.#surfaceLengths[number] ?? 0;
    if (
      known !== none &&
      (knownLength < length || (knownLength === length && !this.#precedes(bytes, start, known, length)))
    )
      return;
    const own = this.#starts[number] ?? 0;
    const isTerm = this.#lengths[number] === length && this.#equals(own, bytes, start, length);
    this.#surfaceStarts[number] = isTerm ? own : this.#keep(bytes, start, length);
    this.#surfaceLengths[number] = length;
  }

  termOf(number: number): string {
    return this.#text(this.#starts[number] ?? 0, this.#lengths[number] ?? 0);
  }

  /** The kept word of the term's stem, or null when only whole identifiers gave the term. */
  surfaceOf(number: number): string | null {
    const start = this.#surfaceStarts[number] ?? none;
    return start === none ? null : this.#text(start, this.#surfaceLengths[number] ?? 0);
  }

  #text(start: number, length: number): string {
    return Buffer.from(this.#pool.buffer, start, length).toString('utf8');
  }

  /** The slot of the term, or the free one where it would stand. */
  #find(bytes: Uint8Array, start: number, length: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash(bytes, start, length) & mask; ; slot = (slot + 1) & mask) {
      const held = this.#slots[slot] ?? 0;
      if (held === 0) return slot;
      if (this.#lengths[held - 1] === length && this.#equals(this.#starts[held - 1] ?? 0, bytes, start, length))
        return slot;
    }
  }

  #equals(at: number, bytes: Uint8Array, start: number, length: number): boolean {
    for (let i = 0; i < length; i++) if (this.#pool[at + i] !== bytes[start + i]) return false;
    return true;
  }

  #precedes(bytes: Uint8Array, start: number, at: number, length: number): boolean {
    for (let i = 0; i < length; i++) {
      const difference = (bytes[start + i] ?? 0) - (this.#pool[at + i] ?? 0);
      if (difference !== 0) return difference < 0;
    }
    return false;
  }

  #keep(bytes: Uint8Array, start: number, length: number): number {
    const at = this.#used;
    if (at + length > this.#pool.length) {
      const pool = new Uint8Array(Math.max(this.#pool.length * 2, at + length));
      pool.set(this.#pool);
      this.#pool = pool;
    }
    this.#pool.set(bytes.subarray(start, start + length), at);
    this.#used += length;
    return at;
  }

  #growArrays(): void {
    const size = this.#starts.length * 2;
    const grown = <T extends Uint32Array | Uint16Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#starts = grown(this.#starts, new Uint32Array(size));
    this.#lengths = grown(this.#lengths, new Uint16Array(size));
    this.#surfaceStarts = grown(this.#surfaceStarts, new Uint32Array(size));
    this.#surfaceLengths = grown(this.#surfaceLengths, new Uint16Array(size));
  }

  #rehash(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let number = 0; number < this.#count; number++) {
      let slot = hash(this.#pool, this.#starts[number] ?? 0, this.#lengths[number] ?? 0) & mask;
      while ((this.#slots[slot] ?? 0) > 0) slot = (slot + 1) & mask;
      this.#slots[slot] = number + 1;
    }
  }
}

/** FNV-1a, 32 bits (Fowler, Noll and Vo), with a last mix so that the low bits are good enough for a mask. */
function hash(bytes: Uint8Array, start: number, length: number): number {
  let value = 0x811c9dc5;
  for (let i = start; i < start + length; i++) value = Math.imul(value ^ (bytes[i] ?? 0), 0x01000193);
  return (value ^ (value >>> 15)) >>> 0;
}
