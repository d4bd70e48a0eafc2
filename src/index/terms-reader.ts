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

  text(): string {
    const length = this.number();
    const end = this.position + length;
    if (end > this.bytes.length) throw new UnreadableTerms('a text ends too early');
    // Almost every term is short ASCII, and joining its characters is quicker than a call into the decoder.
    let ascii = '';
    for (let i = this.position; i < end; i++) {
      const code = this.bytes[i] ?? 0;
      if (code > 127) {
        const text = Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.position, length).toString('utf8');
        this.position = end;
        return text;
      }
      ascii += String.fromCharCode(code);
    }
    this.position = end;
    return ascii;
  }
}

/** A term of a file: `surface` is the shortest word of that stem, or null when only whole identifiers gave the term. */
export interface StoredTerm {
  readonly term: string;
  readonly surface: string | null;
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
 * @returns the vocabulary, in the order of the terms' numbers, as soon as it is known to `onVocabulary`
 * @throws UnreadableTerms when the bytes are of another version or damaged
 */
export function readTerms(bytes: Uint8Array, onVocabulary: (terms: readonly StoredTerm[]) => TermsVisitor): void {
  const reader = new ByteReader(bytes);
  const version = reader.number();
  if (version !== termsVersion) throw new UnreadableTerms(`terms of version ${version}`);
  const vocabulary: StoredTerm[] = [];
  for (let n = reader.number(); n > 0; n--) {
    const term = reader.text();
    const kind = reader.number();
    vocabulary.push({ term, surface: kind === 0 ? null : kind === 1 ? term : reader.text() });
  }
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
