/** Turns ids into text as they arrive and never hands out half a UTF-8 character. */
import type { Tokenizer } from './tokenizer.ts';

export class Detokenizer {
  readonly #tokenizer: Tokenizer;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** The characters that are whole now that this token is there; often the empty string in the middle of a character. */
  push(id: number): string {
    return this.#decoder.decode(this.#tokenizer.tokenBytes(id), { stream: true });
  }

  /** What is left at the end: U+FFFD when the last character never became whole. */
  flush(): string {
    return this.#decoder.decode();
  }
}
