/** The static vectors of one repository: words embedded in the background, chunk vectors made from them, file by file as they change. */
import { throwIfCancelled, yieldToEventLoop } from '../base/cancellation.ts';
import { type CommonDirections, commonDirections, withoutCommon } from './word-vectors.ts';
import { stemOf } from '../index/terms/words.ts';
import type { IndexReader } from '../index/types.ts';
import type { Embedder } from '../runtime/embedding/embedder.ts';
import type { Corpus } from './corpus.ts';
import type { Query } from './query.ts';
import {
  cosines,
  type FileVectors,
  fileVectors,
  packQuestion,
  type PackedQuestion,
  questionVector,
} from './static-vectors.ts';
import { type EmbedOptions, embedCached } from './vector-cache.ts';

/** Words that are embedded at most, the most frequent first; what is left stands in one chunk or two. */
const mostWords = 30_000;
/** A word in fewer chunks than this is not embedded: it cannot join two places. */
const fewestChunks = 2;
/** Words embedded between two looks at the signal. */
const wordsAtATime = 256;
/** Longest stretch of computing before other work gets its turn, in milliseconds. */
const slice = 15;
const wordKind = 'word 1';

/** Words are looked at again when the repository has this many times the terms it had. */
const growth = 1.1;

/** Words compared with each word of a question, the most frequent; how near one has to be, and how many are taken. */
const mostCompared = 12_000;
const leastNear = 0.4;
const mostNear = 12;

/** A word of the repository and its cosine with a word of the question. */
interface NearWord {
  readonly stem: string;
  readonly cosine: number;
}

/** By the stem of a question's word. */
export type NearWords = ReadonlyMap<string, readonly NearWord[]>;

type Urgency = Pick<EmbedOptions, 'urgent'>;

interface Space {
  /** Terms of the repository when the words were chosen. */
  readonly termCount: number;
  readonly directions: CommonDirections;
  readonly vectors: ReadonlyMap<string, { readonly vector: Float32Array; readonly idf: number }>;
}

export class StaticSpace {
  readonly #reader: IndexReader;
  readonly #embedder: Embedder;
  #space: Space | null = null;
  /** By file number; a file whose content changed is made again. */
  readonly #files = new Map<number, { readonly hash: string; readonly space: Space; readonly vectors: FileVectors }>();
  #complete = false;

  constructor(reader: IndexReader, embedder: Embedder) {
    this.#reader = reader;
    this.#embedder = embedder;
  }

  /** True once every code file that was there at the last build has vectors. */
  get isReady(): boolean {
    return this.#complete;
  }

  /** Vectors of the file's chunks, or undefined when there are none yet. */
  vectorsOf(file: number): FileVectors | undefined {
    return this.#files.get(file)?.vectors;
  }

  /**
   * Embeds the repository's words and makes the vectors of all code files; what is kept from before is not computed again.
   * @param urgency whether a question waits for it
   */
  async build(corpus: Corpus, signal: AbortSignal, urgency: Urgency = { urgent: false }): Promise<void> {
    if (!this.#space || corpus.terms.termCount > growth * this.#space.termCount)
      this.#space = await this.#makeSpace(corpus, signal, urgency);
    const space = this.#space;
    const lookup = (term: string): { readonly vector: Float32Array; readonly idf: number } | undefined =>
      space.vectors.get(term);
    let deadline = performance.now() + slice;
    for (let file = 0; file < corpus.files.size; file++) {
      const facts = corpus.files.facts(file);
      if (facts.lane !== 'code') continue;
      const stored = corpus.files.isPresent(file) ? this.#reader.terms(facts.path) : undefined;
      const hash = this.#reader.file(facts.path)?.contentHash;
      const known = this.#files.get(file);
      if (stored === undefined || hash === undefined) this.#files.delete(file);
      else if (known?.hash !== hash || known.space !== space) {
        this.#files.set(file, {
          hash,
          space,
          vectors: fileVectors(stored, facts.terms, lookup, this.#embedder.dimensions),
        });
      }
      if (performance.now() < deadline) continue;
      await yieldToEventLoop();
      throwIfCancelled(signal);
      deadline = performance.now() + slice;
    }
    this.#complete = true;
  }

