/**
 * Text to token ids and back for every model Longsight runs. Which tokens of a text count as control tokens is decided here
 * and nowhere else: none, unless the caller wrote the text.
 */
import { AddedTokens } from './added-tokens.ts';
import { AddedTokensOfText } from './added-tokens-of-text.ts';
import type { AddedToken, PieceEncoder, TokenizerDefinition } from './definition.ts';

interface EncodeOptions {
  /**
   * Recognise control tokens (`<|im_end|>`) written out in the text. Off by default: repository text must never be able to
   * end a turn. For rendered conversations use {@link import('../chat-template.ts').ChatTemplate}, which keeps the two apart.
   */
  readonly parseSpecial?: boolean;
  /** Adds what the model expects around a text: the beginning token, or [CLS] and [SEP]. */
  readonly addSpecial?: boolean;
}

interface DecodeOptions {
  /** Writes control tokens out instead of leaving them out. */
  readonly special?: boolean;
  /**
   * The ids go on from text before them. Otherwise the space that SentencePiece vocabularies put before every text is taken
   * away again, so that decoding undoes encoding.
   */
  readonly continues?: boolean;
}

export interface Tokenizer {
  /** Number of ids, the highest one plus 1. */
  readonly vocabularySize: number;
  /** Ids at which a decoder's answer ends. */
  readonly endIds: readonly number[];
  /** What `addSpecial` puts before and after the text. */
  readonly prefixIds: readonly number[];
  readonly suffixIds: readonly number[];
  readonly beginId: number | null;
  readonly unknownId: number | null;
  /** Encoding puts a space before every text, as SentencePiece does. */
  readonly spacePrefix: boolean;
  encode(text: string, options?: EncodeOptions): number[];
  /** Number of ids of `encode(text, options)`. */
  count(text: string, options?: EncodeOptions): number;
  /** The text of the ids; control tokens are left out unless asked for, bytes that are no UTF-8 become U+FFFD. */
  decode(ids: readonly number[], options?: DecodeOptions): string;
  /**
   * The bytes the token adds to the text; empty for control tokens and ids out of range. For WordPiece, which loses spaces
   * and case, the bytes of the piece without its continuation sign.
   */
  tokenBytes(id: number): Uint8Array;
  /** The token as the vocabulary writes it. */
  tokenContent(id: number): string | undefined;
  /** Id of a token by its content, control tokens included. */
  tokenId(content: string): number | undefined;
  isSpecial(id: number): boolean;
  /** The control tokens written out in a text, from left to right. */
  controlsIn(text: string): readonly ControlPlace[];
}

interface ControlPlace {
  readonly id: number;
  /** UTF-16 offsets of the token itself. */
  readonly start: number;
  readonly end: number;
  /** Where the text after it goes on: later than `end` for a token that takes white space with it. */
  readonly next: number;
}

/** Builds a tokenizer. The first encoding takes longer, so hold on to it; who only turns ids into text never pays for that. */
export function createTokenizer(definition: TokenizerDefinition): Tokenizer {
  return new VocabularyTokenizer(definition);
}

const noBytes = new Uint8Array(0);

class VocabularyTokenizer implements Tokenizer {
  readonly vocabularySize: number;
  readonly endIds: readonly number[];
  readonly prefixIds: readonly number[];
  readonly suffixIds: readonly number[];
  readonly beginId: number | null;
  readonly unknownId: number | null;
  readonly spacePrefix: boolean;
  readonly #definition: TokenizerDefinition;
  /** Control tokens by id. */
  readonly #controls = new Map<number, AddedToken>();
  /** Those recognised in every text, and all. */
  readonly #always: AddedTokensOfText;
  readonly #all: AddedTokensOfText;
  readonly #onRequest: AddedTokens;
  readonly #bytes: (Uint8Array | undefined)[];
  #pieces: PieceEncoder | undefined;
  #ids: Map<string, number> | undefined;

