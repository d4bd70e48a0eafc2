/**
 * The inverted index in memory: which chunks hold a term, how often and in which fields; built from the terms that the index keeps,
 * and kept true file by file. Postings are delta-coded bytes (about 2.5 a posting), so 100,000 chunks take some tens of megabytes.
 *
 * Chunks are numbered in the order they came; a changed file gets new numbers and its old ones are dead until the next compaction.
 */
import { ByteReader, readCounts, readTerms, skipCounts, type Vocabulary } from '../index/terms/terms-reader.ts';
import { termFields } from '../index/terms/terms.ts';
import { PostingTail } from './posting-tail.ts';
import { TermTable } from './term-table.ts';

const fields = termFields.length;
/** Compact when the tail or the dead chunks are more than this share of the whole. */
const compactShare = 0.3;
const smallestTail = 1 << 20;

/** What a scan tells about each chunk that holds the term; `counts` is overwritten for the next one. */
export type PostingVisitor = (chunk: number, counts: Uint16Array) => void;

export class TermIndex {
  readonly #terms = new TermTable();
  /** Postings in one block, by term from `offsets[term]` to `offsets[term + 1]`. */
  #block: Uint8Array = new Uint8Array(0);
  #offsets: Uint32Array = new Uint32Array(1);
  #tail = new PostingTail();
  #fileOf = new Int32Array(1024);
  #lengths = new Uint16Array(1024 * fields);
  #chunkCount = 0;
  #deadCount = 0;
  /** By file number: its first chunk and how many; -1 when the file is gone. */
  readonly #first: number[] = [];
  readonly #size: number[] = [];

  /** Chunk numbers ever given out, dead ones included: the size of an array by chunk. */
  get chunkCount(): number {
    return this.#chunkCount;
  }

  get liveChunkCount(): number {
    return this.#chunkCount - this.#deadCount;
  }

  get termCount(): number {
    return this.#terms.size;
  }

  /** The number of a term, or undefined when no chunk ever held it. */
  numberOf(term: string): number | undefined {
    return this.#terms.numberOf(term);
  }

  /** The text of a term, by its number from 0 to {@link termCount}. */
  termOf(term: number): string {
    return this.#terms.termOf(term);
  }

  /** The shortest word of the term's stem; null for what is only a whole identifier. */
  surfaceOf(term: number): string | null {
    return this.#terms.surfaceOf(term);
  }

  /** The file of a chunk, or -1 when the chunk is dead. */
  fileOf(chunk: number): number {
    return this.#fileOf[chunk] ?? -1;
  }

  /** The first chunk of a file and how many there are; both 0 when the file is not there. */
  chunksOf(file: number): { readonly first: number; readonly size: number } {
    return { first: Math.max(0, this.#first[file] ?? 0), size: this.#size[file] ?? 0 };
  }

  /** The length of a field of a chunk, in terms; lengths over 65,535 are cut. */
  lengthOf(chunk: number, field: number): number {
    return this.#lengths[chunk * fields + field] ?? 0;
  }

  /** Bytes that terms, postings and arrays by chunk take. */
  get bytes(): number {
    return (
      this.#terms.bytes +
      this.#block.length +
      this.#offsets.byteLength +
      this.#tail.bytes +
      this.#fileOf.byteLength +
      this.#lengths.byteLength
    );
  }

  /** Puts a file's stored terms in, in place of what was known of it. */
  put(file: number, stored: Uint8Array): void {
    this.remove(file);
    const first = this.#chunkCount;
    readTerms(stored, (vocabulary) => {
      const numbers = this.#intern(vocabulary);
      let chunk = first - 1;
      return {
        chunk: (_, lengths) => {
          chunk = this.#addChunk(file, lengths);
        },
        posting: (term, bytes, start, end) => {
          this.#tail.add(numbers[term] ?? 0, chunk, bytes, start, end);
        },
      };
    });
    this.#first[file] = first;
    this.#size[file] = this.#chunkCount - first;
  }

  /** Takes a file out; its chunks are skipped from now on. */
  remove(file: number): void {
    const { first, size } = this.chunksOf(file);
    if (size === 0) return;
    this.#fileOf.fill(-1, first, first + size);
    this.#deadCount += size;
    this.#size[file] = 0;
    this.#first[file] = -1;
  }

  #intern(vocabulary: Vocabulary): Uint32Array {
    const numbers = new Uint32Array(vocabulary.size);
    for (let i = 0; i < numbers.length; i++) {
      const number = this.#terms.intern(vocabulary.bytes, vocabulary.starts[i] ?? 0, vocabulary.lengths[i] ?? 0);
      numbers[i] = number;
      const surface = vocabulary.surfaceRun(i);
      if (surface) this.#terms.offerSurface(number, vocabulary.bytes, surface.start, surface.length);
    }
    return numbers;
  }

  #addChunk(file: number, lengths: readonly number[]): number {
    const chunk = this.#chunkCount++;
    if (chunk >= this.#fileOf.length) {
      this.#fileOf = grown(this.#fileOf, new Int32Array(this.#fileOf.length * 2));
      this.#lengths = grown(this.#lengths, new Uint16Array(this.#lengths.length * 2));
    }
    this.#fileOf[chunk] = file;
    for (let f = 0; f < fields; f++) this.#lengths[chunk * fields + f] = Math.min(lengths[f] ?? 0, 65_535);
    return chunk;
  }

