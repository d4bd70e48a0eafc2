/**
 * A tokenizer from the `tokenizer.ggml.*` metadata of a GGUF file, for the vocabularies `gpt2` (byte-level BPE), `llama`
 * (SentencePiece with scores) and `bert` (WordPiece).
 * Source: the GGUF specification of ggml, section "Tokenizer"; the merge order of SentencePiece from Kudo & Richardson 2018.
 */
import { fault } from '../../base/errors.ts';
import { byteLevelBytes, sentencePieceBytes, utf8Bytes } from './byte-level.ts';
import type { AddedToken, TokenizerDefinition, TokenizerJson } from './definition.ts';
import { preTokenizer } from './pre-tokenizers.ts';
import { mergesFromScores } from './sentence-piece-merges.ts';

/** Metadata by key; arrays as JavaScript or typed arrays. */
export type MetadataLookup = (key: string) => unknown;

/** `tokenizer.ggml.token_type`. */
const tokenType = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** Contents of tokens that end a turn, for files that state only one of them. */
const endContents = [
  '<|im_end|>',
  '<|eot_id|>',
  '<|eom_id|>',
  '<end_of_turn>',
  '<|end|>',
  '<|endoftext|>',
  '<|end_of_text|>',
  '<eos>',
  '</s>',
];

/** @throws LS2021 when the vocabulary is missing, damaged or of a kind that cannot be reproduced exactly */
export function tokenizerFromGguf(metadata: MetadataLookup): TokenizerDefinition {
  const read = new Reader(metadata);
  const contents = read.strings('tokenizer.ggml.tokens');
  const types = read.numbers('tokenizer.ggml.token_type', contents.length);
  const special = new Map<string, number>();
  const added: AddedToken[] = [];
  contents.forEach((content, id) => {
    const type = types[id] ?? tokenType.normal;
    if (content.length === 0) return;
    if (type === tokenType.control || type === tokenType.unknown) special.set(content, id);
    else if (type === tokenType.userDefined) added.push({ id, content, special: false, normalized: false });
  });
  const model = read.string('tokenizer.ggml.model');
  if (model === 'gpt2') return byteLevel(read, contents, special, added);
  if (model === 'llama') return sentencePiece(read, contents, special, added);
  if (model === 'bert') return wordPiece(read, contents, special);
  throw fault('LS2021', `vocabulary kind "${model}"`);
}

function byteLevel(
  read: Reader,
  contents: string[],
  special: Map<string, number>,
  added: AddedToken[],
): TokenizerDefinition {
  const name = read.optionalString('tokenizer.ggml.pre') ?? 'default';
  const split = preTokenizer(name);
  if (!split) throw fault('LS2021', `text splitting "${name}"`);
  const merges = read.strings('tokenizer.ggml.merges');
  const json = (): TokenizerJson => ({
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        ...split.patterns.map((Regex) => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false })),
        { type: 'ByteLevel', add_prefix_space: read.flag('tokenizer.ggml.add_space_prefix', false), use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      vocab: vocabulary(contents),
      merges,
      ignore_merges: split.wholePieceFirst ?? false,
    },
  });
  const literal = new Set(added.map((token) => token.id));
  const bytesOf = (content: string, id: number): Uint8Array =>
    literal.has(id) ? utf8Bytes(content) : byteLevelBytes(content);
  return { json, special, contents, decoding: 'bytes', bytesOf, ...decoderIds(read, contents, special, false) };
}

function sentencePiece(
  read: Reader,
  contents: string[],
  special: Map<string, number>,
  added: AddedToken[],
): TokenizerDefinition {
  const scores = read.numbers('tokenizer.ggml.scores', contents.length);
  const spaces = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
  const json = (): TokenizerJson => ({
    added_tokens: added,
    normalizer: read.flag('tokenizer.ggml.add_space_prefix', true)
      ? { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '▁' }, spaces] }
      : spaces,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    model: {
      type: 'BPE',
      vocab: vocabulary(contents),
      merges: mergesFromScores(contents, scores),
      byte_fallback: true,
      fuse_unk: true,
      ...(read.id('unknown_token_id') === null ? {} : { unk_token: contents[read.id('unknown_token_id') ?? 0] }),
    },
  });
  const literal = new Set(added.map((token) => token.id));
  const bytesOf = (content: string, id: number): Uint8Array =>
    literal.has(id) ? utf8Bytes(content) : sentencePieceBytes(content);
  return { json, special, contents, decoding: 'bytes', bytesOf, ...decoderIds(read, contents, special, true) };
}

