/** Which tokens a state of a language allows: the walk of the token trie along the language, kept for every state. */
import { type ByteLanguage, type Expression, empty, nothing } from './byte-language.ts';
import type { TokenTrie } from './token-trie.ts';

/** Longer tokens are not offered: they are rows of the same sign, which shorter ones write too. */
const longestToken = 32;
/** Ids kept of the states passed through; the states used least recently are forgotten first. */
const mostKeptIds = 8_000_000;

/** What a repetition without an end allows, whatever follows it. */
interface LoopMask {
  readonly ids: readonly number[];
  /** By byte: nodes it leads to from where the repetition may be over. */
  readonly exits: readonly (readonly number[])[];
}

export class TokenMasks {
  readonly #language: ByteLanguage;
  readonly #trie: TokenTrie;
  readonly #endIds: readonly number[];
  readonly #masks = new Map<Expression, Uint32Array>();
  readonly #loops = new Map<Expression, LoopMask>();
  readonly #marked: Uint8Array;
  #keptIds = 0;

  constructor(language: ByteLanguage, trie: TokenTrie, vocabularySize: number, endIds: readonly number[]) {
    this.#language = language;
    this.#trie = trie;
    this.#endIds = endIds;
    this.#marked = new Uint8Array(vocabularySize);
  }

  /** The ids in no order; the end ids are among them exactly when the text is complete. */
  at(exactly: Expression): Uint32Array {
    const state = this.#language.withinNext(longestToken, exactly);
    const known = this.#masks.get(state);
    const mask = known ?? this.#maskOf(state);
    this.#masks.delete(state);
    this.#masks.set(state, mask);
    if (!known) this.#keptIds += mask.length;
    for (const [old, ids] of this.#masks) {
      if (this.#keptIds <= mostKeptIds || old === state) break;
      this.#masks.delete(old);
      this.#keptIds -= ids.length;
    }
    return mask;
  }

  #maskOf(state: Expression): Uint32Array {
    const ids: number[] = [];
    const add = (id: number): void => {
      if (this.#marked[id] === 1) return;
      this.#marked[id] = 1;
      ids.push(id);
    };
    const loop = this.#language.loop(state);
    if (loop) {
      const { ids: within, exits } = this.#loopMask(loop.loop);
      within.forEach(add);
      for (const [byte, nodes] of exits.entries()) {
        if (nodes.length === 0) continue;
        const next = this.#language.derivative(loop.rest, byte);
        if (next === nothing) continue;
        for (const node of nodes) {
          this.#trie.tokensAt(node, add);
          this.#walk(node, next, 2, add);
        }
      }
    } else this.#walk(0, state, 1, add);
    if (this.#language.acceptsEmpty(state)) this.#endIds.forEach(add);
    for (const id of ids) this.#marked[id] = 0;
    return Uint32Array.from(ids);
  }

  /** A token is allowed when its bytes lead somewhere. @param depth bytes of the token up to the next one */
  #walk(node: number, state: Expression, depth: number, add: (id: number) => void): void {
    if (state === empty || depth > longestToken) return;
    const end = this.#trie.firstChild(node + 1);
    for (let child = this.#trie.firstChild(node); child < end; child++) {
      const next = this.#language.derivative(state, this.#trie.byteOf(child));
      if (next === nothing) continue;
      this.#trie.tokensAt(child, add);
      if (this.#trie.hasChildren(child)) this.#walk(child, next, depth + 1, add);
    }
  }

  #loopMask(loop: Expression): LoopMask {
    const known = this.#loops.get(loop);
    if (known) return known;
    const ids: number[] = [];
    const exits = Array.from({ length: 256 }, (): number[] => []);
    const add = (id: number): void => void ids.push(id);
    const walk = (node: number, state: Expression, depth: number): void => {
      if (depth > longestToken) return;
      const mayLeave = this.#language.acceptsEmpty(state);
      const end = this.#trie.firstChild(node + 1);
      for (let child = this.#trie.firstChild(node); child < end; child++) {
        const byte = this.#trie.byteOf(child);
        if (mayLeave) exits[byte]?.push(child);
        const next = this.#language.derivative(state, byte);
        if (next === nothing) continue;
        this.#trie.tokensAt(child, add);
        if (this.#trie.hasChildren(child)) walk(child, next, depth + 1);
      }
    };
    walk(0, loop, 1);
    const made = { ids, exits };
    this.#loops.set(loop, made);
    return made;
  }
}
