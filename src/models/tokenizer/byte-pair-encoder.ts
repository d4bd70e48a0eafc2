/**
 * Byte-pair vocabularies of both kinds: byte-level ones (GPT-2) with ranked merges, and SentencePiece's, whose merges follow
 * from the scores of the pieces and whose unknown characters fall back to bytes.
 */
import { byteLevelSpelling, fallbackIds } from './byte-level.ts';
import { BytePairMerger } from './byte-pair-merger.ts';
import type { PieceEncoder } from './definition.ts';
import { MergeTable } from './merge-table.ts';

export interface BytePairOptions {
  /** The pieces text can turn into, by spelling: no control, byte or unknown tokens. */
  readonly pieces: ReadonlyMap<string, number>;
  /** Pairs that merge; with equal ranks the leftmost merges first. */
  readonly merges: Merges;
  readonly normalize: (text: string, atStart: boolean) => string;
  readonly split: (text: string, atStart: boolean) => readonly string[];
  /** Whether a character stands for a byte, or for itself. */
  readonly byteLevel: boolean;
  /** Whether a piece that is a token as a whole is taken without merging (tiktoken's way), always or when it is all newlines. */
  readonly wholePiece: 'always' | 'newlines' | 'never';
  /** Token of each byte, for characters without one, or -1; null when the vocabulary has none. */
  readonly byteIds: readonly number[] | null;
  readonly unknownId: number | null;
  /** Several unknown characters in a row are one unknown token. */
  readonly fuseUnknown: boolean;
}

export interface Merges {
  /** How many there are at most. */
  readonly count: number;
  forEach(each: (left: string, right: string, rank: number) => void): void;
}

const cachedWords = 65_536;
const longestCached = 48;
/** A character that neither the vocabulary nor any merge knows is this less its code point: a number that no table has. */
const unseen = -2;

export class BytePairEncoder implements PieceEncoder {
  readonly #options: BytePairOptions;
  readonly #merger: BytePairMerger;
  /** Spellings of what is no token by itself and yet merges: characters, and products that the vocabulary lacks. */
  readonly #extra = new Map<string, number>();
  readonly #extraSpellings: string[] = [];
  readonly #firstExtra: number;
  #cache = new Map<string, number | readonly number[]>();

  constructor(options: BytePairOptions) {
    this.#options = options;
    let highest = -1;
    for (const id of options.pieces.values()) if (id > highest) highest = id;
    this.#firstExtra = highest + 1;
    const table = new MergeTable(options.merges.count);
    options.merges.forEach((left, right, rank) => {
      table.set(this.#idOf(left), this.#idOf(right), rank, this.#idOf(left + right));
    });
    this.#merger = new BytePairMerger(table);
  }

  encode(text: string, output: number[], atStart: boolean): void {
    this.encodeNormalized(this.normalize(text, atStart), output, atStart);
  }

  normalize(text: string, atStart: boolean): string {
    return this.#options.normalize(text, atStart);
  }

  encodeNormalized(text: string, output: number[], atStart: boolean): void {
    for (const word of this.#options.split(text, atStart)) {
      const known = this.#cache.get(word);
      if (known === undefined) this.#encodeNew(word, output);
      else if (typeof known === 'number') output.push(known);
      else for (const id of known) output.push(id);
    }
  }

  #encodeNew(word: string, output: number[]): void {
    const start = output.length;
    this.#merge(word, output);
    if (word.length > longestCached) return;
    // Half a cache is worth more than an unbounded one, and starting over is cheaper than keeping count of use.
    if (this.#cache.size >= cachedWords) this.#cache = new Map();
    const ids = output.slice(start);
    // A copy of the word: a slice would keep the whole text alive.
    this.#cache.set(
      word.length < 13 ? word : Buffer.from(word, 'utf16le').toString('utf16le'),
      ids.length === 1 ? (ids[0] ?? 0) : ids,
    );
  }

  #merge(word: string, output: number[]): void {
    const { pieces, byteLevel, wholePiece } = this.#options;
    const spelled = byteLevel ? byteLevelSpelling(word) : word;
    if (wholePiece === 'always' || (wholePiece === 'newlines' && /^\n+$/.test(word))) {
      const whole = pieces.get(spelled);
      if (whole !== undefined) {
        output.push(whole);
        return;
      }
    }
    const symbols: number[] = [];
    for (const character of spelled)
      symbols.push(pieces.get(character) ?? this.#extra.get(character) ?? unseen - (character.codePointAt(0) ?? 0));
    const merged: number[] = [];
    this.#merger.merge(symbols, merged);
    for (const id of merged) {
      if (id <= unseen) this.#spellOut(String.fromCodePoint(unseen - id), output);
      else if (id >= this.#firstExtra) this.#spellOut(this.#extraSpellings[id - this.#firstExtra] ?? '', output);
      else output.push(id);
    }
  }

  #idOf(spelling: string): number {
    return this.#options.pieces.get(spelling) ?? this.#extra.get(spelling) ?? this.#addExtra(spelling);
  }

  #addExtra(spelling: string): number {
    const id = this.#firstExtra + this.#extraSpellings.length;
    this.#extra.set(spelling, id);
    this.#extraSpellings.push(spelling);
    return id;
  }

  #spellOut(spelling: string, output: number[]): void {
    const { byteLevel, byteIds, pieces, unknownId, fuseUnknown } = this.#options;
    const before = output.length;
    if (byteLevel)
      for (const character of spelling) {
        const id = pieces.get(character);
        if (id !== undefined) output.push(id);
      }
    else if (byteIds) output.push(...(fallbackIds(spelling, byteIds) ?? []));
    if (output.length > before || unknownId === null) return;
    if (!fuseUnknown || output.at(-1) !== unknownId) output.push(unknownId);
  }
}
