/**
 * SentencePiece's unigram model (Kudo 2018): of all ways to cut a text into pieces the one whose scores, logarithms of
 * probabilities, have the highest sum, found by Viterbi's algorithm.
 */
import { fallbackIds } from './byte-level.ts';
import type { PieceEncoder } from './definition.ts';

export interface UnigramOptions {
  readonly pieces: ReadonlyMap<string, number>;
  /** By id. */
  readonly scores: ArrayLike<number>;
  /** What an unknown character scores: ten less than the worst piece, in SentencePiece. */
  readonly unknownScore: number;
  readonly unknownId: number | null;
  readonly byteIds: readonly number[] | null;
  readonly normalize: (text: string, atStart: boolean) => string;
  readonly split: (text: string, atStart: boolean) => readonly string[];
}

const cachedWords = 65_536;
const longestCached = 48;

export class UnigramEncoder implements PieceEncoder {
  readonly #options: UnigramOptions;
  readonly #longestPiece: number;
  #cache = new Map<string, readonly number[]>();

  constructor(options: UnigramOptions) {
    this.#options = options;
    let longest = 1;
    for (const piece of options.pieces.keys()) if (piece.length > longest) longest = piece.length;
    this.#longestPiece = longest;
  }

  encode(text: string, output: number[], atStart: boolean): void {
    this.encodeNormalized(this.normalize(text, atStart), output, atStart);
  }

  normalize(text: string, atStart: boolean): string {
    return this.#options.normalize(text, atStart);
  }

  encodeNormalized(text: string, output: number[], atStart: boolean): void {
    const { split, unknownId } = this.#options;
    let afterUnknown = false;
    for (const word of split(text, atStart))
      for (const id of this.#word(word)) {
        // Unknown characters in a row are one unknown token, also across words.
        if (id !== unknownId || !afterUnknown) output.push(id);
        afterUnknown = id === unknownId;
      }
  }

  #word(word: string): readonly number[] {
    const known = this.#cache.get(word);
    if (known) return known;
    const ids = this.#best(word);
    if (word.length <= longestCached) {
      if (this.#cache.size >= cachedWords) this.#cache = new Map();
      this.#cache.set(word.length < 13 ? word : Buffer.from(word, 'utf16le').toString('utf16le'), ids);
    }
    return ids;
  }

  #best(word: string): number[] {
    const { pieces, scores, unknownScore } = this.#options;
    const length = word.length;
    const best = new Float64Array(length + 1).fill(Number.NEGATIVE_INFINITY);
    const from = new Int32Array(length + 1);
    const chosen = new Int32Array(length + 1).fill(-1);
    best[0] = 0;
    for (let start = 0, step = 1; start < length; start += step) {
      step = (word.codePointAt(start) ?? 0) > 0xffff ? 2 : 1;
      const here = best[start] ?? 0;
      let hasWhole = false;
      const last = Math.min(length, start + this.#longestPiece);
      for (let end = start + step; end <= last; end += 1) {
        const id = pieces.get(word.slice(start, end));
        if (id === undefined) continue;
        if (end === start + step) hasWhole = true;
        const score = here + (scores[id] ?? 0);
        if (score > (best[end] ?? 0)) {
          best[end] = score;
          from[end] = start;
          chosen[end] = id;
        }
      }
      const end = start + step;
      if (!hasWhole && here + unknownScore > (best[end] ?? 0)) {
        best[end] = here + unknownScore;
        from[end] = start;
        chosen[end] = -1;
      }
    }
    return this.#backtrack(word, from, chosen);
  }

  #backtrack(word: string, from: Int32Array, chosen: Int32Array): number[] {
    const { byteIds, unknownId } = this.#options;
    const reversed: number[] = [];
    for (let end = word.length; end > 0; end = from[end] ?? 0) {
      const id = chosen[end] ?? -1;
      const bytes = id < 0 && byteIds ? fallbackIds(word.slice(from[end], end), byteIds) : null;
      if (id >= 0) reversed.push(id);
      else if (bytes) reversed.push(...bytes.reverse());
      else if (unknownId !== null && reversed.at(-1) !== unknownId) reversed.push(unknownId);
    }
    return reversed.reverse();
  }
}
