/**
 * Text to token ids and back for every model Longsight runs; the splitting and merging is @huggingface/tokenizers', the rules
 * on what counts as a special token and which bytes a token stands for are ours.
 */
import type { TokenizerDefinition } from './definition.ts';
import { type LibraryTokenizer, createLibraryTokenizer } from './library.ts';

interface EncodeOptions {
  /**
   * Recognise control tokens (`<|im_end|>`) written out in the text. Off by default: repository text must never be able to
   * end a turn. For rendered conversations use {@link import('../chat-template.ts').ChatTemplate}, which keeps the two apart.
   */
  readonly parseSpecial?: boolean;
  /** Adds what the model expects around a text: the beginning token, or [CLS] and [SEP]. */
  readonly addSpecial?: boolean;
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
  encode(text: string, options?: EncodeOptions): number[];
  /** Number of ids of `encode(text, options)`. */
  count(text: string, options?: EncodeOptions): number;
  /** The text of the ids; control tokens are left out unless asked for, bytes that are no UTF-8 become U+FFFD. */
  decode(ids: readonly number[], options?: { readonly special?: boolean }): string;
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
}

/**
 * Builds a tokenizer. The first encoding takes 0.1 to 0.5 s more and about 1 kB a merge, so hold on to it; who only turns ids
 * into text never pays for that.
 */
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
  readonly #definition: TokenizerDefinition;
  readonly #special: ReadonlyMap<number, string>;
  readonly #specialPattern: RegExp | null;
  readonly #bytes: (Uint8Array | undefined)[];
  #merging: LibraryTokenizer | undefined;

  constructor(definition: TokenizerDefinition) {
    this.#definition = definition;
    const { special } = definition;
    this.#special = new Map([...special].map(([content, id]) => [id, content]));
    this.#specialPattern = alternatives([...special.keys()]);
    this.vocabularySize = definition.contents.length;
    this.#bytes = new Array<Uint8Array | undefined>(this.vocabularySize);
    this.endIds = definition.endIds;
    this.prefixIds = definition.prefixIds;
    this.suffixIds = definition.suffixIds;
    this.beginId = definition.beginId;
    this.unknownId = definition.unknownId;
  }

  encode(text: string, options: EncodeOptions = {}): number[] {
    const ids: number[] = options.addSpecial ? [...this.prefixIds] : [];
    if (options.parseSpecial && this.#specialPattern) {
      let start = 0;
      for (const match of text.matchAll(this.#specialPattern)) {
        this.#append(ids, text.slice(start, match.index));
        const id = this.#definition.special.get(match[0]);
        if (id !== undefined) ids.push(id);
        start = match.index + match[0].length;
      }
      this.#append(ids, text.slice(start));
    } else this.#append(ids, text);
    if (options.addSpecial) for (const id of this.suffixIds) ids.push(id);
    return ids;
  }

  count(text: string, options: EncodeOptions = {}): number {
    return this.encode(text, options).length;
  }

  decode(ids: readonly number[], options: { readonly special?: boolean } = {}): string {
    if (this.#definition.decoding === 'wordpiece') return this.#decodeWords(ids, options.special ?? false);
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    let text = '';
    for (const id of ids) {
      const content = options.special ? this.#special.get(id) : undefined;
      if (content === undefined) text += decoder.decode(this.tokenBytes(id), { stream: true });
      else text += decoder.decode() + content;
    }
    return text + decoder.decode();
  }

  tokenBytes(id: number): Uint8Array {
    const known = this.#bytes[id];
    if (known) return known;
    const content = this.#special.has(id) ? undefined : this.#definition.contents[id];
    const bytes = content === undefined ? noBytes : this.#definition.bytesOf(content, id);
    if (id >= 0 && id < this.vocabularySize) this.#bytes[id] = bytes;
    return bytes;
  }

  tokenContent(id: number): string | undefined {
    return this.#definition.contents[id];
  }

  tokenId(content: string): number | undefined {
    return this.#definition.special.get(content) ?? this.#library.token_to_id(content);
  }

  isSpecial(id: number): boolean {
    return this.#special.has(id);
  }

  get #library(): LibraryTokenizer {
    return (this.#merging ??= createLibraryTokenizer(this.#definition.json()));
  }

  #append(ids: number[], text: string): void {
    if (text.length === 0) return;
    for (const id of this.#library.encode(text, { add_special_tokens: false }).ids) ids.push(id);
  }

  #decodeWords(ids: readonly number[], special: boolean): string {
    const kept = ids.filter((id) => special || !this.#special.has(id));
    return kept.length === 0 ? '' : this.#library.decode(kept, { skip_special_tokens: false });
  }
}

/** Matches any of the texts, a longer one before its own beginning. */
function alternatives(texts: readonly string[]): RegExp | null {
  if (texts.length === 0) return null;
  const escaped = [...texts]
    .sort((a, b) => b.length - a.length)
    .map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return new RegExp(escaped.join('|'), 'gu');
}
