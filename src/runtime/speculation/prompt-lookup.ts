/**
 * Prompt lookup (Saxena 2023): what followed the last few tokens where they stood before, in the prompt or in the answer so
 * far, is a draft of what comes next. The last three tokens are looked up, else the last two, else the last one.
 */

/** Tokens of a draft and how many tokens before it were the same in both places: the more, the likelier it is right. */
export interface Draft {
  readonly ids: readonly number[];
  readonly agreement: number;
}

const longestLookup = 3;
/** Agreement is counted no further. */
const mostAgreement = 32;

export class PromptLookup {
  readonly #ids: number[] = [];
  /** By length: where the text goes on behind the last place of some tokens, by a hash of them. */
  readonly #behind = Array.from({ length: longestLookup }, () => new Map<number, number>());
  /** By length: where the text went on the time before, for the tokens it ends in now. */
  readonly #candidates = new Array<number | undefined>(longestLookup).fill(undefined);
  /** Where the draft before came from and would go on, as long as it was right. */
  #following: number | undefined;

  constructor(prompt: readonly number[]) {
    for (const id of prompt) this.push(id);
  }

  /** Takes the next token of the text; the same time whatever its length. */
  push(id: number): void {
    if (this.#following !== undefined)
      this.#following = this.#ids[this.#following] === id ? this.#following + 1 : undefined;
    this.#ids.push(id);
    const end = this.#ids.length;
    let hash = 0;
    for (const [i, behind] of this.#behind.entries()) {
      hash = (Math.imul(hash, 0x01000193) ^ (this.#ids[end - 1 - i] ?? -1)) >>> 0;
      this.#candidates[i] = behind.get(hash);
      if (end > i) behind.set(hash, end);
    }
  }

  /** At most `most` tokens that may follow; null when the text has nothing like its end before. */
  draft(most: number): Draft | null {
    let best: { readonly from: number; readonly agreement: number } | null = null;
    for (const from of [this.#following, ...this.#candidates.toReversed()]) {
      if (from === undefined) continue;
      const agreement = this.#agreement(from);
      if (agreement > (best?.agreement ?? 0)) best = { from, agreement };
    }
    if (!best || most < 1) return null;
    this.#following = best.from;
    const ids: number[] = [];
    for (let at = best.from; ids.length < most; at++)
      // A text that repeats itself up to its end is drafted on from the draft.
      ids.push(this.#ids[at] ?? ids[at - this.#ids.length] ?? 0);
    return { ids, agreement: best.agreement };
  }

  #agreement(from: number): number {
    const end = this.#ids.length;
    let same = 0;
    while (same < mostAgreement && same < from && this.#ids[from - 1 - same] === this.#ids[end - 1 - same]) same++;
    return same;
  }
}
