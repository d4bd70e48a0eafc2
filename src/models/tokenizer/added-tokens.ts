/** Finds added tokens written out in a text: at each place the longest one, as the tokenizers library does. */
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { AddedToken } from './definition.ts';

/** UTF-16 units of one token and of all: several times what any vocabulary has, and a tree of them still fits in memory. */
const most = { one: 1024, all: 1 << 18 };

interface Node {
  readonly children: Map<number, Node>;
  token: AddedToken | undefined;
}

export interface FoundToken {
  readonly token: AddedToken;
  /** UTF-16 offsets, with the white space that the token takes with it. */
  readonly start: number;
  readonly end: number;
}

/** @throws LS2021 when they are longer than in any vocabulary */
export function requireUsualLengths(tokens: readonly AddedToken[]): void {
  const lengths = tokens.map(({ content }) => content.length);
  if (lengths.some((length) => length > most.one) || lengths.reduce((a, b) => a + b, 0) > most.all)
    throw fault('LS2021', say('its control tokens are longer than in any vocabulary'));
}

export class AddedTokens {
  readonly #root: Node = { children: new Map(), token: undefined };
  readonly #first = new Uint8Array(0x10000);
  readonly #empty: boolean;

  /** @throws LS2021 when they are longer than in any vocabulary */
  constructor(tokens: readonly AddedToken[]) {
    requireUsualLengths(tokens);
    this.#empty = tokens.length === 0;
    for (const token of tokens) {
      let node = this.#root;
      for (let i = 0; i < token.content.length; i += 1) {
        const unit = token.content.charCodeAt(i);
        let child = node.children.get(unit);
        if (!child) node.children.set(unit, (child = { children: new Map(), token: undefined }));
        node = child;
      }
      // Of two tokens spelled alike the first one counts.
      node.token ??= token;
      this.#first[token.content.charCodeAt(0)] = 1;
    }
  }

  /** The tokens of the text from left to right, none overlapping another. */
  *find(text: string): Generator<FoundToken, void, undefined> {
    if (this.#empty) return;
    const first = this.#first;
    let free = 0;
    for (let at = 0; at < text.length; at += 1) {
      if (first[text.charCodeAt(at)] === 0) continue;
      const token = this.#longestAt(text, at);
      if (!token) continue;
      let start = at;
      let end = at + token.content.length;
      if (token.singleWord && (isWordBefore(text, start) || isWordAfter(text, end))) {
        at = end - 1;
        continue;
      }
      if (token.stripsLeft) while (start > free && isSpace(text, start - 1)) start -= 1;
      if (token.stripsRight) while (end < text.length && isSpace(text, end)) end += 1;
      yield { token, start, end };
      free = end;
      at = end - 1;
    }
  }

  #longestAt(text: string, start: number): AddedToken | undefined {
    let found: AddedToken | undefined;
    let node: Node | undefined = this.#root;
    for (let at = start; at < text.length; at += 1) {
      node = node.children.get(text.charCodeAt(at));
      if (!node) break;
      if (node.token) found = node.token;
    }
    return found;
  }
}

function isSpace(text: string, at: number): boolean {
  return /\p{White_Space}/u.test(text.charAt(at));
}

/** `\w` as Rust's expressions have it. */
const word = '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]';
const wordAtEnd = new RegExp(`${word}$`, 'u');
const wordAtStart = new RegExp(`^${word}`, 'u');

function isWordBefore(text: string, at: number): boolean {
  return wordAtEnd.test(text.slice(Math.max(0, at - 2), at));
}

function isWordAfter(text: string, at: number): boolean {
  return wordAtStart.test(text.slice(at, at + 2));
}
