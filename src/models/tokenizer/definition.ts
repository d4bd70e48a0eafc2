/** What a tokenizer is made from, whether it came out of a GGUF file or a tokenizer.json. */

/** A token that is recognised in the text before it is split; see `added_tokens` of the tokenizer.json format. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  readonly single_word?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  readonly normalized?: boolean;
}

/** The shape of a tokenizer.json file, as far as @huggingface/tokenizers reads it. */
export interface TokenizerJson {
  readonly added_tokens: readonly AddedToken[];
  readonly normalizer: object | null;
  readonly pre_tokenizer: object | null;
  readonly post_processor: object | null;
  readonly decoder: object | null;
  readonly model: Readonly<Record<string, unknown>>;
}

export interface TokenizerDefinition {
  /**
   * What text is split and merged by, made when it is asked for. Only with added tokens that are always recognised; those
   * recognised on request stand in `special`.
   */
  readonly json: () => TokenizerJson;
  /** Control tokens: content to id. */
  readonly special: ReadonlyMap<string, number>;
  /** The vocabulary by id, control and added tokens included. */
  readonly contents: readonly (string | undefined)[];
  readonly decoding: 'bytes' | 'wordpiece';
  /** The bytes a token that is no control token adds to the text. */
  readonly bytesOf: (content: string, id: number) => Uint8Array;
  readonly endIds: readonly number[];
  readonly prefixIds: readonly number[];
  readonly suffixIds: readonly number[];
  readonly beginId: number | null;
  readonly unknownId: number | null;
}
