/** Reads the stored terms of a file (see terms.ts for the form), posting by posting and without an object for each. */
import { fieldCount, termsVersion } from './terms.ts';

/** The stored terms cannot be read: another version or damaged. The index makes them again from the file. */
export class UnreadableTerms extends Error {}

/** A cursor over the numbers and texts of a byte array. */
export class ByteReader {
  readonly bytes: Uint8Array;
  position: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.bytes = bytes;
    this.position = position;
  }

  byte(): number {
    const value = this.bytes[this.position++];
    if (value === undefined) throw new UnreadableTerms('the terms end too early');
    return value;
  }

  number(): number {
    let value = 0;
    let shift = 0;
    for (;;) {
      const byte = this.byte();
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
      shift += 7;
      if (shift > 28) throw new UnreadableTerms('a number is too long');
    }
  }

  /** Steps over a text and says where its bytes begin. The length stands in {@link textLength}. */
  text(): number {
    this.textLength = this.number();
    const start = this.position;
    this.position += this.textLength;
    if (this.position > this.bytes.length) throw new UnreadableTerms('a text ends too early');
    return start;
  }

  /** Bytes of the last text. */
  textLength = 0;
}

const noSurface = 0xffffffff;

/** The terms of a file by their numbers, as bytes of the stored form: strings are made only for those that are asked for. */
export class Vocabulary {
  readonly bytes: Uint8Array;
  readonly size: number;
  /** Where each term lies, and its length in bytes. */
  readonly starts: Uint32Array;
  readonly lengths: Uint32Array;
  readonly #surfaceStarts: Uint32Array;
  readonly #surfaceLengths: Uint32Array;

  constructor(reader: ByteReader) {
    const size = reader.number();
    // A term takes two bytes at least, so a damaged number cannot ask for much memory.
    if (size > reader.bytes.length) throw new UnreadableTerms('more terms than bytes');
    this.bytes = reader.bytes;
    this.size = size;
    this.starts = new Uint32Array(size);
    this.lengths = new Uint32Array(size);
    this.#surfaceStarts = new Uint32Array(size).fill(noSurface);
    this.#surfaceLengths = new Uint32Array(size);
    for (let number = 0; number < size; number++) {
      this.starts[number] = reader.text();
      this.lengths[number] = reader.textLength;
      const kind = reader.number();
      if (kind === 0) continue;
      this.#surfaceStarts[number] = kind === 1 ? (this.starts[number] ?? 0) : reader.text();
      this.#surfaceLengths[number] = reader.textLength;
    }
  }

  term(number: number): string {
    return this.#text(this.starts[number] ?? 0, this.lengths[number] ?? 0);
  }

  /** Where the shortest word of the stem lies; null when only whole identifiers gave the term. */
  surfaceRun(number: number): { readonly start: number; readonly length: number } | null {
    const start = this.#surfaceStarts[number] ?? noSurface;
    return start === noSurface ? null : { start, length: this.#surfaceLengths[number] ?? 0 };
  }

  surface(number: number): string | null {
    const run = this.surfaceRun(number);
    return run && this.#text(run.start, run.length);
  }

  #text(start: number, length: number): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, length).toString('utf8');
  }
}

/** What a file's terms are read into; `counts` is overwritten by the next posting, `packed` is where its packed form lies. */
export interface TermsVisitor {
  /** A chunk begins: its number from 0 and the length of each field in terms. */
  chunk(ordinal: number, lengths: readonly number[]): void;
  /** A posting: the term's number in the vocabulary, and the bytes from `start` to `end` that hold its counts. */
  posting(term: number, bytes: Uint8Array, start: number, end: number): void;
}

/**
 * Reads one file's terms.
 * @param onVocabulary called once, before any chunk
 * @throws UnreadableTerms when the bytes are of another version or damaged
 */
export function readTerms(bytes: Uint8Array, onVocabulary: (vocabulary: Vocabulary) => TermsVisitor): void {
  const reader = new ByteReader(bytes);
  const version = reader.number();
  if (version !== termsVersion) throw new UnreadableTerms(`terms of version ${version}`);
  const vocabulary = new Vocabulary(reader);
  const visitor = onVocabulary(vocabulary);
  const chunks = reader.number();
  const lengths = new Array<number>(fieldCount).fill(0);
  for (let ordinal = 0; ordinal < chunks; ordinal++) {
    for (let f = 0; f < fieldCount; f++) lengths[f] = reader.number();
    visitor.chunk(ordinal, lengths);
    let term = 0;
    for (let n = reader.number(); n > 0; n--) {
      term += reader.number();
      const start = reader.position;
      skipCounts(reader);
      visitor.posting(term, bytes, start, reader.position);
    }
  }
}

/** Steps over the counts of one posting. */
export function skipCounts(reader: ByteReader): void {
  const head = reader.byte();
  if (head >= 16) return;
  for (let fields = head; fields > 0; fields >>= 1) if (fields & 1) reader.number();
}

/** Unpacks the counts that `reader` stands before into `counts`, one number a field. */
export function readCounts(reader: ByteReader, counts: Uint16Array): void {
  const head = reader.byte();
  const fields = head & 15;
  const single = head >> 4;
  for (let f = 0; f < fieldCount; f++) {
    if (fields & (1 << f)) counts[f] = single || reader.number();
    else counts[f] = 0;
  }
}