  async #makeSpace(corpus: Corpus, signal: AbortSignal, urgency: Urgency): Promise<Space> {
    const { termCount } = corpus.terms;
    const words = await frequentWords(corpus, signal);
    const raw: Float32Array[] = [];
    for (let at = 0; at < words.length; at += wordsAtATime) {
      const part = words.slice(at, at + wordsAtATime).map((word) => word.surface);
      raw.push(...(await embedCached(this.#reader, this.#embedder, part, { kind: wordKind, ...urgency }, signal)));
      await yieldToEventLoop();
    }
    const directions = await commonDirections(raw, this.#embedder.dimensions);
    const vectors = new Map<string, { vector: Float32Array; idf: number }>();
    words.forEach(({ term, idf }, i) => {
      const vector = raw[i];
      if (vector) vectors.set(term, { vector: withoutCommon(vector, directions), idf });
    });
    return { termCount, directions, vectors };
  }

  /** The question as a static vector; words that the repository lacks are embedded now. Null without a space or without words. */
  async question(query: Query, signal: AbortSignal): Promise<PackedQuestion | null> {
    const space = this.#space;
    if (!space) return null;
    const known: { vector: Float32Array; idf: number }[] = [];
    const unknown: string[] = [];
    for (const { word, stem } of query.parts) {
      const entry = space.vectors.get(stem) ?? space.vectors.get(stemOf(word));
      if (entry) known.push(entry);
      else unknown.push(word);
    }
    const rarest = Math.max(1, ...known.map((entry) => entry.idf));
    const raw = await embedCached(this.#reader, this.#embedder, unknown, { kind: wordKind, urgent: true }, signal);
    for (const vector of raw) known.push({ vector: withoutCommon(vector, space.directions), idf: rarest });
    const vector = questionVector(known, this.#embedder.dimensions);
    return vector && packQuestion(vector);
  }

  /**
   * The words of the repository that are near the question's words in meaning, by the stem of the question's word, nearest first.
   * Empty without a space.
   */
  async nearWords(query: Query, signal: AbortSignal): Promise<NearWords> {
    const space = this.#space;
    const near = new Map<string, readonly NearWord[]>();
    if (!space) return near;
    const unknown = query.parts.filter(({ stem }) => !space.vectors.has(stem)).map(({ word }) => word);
    const embedded = await embedCached(this.#reader, this.#embedder, unknown, { kind: wordKind, urgent: true }, signal);
    const raw = new Map(unknown.map((word, i) => [word, embedded[i]]));
    for (const { word, stem } of query.parts) {
      const made = raw.get(word);
      const vector = space.vectors.get(stem)?.vector ?? (made && withoutCommon(made, space.directions));
      if (!vector) continue;
      near.set(stem, nearest(vector, stem, space.vectors));
      await yieldToEventLoop();
      throwIfCancelled(signal);
    }
    return near;
  }

  /** Cosines of the question with the chunks of a file, then with the file as a whole. */
  cosines(question: PackedQuestion, file: number): Float32Array | undefined {
    const vectors = this.vectorsOf(file);
    return vectors && cosines(question, vectors);
  }
}

/** The nearest words, but for the word itself. */
function nearest(asked: Float32Array, own: string, words: Space['vectors']): NearWord[] {
  const found: NearWord[] = [];
  let compared = 0;
  for (const [stem, { vector }] of words) {
    if (++compared > mostCompared) break;
    if (stem === own) continue;
    let cosine = 0;
    for (let d = 0; d < vector.length; d++) cosine += (asked[d] as number) * (vector[d] as number);
    if (cosine >= leastNear) found.push({ stem, cosine });
  }
  return found.toSorted((a, b) => b.cosine - a.cosine).slice(0, mostNear);
}

interface CountedWord {
  readonly term: string;
  readonly surface: string;
  readonly idf: number;
  readonly chunks: number;
}

/** Words of code files, the most frequent first, with their rarity over all chunks. */
async function frequentWords(corpus: Corpus, signal: AbortSignal): Promise<readonly CountedWord[]> {
  const { terms, files } = corpus;
  const words: CountedWord[] = [];
  const total = terms.liveChunkCount;
  let deadline = performance.now() + slice;
  for (let number = 0; number < terms.termCount; number++) {
    if (performance.now() > deadline) {
      await yieldToEventLoop();
      throwIfCancelled(signal);
      deadline = performance.now() + slice;
    }
    const surface = terms.surfaceOf(number);
    if (surface === null || /^\d+$/.test(surface)) continue;
    let chunks = 0;
    let inCode = 0;
    terms.scan(number, (chunk) => {
      chunks++;
      if (files.facts(terms.fileOf(chunk)).lane === 'code') inCode++;
    });
    if (inCode < fewestChunks) continue;
    words.push({
      term: terms.termOf(number),
      surface,
      idf: Math.log(1 + (total - chunks + 0.5) / (chunks + 0.5)),
      chunks,
    });
  }
  words.sort((a, b) => b.chunks - a.chunks || (a.term < b.term ? -1 : 1));
  return words.slice(0, mostWords);
}
