/** What a tokenizer is made from, whether it came out of a GGUF file or a tokenizer.json. */

/** A token that is recognised in the text before it is split; see `added_tokens` of the tokenizer.json format. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** A control token: recognised on request only, and no part of the text it stands in. */
  readonly special: boolean;
  /** Only where no word character touches it. */
  readonly singleWord?: boolean;
  /** Takes the white space before it, or after it, with it. */
  readonly stripsLeft?: boolean;
  readonly stripsRight?: boolean;
  /** Looked for, itself normalised, in what the normaliser makes of the text between the other added tokens. */
  readonly isNormalized?: boolean;
}

/** Turns text without added tokens into ids. */
export interface PieceEncoder {
  /**
   * Appends the ids of `text` to `output`.
   * @param atStart whether the text begins what is encoded; false after an added token
   */
  encode(text: string, output: number[], atStart: boolean): void;
  /** The text as it is split; what {@link encodeNormalized} takes. */
  normalize(text: string, atStart: boolean): string;
  encodeNormalized(text: string, output: number[], atStart: boolean): void;
}

export interface TokenizerDefinition {
  /** What text is split and merged by, made when it is asked for. */
  readonly pieces: () => PieceEncoder;
  readonly added: readonly AddedToken[];
  /** The vocabulary by id, control and added tokens included. */
  readonly contents: readonly (string | undefined)[];
  readonly decoding: 'bytes' | 'wordpiece';
  /** The bytes a token that is no control token adds to the text. */
  readonly bytesOf: (content: string, id: number) => Uint8Array;
  /** Encoding puts a space before the text, which decoding takes away again. */
  readonly spacePrefix: boolean;
  readonly endIds: readonly number[];
  readonly prefixIds: readonly number[];
  readonly suffixIds: readonly number[];
  readonly beginId: number | null;
  readonly unknownId: number | null;
}
