/**
 * A text to ids with its added tokens, in the order of the tokenizers library: first those that are looked for in the text as it is,
 * then, in what the normaliser makes of the rest, those that are normalised themselves.
 */
import { AddedTokens, requireUsualLengths } from './added-tokens.ts';
import type { AddedToken, PieceEncoder } from './definition.ts';

export class AddedTokensOfText {
  readonly #plain: AddedTokens;
  readonly #toNormalize: readonly AddedToken[];
  #normalized: AddedTokens | undefined;

  /** @throws LS2021 as {@link AddedTokens} */
  constructor(tokens: readonly AddedToken[]) {
    requireUsualLengths(tokens);
    this.#plain = new AddedTokens(tokens.filter(({ isNormalized }) => !isNormalized));
    this.#toNormalize = tokens.filter(({ isNormalized }) => isNormalized);
  }

  /** Appends the ids of the text. */
  encode(text: string, pieces: PieceEncoder, ids: number[]): void {
    split(this.#plain, text, ids, (part, atStart) => {
      if (this.#toNormalize.length === 0) pieces.encode(part, ids, atStart);
      else this.#encodeNormalized(pieces.normalize(part, atStart), pieces, ids, atStart);
    });
  }

  #encodeNormalized(text: string, pieces: PieceEncoder, ids: number[], atStart: boolean): void {
    this.#normalized ??= new AddedTokens(
      this.#toNormalize
        .map((token) => ({ ...token, content: pieces.normalize(token.content, true) }))
        .filter(({ content }) => content.length > 0),
    );
    split(this.#normalized, text, ids, (part, isFirst) => {
      pieces.encodeNormalized(part, ids, atStart && isFirst);
    });
  }
}

/** @param between told of each part without added tokens that is not empty, and whether the text begins with it */
function split(
  tokens: AddedTokens,
  text: string,
  ids: number[],
  between: (part: string, atStart: boolean) => void,
): void {
  let start = 0;
  const part = (end: number): void => {
    if (end > start) between(start === 0 && end === text.length ? text : text.slice(start, end), start === 0);
  };
  for (const found of tokens.find(text)) {
    part(found.start);
    ids.push(found.token.id);
    start = found.end;
  }
  part(text.length);
}
