/** Turns ids into text as they arrive and never hands out half a UTF-8 character. */
import type { Tokenizer } from './tokenizer.ts';

export class Detokenizer {
  readonly #tokenizer: Tokenizer;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #dropsSpace: boolean;

  /**
   * @param options.continues whether the ids go on from text before them, as an answer does from its prompt; otherwise the space
   *   that SentencePiece vocabularies put before every text is taken away, as {@link Tokenizer.decode} does
   */
  constructor(tokenizer: Tokenizer, options: { readonly continues?: boolean } = {}) {
    this.#tokenizer = tokenizer;
    this.#dropsSpace = tokenizer.spacePrefix && !(options.continues ?? true);
  }

  /**
   * The characters that are certain now that this token is there; often the empty string in the middle of a character, and
   * U+FFFD as soon as its bytes can become none.
   */
  push(id: number): string {
    const bytes = this.#tokenizer.tokenBytes(id);
    const drops = this.#dropsSpace && bytes[0] === 0x20;
    if (bytes.length > 0) this.#dropsSpace = false;
    return this.#decoder.decode(drops ? bytes.subarray(1) : bytes, { stream: true });
  }

  /** What is left at the end: U+FFFD when the last character never became whole. */
  flush(): string {
    return this.#decoder.decode();
  }
}
