/**
 * Terms of a file's chunks: the analyser that runs in the parser worker, and the compact form the store keeps for the search.
 *
 * Binary form, version 1, all numbers unsigned LEB128: version; number of terms, and for each its UTF-8 length and bytes, a kind
 * (0 whole identifier, 1 word equal to its stem, 2 word followed by its surface form in the same encoding); number of chunks, and
 * for each the length of every field in terms, the number of postings, and the postings in order of the term's number: the
 * number's delta, then counts as {@link writeCounts} packs them. Postings of the same chunk and term are never split.
 */
import { isWordCode, termsOf } from './words.ts';

/** Grows when the analyser or the form changes, so that stored terms of an older Longsight are made again. */
export const termsVersion = 1;

/** Fields of a chunk in the order of their numbers; the path is a field too, but the search derives it from the path itself. */
export const termFields = ['code', 'comment', 'definition', 'scope'] as const;
export const fieldCount = termFields.length;

/** What the analyser needs of one chunk. */
export interface ChunkToAnalyse {
  readonly text: string;
  /** Where comments and docstrings lie: UTF-16 offsets into `text`, ascending, not overlapping; `end` is exclusive. */
  readonly comments: readonly { readonly start: number; readonly end: number }[];
  /** Definitions that begin in the chunk. */
  readonly symbols: readonly { readonly name: string }[];
  /** Names of the enclosing definitions at the chunk's first line. */
  readonly scope: readonly string[];
}

/** Counts larger than this are cut: BM25 saturates long before. */
const largestCount = 4095;

/** Makes the stored terms of one file from its chunks in their order. */
export function encodeTerms(chunks: readonly ChunkToAnalyse[]): Uint8Array {
  const vocabulary = new Vocabulary();
  const body = new ByteWriter();
  for (const chunk of chunks) {
    vocabulary.beginChunk();
    countText(chunk.text, chunk.comments, vocabulary);
    for (const symbol of chunk.symbols) countName(symbol.name, 2, vocabulary);
    for (const name of chunk.scope) countName(name, 3, vocabulary);
    vocabulary.writeChunk(body);
  }
  const head = new ByteWriter();
  head.number(termsVersion);
  vocabulary.write(head);
  head.number(chunks.length);
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head.bytes(), 0);
  bytes.set(body.bytes(), head.length);
  return bytes;
}

function countText(text: string, comments: ChunkToAnalyse['comments'], vocabulary: Vocabulary): void {
  let next = 0;
  let comment = comments[next];
  let start = -1;
  for (let i = 0; i <= text.length; i++) {
    const inside = i < text.length && isWordCode(text.charCodeAt(i));
    if (inside && start < 0) start = i;
    if (inside || start < 0) continue;
    while (comment && comment.end <= start) comment = comments[++next];
    vocabulary.count(text.slice(start, i), comment && comment.start <= start ? 1 : 0);
    start = -1;
  }
}

function countName(name: string, field: number, vocabulary: Vocabulary): void {
  for (const word of name.split(/[^\p{L}\p{N}_$]+/u)) if (word !== '') vocabulary.count(word, field);
}

/** The terms of one file while it is analysed, with the counts of the chunk at hand. */
class Vocabulary {
  readonly #numbers = new Map<string, number>();
  readonly #surfaces: (string | null)[] = [];
  /** Numbers of the terms of an identifier. */
  readonly #identifiers = new Map<string, readonly number[]>();
  #counts = new Uint16Array(1024 * fieldCount);
  #touched: number[] = [];
  #lengths: number[] = [];

  beginChunk(): void {
    for (const term of this.#touched) this.#counts.fill(0, term * fieldCount, (term + 1) * fieldCount);
    this.#touched = [];
    this.#lengths = new Array<number>(fieldCount).fill(0);
  }

  count(identifier: string, field: number): void {
    let terms = this.#identifiers.get(identifier);
    if (!terms) this.#identifiers.set(identifier, (terms = this.#add(identifier)));
    for (const term of terms) {
      const at = term * fieldCount;
      const counts = this.#counts;
      if (!(counts[at] || counts[at + 1] || counts[at + 2] || counts[at + 3])) this.#touched.push(term);
      const count = counts[at + field] ?? 0;
      if (count < largestCount) counts[at + field] = count + 1;
    }
    this.#lengths[field] = (this.#lengths[field] ?? 0) + terms.length;
  }

  #add(identifier: string): readonly number[] {
    return termsOf(identifier).map(({ term, surface }) => {
      let number = this.#numbers.get(term);
      if (number === undefined) {
        number = this.#numbers.size;
        this.#numbers.set(term, number);
        this.#surfaces.push(surface);
        if ((number + 1) * fieldCount > this.#counts.length) this.#grow();
      } else if (surface !== null) {
        // The shortest word stands for its stem; among equals the first in the alphabet, so that the order of files is no matter.
        const known = this.#surfaces[number];
        if (known === null || known === undefined || shorter(surface, known)) this.#surfaces[number] = surface;
      }
      return number;
    });
  }

  #grow(): void {
    const counts = new Uint16Array(this.#counts.length * 2);
    counts.set(this.#counts);
    this.#counts = counts;
  }

  writeChunk(out: ByteWriter): void {
    for (const length of this.#lengths) out.number(length);
    const terms = this.#touched.sort((a, b) => a - b);
    out.number(terms.length);
    let previous = 0;
    for (const term of terms) {
      out.number(term - previous);
      previous = term;
      writeCounts(this.#counts, term * fieldCount, out);
    }
  }

  write(out: ByteWriter): void {
    out.number(this.#numbers.size);
    for (const [term, number] of this.#numbers) {
      out.text(term);
      const surface = this.#surfaces[number] ?? null;
      out.number(surface === null ? 0 : surface === term ? 1 : 2);
      if (surface !== null && surface !== term) out.text(surface);
    }
  }
}

/** The order in which surface forms of one stem are preferred. */
function shorter(a: string, b: string): boolean {
  return a.length < b.length || (a.length === b.length && a < b);
}

/**
 * Packs the counts of one term in one chunk: a byte whose low four bits say which fields hold it; its high bits are the count
 * when one field alone holds it up to fifteen times, and else 0 with the counts of the fields following.
 */
function writeCounts(counts: Uint16Array, at: number, out: ByteWriter): void {
  let fields = 0;
  let only = 0;
  for (let f = 0; f < fieldCount; f++) {
    const count = counts[at + f] ?? 0;
    if (count > 0) {
      fields |= 1 << f;
      only = count;
    }
  }
  const single = (fields & (fields - 1)) === 0;
  if (single && only < 16) {
    out.byte(fields | (only << 4));
    return;
  }
  out.byte(fields);
  for (let f = 0; f < fieldCount; f++) if (fields & (1 << f)) out.number(counts[at + f] ?? 0);
}

/** Appends numbers and texts to bytes that grow. */
class ByteWriter {
  #buffer = new Uint8Array(4096);
  length = 0;

  byte(value: number): void {
    if (this.length === this.#buffer.length) this.#reserve(1);
    this.#buffer[this.length++] = value;
  }

  number(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.byte((rest & 127) | 128);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  text(value: string): void {
    const bytes = Buffer.from(value, 'utf8');
    this.number(bytes.length);
    if (this.length + bytes.length > this.#buffer.length) this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  #reserve(extra: number): void {
    const grown = new Uint8Array(Math.max(this.#buffer.length * 2, this.length + extra));
    grown.set(this.#buffer);
    this.#buffer = grown;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }
}