  constructor(definition: TokenizerDefinition) {
    this.#definition = definition;
    const { added } = definition;
    for (const token of added) if (token.special) this.#controls.set(token.id, token);
    this.#always = new AddedTokensOfText(added.filter(({ special }) => !special));
    this.#all = new AddedTokensOfText(added);
    this.#onRequest = new AddedTokens(added.filter(({ special }) => special));
    this.vocabularySize = definition.contents.length;
    this.#bytes = new Array<Uint8Array | undefined>(this.vocabularySize);
    this.endIds = definition.endIds;
    this.prefixIds = definition.prefixIds;
    this.suffixIds = definition.suffixIds;
    this.beginId = definition.beginId;
    this.unknownId = definition.unknownId;
    this.spacePrefix = definition.spacePrefix;
  }

  encode(text: string, options: EncodeOptions = {}): number[] {
    const ids: number[] = options.addSpecial ? [...this.prefixIds] : [];
    this.#pieces ??= this.#definition.pieces();
    (options.parseSpecial ? this.#all : this.#always).encode(text, this.#pieces, ids);
    if (options.addSpecial) for (const id of this.suffixIds) ids.push(id);
    return ids;
  }

  count(text: string, options: EncodeOptions = {}): number {
    return this.encode(text, options).length;
  }

  decode(ids: readonly number[], options: DecodeOptions = {}): string {
    if (this.#definition.decoding === 'wordpiece') return this.#decodeWords(ids, options.special ?? false);
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    let dropsSpace = this.spacePrefix && !options.continues;
    let text = '';
    for (const id of ids) {
      const control = options.special ? this.#controls.get(id)?.content : undefined;
      const bytes = control === undefined ? this.tokenBytes(id) : noBytes;
      if (control !== undefined) text += decoder.decode() + control;
      else text += decoder.decode(dropsSpace && bytes[0] === 0x20 ? bytes.subarray(1) : bytes, { stream: true });
      if (control !== undefined || bytes.length > 0) dropsSpace = false;
    }
    return text + decoder.decode();
  }

  tokenBytes(id: number): Uint8Array {
    const known = this.#bytes[id];
    if (known) return known;
    const content = this.#controls.has(id) ? undefined : this.#definition.contents[id];
    const bytes = content === undefined ? noBytes : this.#definition.bytesOf(content, id);
    if (id >= 0 && id < this.vocabularySize) this.#bytes[id] = bytes;
    return bytes;
  }

  tokenContent(id: number): string | undefined {
    return this.#definition.contents[id];
  }

  tokenId(content: string): number | undefined {
    if (!this.#ids) {
      this.#ids = new Map();
      for (const [id, known] of this.#definition.contents.entries())
        if (known !== undefined && !this.#ids.has(known)) this.#ids.set(known, id);
      for (const token of this.#definition.added) this.#ids.set(token.content, token.id);
    }
    return this.#ids.get(content);
  }

  isSpecial(id: number): boolean {
    return this.#controls.has(id);
  }

  controlsIn(text: string): ControlPlace[] {
    return Array.from(this.#onRequest.find(text), ({ token, start, end }) => {
      const at = text.indexOf(token.content, start);
      return { id: token.id, start: at, end: at + token.content.length, next: end };
    });
  }

  /** Words apart, but for the punctuation that stands close in English: what WordPiece lost cannot be had back. */
  #decodeWords(ids: readonly number[], special: boolean): string {
    let text = '';
    for (const id of ids) {
      const content = this.#definition.contents[id];
      if (content === undefined || (!special && this.#controls.has(id))) continue;
      if (content.startsWith('##')) text += content.slice(2);
      else text += text.length === 0 ? content : ` ${content}`;
    }
    return text
      .replace(/ ([.?!,])/g, '$1')
      .replace(/ ' /g, "'")
      .replace(/ (n't|'m|'s|'ve|'re)/g, '$1');
  }
}