function wordPiece(read: Reader, contents: string[], special: Map<string, number>): TokenizerDefinition {
  const begin = read.id('cls_token_id') ?? read.id('bos_token_id') ?? 101;
  // "seperator" is how the format spells it.
  const end = read.id('seperator_token_id') ?? read.id('eos_token_id') ?? 102;
  const unknown = read.id('unknown_token_id') ?? 100;
  // The file marks the beginning of a word where WordPiece marks its continuation.
  const pieces = contents.map((content) =>
    content.startsWith('▁') ? content.slice(1) : /^\[.*\]$/.test(content) ? content : `##${content}`,
  );
  for (const id of [begin, end, unknown]) special.set(pieces[id] ?? '', id);
  const json = (): TokenizerJson => ({
    added_tokens: [],
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: pieces[unknown],
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: vocabulary(pieces),
    },
  });
  return {
    json,
    special,
    contents: pieces,
    decoding: 'wordpiece',
    bytesOf: (content) => utf8Bytes(content.replace(/^##/, '')),
    endIds: [end],
    prefixIds: [begin],
    suffixIds: [end],
    beginId: begin,
    unknownId: unknown,
  };
}

function decoderIds(
  read: Reader,
  contents: readonly string[],
  special: ReadonlyMap<string, number>,
  beginsByDefault: boolean,
): Pick<TokenizerDefinition, 'endIds' | 'prefixIds' | 'suffixIds' | 'beginId' | 'unknownId'> {
  const begin = read.id('bos_token_id');
  const end = read.id('eos_token_id');
  const ends = new Set<number>();
  for (const id of [end, read.id('eot_token_id'), read.id('eom_token_id')])
    if (id !== null && id < contents.length) ends.add(id);
  for (const content of endContents) {
    const id = special.get(content);
    if (id !== undefined) ends.add(id);
  }
  return {
    endIds: [...ends],
    prefixIds: begin !== null && read.flag('tokenizer.ggml.add_bos_token', beginsByDefault) ? [begin] : [],
    suffixIds: end !== null && read.flag('tokenizer.ggml.add_eos_token', false) ? [end] : [],
    beginId: begin,
    unknownId: read.id('unknown_token_id'),
  };
}

/** Where a damaged file holds a token twice the first one counts. */
function vocabulary(contents: readonly string[]): Record<string, number> {
  const ids: Record<string, number> = Object.create(null) as Record<string, number>;
  for (const [id, content] of contents.entries()) ids[content] ??= id;
  return ids;
}

class Reader {
  readonly #metadata: MetadataLookup;
  constructor(metadata: MetadataLookup) {
    this.#metadata = metadata;
  }

  string(key: string): string {
    const value = this.optionalString(key);
    if (value === undefined) throw fault('LS2021', `missing ${key}`);
    return value;
  }

  optionalString(key: string): string | undefined {
    const value = this.#metadata(key);
    return typeof value === 'string' ? value : undefined;
  }

  strings(key: string): string[] {
    const value: unknown = this.#metadata(key);
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
      throw fault('LS2021', `missing ${key}`);
    return value;
  }

  /** Absent is allowed and reads as an empty list; a wrong length is damage. */
  numbers(key: string, length: number): readonly number[] {
    const value: unknown = this.#metadata(key);
    if (value === undefined || value === null) return [];
    const list: unknown[] = Array.isArray(value) ? value : ArrayBuffer.isView(value) ? [...(value as Int32Array)] : [];
    if (list.length !== length || !list.every((item) => typeof item === 'number'))
      throw fault('LS2021', `damaged ${key}`);
    return list;
  }

  flag(key: string, otherwise: boolean): boolean {
    const value = this.#metadata(key);
    return typeof value === 'boolean' ? value : otherwise;
  }

  id(name: string): number | null {
    const value = this.#metadata(`tokenizer.ggml.${name}`);
    return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null;
  }
}
