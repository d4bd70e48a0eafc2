/**
 * @huggingface/tokenizers, for word-piece vocabularies and the rarer kinds of tokenizer.json: its own declarations do not
 * resolve under Node's module rules, so the part we call is declared here.
 */
import * as tokenizers from '@huggingface/tokenizers';
import { type LongsightError, fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { PieceEncoder } from './definition.ts';

/** The shape of a tokenizer.json file, as far as the library reads it. */
export interface TokenizerJson {
  readonly added_tokens: readonly object[];
  readonly normalizer: object | null;
  readonly pre_tokenizer: object | null;
  readonly post_processor: object | null;
  readonly decoder: object | null;
  readonly model: Readonly<Record<string, unknown>>;
}

interface LibraryTokenizer {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] };
}

interface Library {
  readonly Tokenizer: new (json: TokenizerJson, config: { clean_up_tokenization_spaces: boolean }) => LibraryTokenizer;
}

const library: unknown = tokenizers;

export class LibraryEncoder implements PieceEncoder {
  readonly #tokenizer: LibraryTokenizer;

  /** @throws LS2021 when the library has no such kind; so does `encode` when only a text shows it */
  constructor(json: TokenizerJson) {
    try {
      this.#tokenizer = new (library as Library).Tokenizer(json, { clean_up_tokenization_spaces: false });
    } catch (error) {
      throw refusal(error);
    }
  }

  /** The library normalises by itself. */
  normalize(text: string): string {
    return text;
  }

  encodeNormalized(text: string, output: number[]): void {
    this.encode(text, output);
  }

  encode(text: string, output: number[]): void {
    try {
      for (const id of this.#tokenizer.encode(text, { add_special_tokens: false }).ids) output.push(id);
    } catch (error) {
      throw refusal(error);
    }
  }
}

/** The library's own words where they name a kind it does not know; of a damaged file they say nothing a user understands. */
function refusal(error: unknown): LongsightError {
  const message = error instanceof Error ? error.message : String(error);
  const named = /^Unknown \w+ type: (?!undefined)\w/.test(message);
  return fault('LS2021', named ? message : say('its parts do not fit together'), error);
}
