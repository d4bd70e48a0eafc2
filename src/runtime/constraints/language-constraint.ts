/** Holds the output to a language of bytes, token by token. */
import type { Tokenizer } from '../../models/tokenizer/tokenizer.ts';
import { type ByteLanguage, type Expression, nothing } from './byte-language.ts';
import type { ConstraintState, FinishedQuote } from './constraint.ts';
import { TokenMasks } from './token-masks.ts';
import { trieOf } from './token-trie.ts';

/** A language as one tokenizer writes it; outputs may share it. */
export interface WrittenLanguage {
  readonly language: ByteLanguage;
  readonly start: Expression;
  readonly masks: TokenMasks;
}

/** @param language made with the bytes that the tokenizer has as tokens @param start not `nothing` */
export function writtenLanguage(language: ByteLanguage, start: Expression, tokenizer: Tokenizer): WrittenLanguage {
  const masks = new TokenMasks(language, trieOf(tokenizer), tokenizer.vocabularySize, tokenizer.endIds);
  return { language, start, masks };
}

/**
 * After every token some token or an end id is allowed: from no state of the language is there no way on, and each of its bytes
 * is a token by itself.
 */
export class LanguageConstraint implements ConstraintState {
  readonly #written: WrittenLanguage;
  readonly #tokenizer: Tokenizer;
  #state: Expression;

  constructor(written: WrittenLanguage, tokenizer: Tokenizer) {
    this.#written = written;
    this.#tokenizer = tokenizer;
    this.#state = written.start;
  }

  allowed(): Uint32Array {
    return this.#written.masks.at(this.#state);
  }

  accept(id: number): void {
    const { language } = this.#written;
    if (this.#tokenizer.endIds.includes(id)) this.#state = nothing;
    else for (const byte of this.#tokenizer.tokenBytes(id)) this.#state = language.derivative(this.#state, byte);
  }

  quotes(): readonly FinishedQuote[] {
    return [];
  }
}