  /** Visits every live chunk that holds the term, in the order of chunk numbers. */
  scan(term: number, visit: PostingVisitor): void {
    const counts = new Uint16Array(fields);
    const start = this.#offsets[term] ?? 0;
    const end = this.#offsets[term + 1] ?? start;
    this.#scanBytes(this.#block, start, end, counts, visit);
    const tail = this.#tail.postingsOf(term);
    if (tail) this.#scanBytes(tail, 0, tail.length, counts, visit);
  }

  #scanBytes(bytes: Uint8Array, start: number, end: number, counts: Uint16Array, visit: PostingVisitor): void {
    const reader = new ByteReader(bytes, start);
    let chunk = 0;
    while (reader.position < end) {
      chunk += reader.number();
      readCounts(reader, counts);
      if ((this.#fileOf[chunk] ?? -1) >= 0) visit(chunk, counts);
    }
  }

  /** True when a compaction is worth its time. */
  get wantsCompaction(): boolean {
    return (
      this.#tail.bytes > Math.max(smallestTail, this.#block.length * compactShare) ||
      this.#deadCount > Math.max(1024, this.#chunkCount * compactShare)
    );
  }

  /** Drops dead chunks, renumbers the rest and makes one block of all postings. Chunk numbers held elsewhere are void after it. */
  compact(): void {
    const renumbered = new Int32Array(this.#chunkCount).fill(-1);
    let next = 0;
    for (let chunk = 0; chunk < this.#chunkCount; chunk++)
      if ((this.#fileOf[chunk] ?? -1) >= 0) renumbered[chunk] = next++;
    const tail = new PostingTail();
    // Postings of a term are gathered from block and tail and written once, behind each other, in the order of terms.
    const offsets = new Uint32Array(this.#terms.size + 1);
    let block = new Uint8Array(this.#block.length + this.#tail.used);
    let length = 0;
    for (let term = 0; term < this.#terms.size; term++) {
      offsets[term] = length;
      let previous = 0;
      const copy = (bytes: Uint8Array, start: number, end: number): void => {
        const reader = new ByteReader(bytes, start);
        let chunk = 0;
        while (reader.position < end) {
          chunk += reader.number();
          const from = reader.position;
          skipCounts(reader);
          const now = renumbered[chunk] ?? -1;
          if (now < 0) continue;
          // A delta never grows, so what is written never outruns the room of what was read, but for the seam of block and tail.
          if (length + 10 + reader.position - from > block.length)
            block = grown(block, new Uint8Array(block.length * 2 + 64));
          for (let delta = now - previous; ; delta >>>= 7) {
            block[length++] = delta > 127 ? (delta & 127) | 128 : delta;
            if (delta <= 127) break;
          }
          previous = now;
          for (let i = from; i < reader.position; i++) block[length++] = bytes[i] ?? 0;
        }
      };
      copy(this.#block, this.#offsets[term] ?? 0, this.#offsets[term + 1] ?? this.#offsets[term] ?? 0);
      const rest = this.#tail.postingsOf(term);
      if (rest) copy(rest, 0, rest.length);
    }
    offsets[this.#terms.size] = length;
    this.#renumber(renumbered, next);
    this.#block = block.slice(0, length);
    this.#offsets = offsets;
    this.#tail = tail;
  }

  #renumber(renumbered: Int32Array, count: number): void {
    const fileOf = new Int32Array(Math.max(1024, count));
    const lengths = new Uint16Array(fileOf.length * fields);
    for (let chunk = 0; chunk < this.#chunkCount; chunk++) {
      const now = renumbered[chunk] ?? -1;
      if (now < 0) continue;
      fileOf[now] = this.#fileOf[chunk] ?? -1;
      lengths.set(this.#lengths.subarray(chunk * fields, (chunk + 1) * fields), now * fields);
    }
    for (let file = 0; file < this.#first.length; file++) {
      const first = this.#first[file] ?? -1;
      if ((this.#size[file] ?? 0) > 0 && first >= 0) this.#first[file] = renumbered[first] ?? -1;
    }
    this.#fileOf = fileOf;
    this.#lengths = lengths;
    this.#chunkCount = count;
    this.#deadCount = 0;
  }
}

function grown<T extends Int32Array | Uint16Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
