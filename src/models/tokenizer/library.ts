/** @huggingface/tokenizers with types: its own declarations do not resolve under Node's module rules, so the part we call is declared here. */
import * as tokenizers from '@huggingface/tokenizers';
import type { TokenizerJson } from './definition.ts';

export interface LibraryTokenizer {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] };
  decode(ids: readonly number[], options: { skip_special_tokens: boolean }): string;
  token_to_id(content: string): number | undefined;
}

interface Library {
  readonly Tokenizer: new (json: TokenizerJson, config: { clean_up_tokenization_spaces: boolean }) => LibraryTokenizer;
}

const library: unknown = tokenizers;

export function createLibraryTokenizer(json: TokenizerJson): LibraryTokenizer {
  return new (library as Library).Tokenizer(json, { clean_up_tokenization_spaces: false });
}
