/** The vocabulary as a byte trie: which tokens spell a beginning of some bytes is found by walking, not by trying them all. */
import type { Tokenizer } from '../../models/tokenizer/tokenizer.ts';

/** Node 0 is the root. Nodes are numbered breadth first, so that the children of a node stand next to each other, by byte. */
export class TokenTrie {
  /** Whether some token is exactly this byte: a text of such bytes can always be spelled. */
  readonly hasByte: readonly boolean[];
  readonly #byte: Uint8Array;
  /** Children of node n: from #children[n] up to, not including, #children[n + 1]. */
  readonly #children: Int32Array;
  /** Tokens that end at node n: #tokens from #ends[n] up to #ends[n + 1]. */
  readonly #ends: Int32Array;
  readonly #tokens: Int32Array;

  constructor(tokenizer: Tokenizer) {
    const spelled: { readonly bytes: Uint8Array; readonly id: number }[] = [];
    for (let id = 0; id < tokenizer.vocabularySize; id += 1) {
      const bytes = tokenizer.tokenBytes(id);
      if (bytes.length > 0) spelled.push({ bytes, id });
    }
    spelled.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
    const byte: number[] = [0];
    const children: number[] = [];
    const ends: number[] = [];
    const tokens: number[] = [];
    // Each entry is a node's range in the sorted list and its depth; a node's tokens come first in its range.
    const queue: { from: number; to: number; depth: number }[] = [{ from: 0, to: spelled.length, depth: 0 }];
    for (const { from, to, depth } of queue) {
      ends.push(tokens.length);
      let at = from;
      for (; at < to && spelled[at]?.bytes.length === depth; at += 1) tokens.push(spelled[at]?.id ?? 0);
      children.push(byte.length);
      while (at < to) {
        const next = spelled[at]?.bytes[depth] ?? 0;
        const begin = at;
        while (at < to && spelled[at]?.bytes[depth] === next) at += 1;
        byte.push(next);
        queue.push({ from: begin, to: at, depth: depth + 1 });
      }
    }
    ends.push(tokens.length);
    children.push(byte.length);
    this.#byte = Uint8Array.from(byte);
    this.#children = Int32Array.from(children);
    this.#ends = Int32Array.from(ends);
    this.#tokens = Int32Array.from(tokens);
    this.hasByte = Array.from({ length: 256 }, (_, value) => {
      const node = this.child(0, value);
      return node > 0 && this.#ends[node] !== this.#ends[node + 1];
    });
  }

  /** The node one byte further, or 0 when no token goes on like that. */
  child(node: number, byte: number): number {
    let low = this.#children[node] ?? 0;
    let high = (this.#children[node + 1] ?? 0) - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.#byte[middle] ?? 0;
      if (found === byte) return middle;
      if (found < byte) low = middle + 1;
      else high = middle - 1;
    }
    return 0;
  }

  hasChildren(node: number): boolean {
    return this.#children[node] !== this.#children[node + 1];
  }

  /** Calls back with every token that ends at the node. */
  tokensAt(node: number, visit: (id: number) => void): void {
    const end = this.#ends[node + 1] ?? 0;
    for (let i = this.#ends[node] ?? 0; i < end; i += 1) visit(this.#tokens[i] ?? 0);
  }
}

const tries = new WeakMap<Tokenizer, TokenTrie>();

/** The trie of a tokenizer, built once: 0.1 to 0.5 s. */
export function trieOf(tokenizer: Tokenizer): TokenTrie {
  const known = tries.get(tokenizer) ?? new TokenTrie(tokenizer);
  tries.set(tokenizer, known);
  return known;
}
