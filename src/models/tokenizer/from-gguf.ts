/**
 * A tokenizer from the `tokenizer.ggml.*` metadata of a GGUF file, for the vocabularies `gpt2` and `gemma4` (ranked merges),
 * `llama` (SentencePiece with scores), `t5` (unigram) and `bert` (WordPiece).
 * Source: the GGUF specification of ggml, section "Tokenizer"; what a file leaves out is filled in as llama.cpp does.
 */
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import { BytePairEncoder } from './byte-pair-encoder.ts';
import { byteLevelBytes, sentencePieceBytes, utf8Bytes } from './byte-level.ts';
import { CharacterMap } from './character-map.ts';
import type { AddedToken, PieceEncoder, TokenizerDefinition } from './definition.ts';
import { GgufVocabulary, type MetadataLookup } from './gguf-vocabulary.ts';
import { LibraryEncoder } from './library.ts';
import { preTokenizer } from './pre-tokenizers.ts';
import { listedMerges, mergesFromScores, wordsApart } from './sentence-piece-merges.ts';
import { TextSplitter, compileSplit } from './text-splitter.ts';
import { UnigramEncoder } from './unigram-encoder.ts';

/** @throws LS2021 when the vocabulary is missing, damaged or of a kind that cannot be reproduced exactly */
export function tokenizerFromGguf(metadata: MetadataLookup): TokenizerDefinition {
  const file = new GgufVocabulary(metadata);
  switch (file.model) {
    case 'gpt2':
    case 'gemma4':
      return rankedMerges(file);
    case 'llama':
      return sentencePiece(file);
    case 't5':
      return unigram(file);
    case 'bert':
      return wordPiece(file);
    default:
      throw fault('LS2021', say('vocabulary kind "{0}"', file.model));
  }
}

function rankedMerges(file: GgufVocabulary): TokenizerDefinition {
  const name = file.model === 'gemma4' ? 'gemma4' : (file.optionalString('pre') ?? 'default');
  const split = preTokenizer(name);
  if (!split) throw fault('LS2021', say('text splitting "{0}"', name));
  const merges = file.strings('merges');
  const plain = split.plain ?? false;
  const spacePrefix = file.flag('add_space_prefix', false);
  return {
    ...common(file, split.begins ?? false, plain ? sentencePieceBytes : byteLevelBytes),
    spacePrefix,
    pieces: () => {
      const splitter = new TextSplitter(split.patterns.map(compileSplit));
      return new BytePairEncoder({
        pieces: file.pieces(),
        merges: listedMerges(merges),
        normalize: (text, atStart) => {
          const prefixed = spacePrefix && atStart && !text.startsWith(' ') ? ` ${text}` : text;
          return plain ? prefixed.replaceAll(' ', '▁') : prefixed;
        },
        split: (text) => splitter.split(text),
        byteLevel: !plain,
        // Lines of nothing but newlines are tokens of their own in Gemma 4, whatever the merges say.
        wholePiece: split.wholePieceFirst ? 'always' : plain ? 'newlines' : 'never',
        byteIds: plain ? file.byteIds() : null,
        unknownId: file.id('unknown_token_id'),
        fuseUnknown: false,
      });
    },
  };
}

function sentencePiece(file: GgufVocabulary): TokenizerDefinition {
  const scores = file.numbers('scores');
  const spacePrefix = file.flag('add_space_prefix', true);
  return {
    ...common(file, true, sentencePieceBytes),
    spacePrefix,
    pieces: () => {
      const pieces = file.pieces();
      return new BytePairEncoder({
        pieces,
        merges: mergesFromScores(pieces, scores),
        normalize: (text) => (spacePrefix ? `▁${text}` : text).replaceAll(' ', '▁'),
        split: wordsApart(pieces),
        byteLevel: false,
        wholePiece: 'never',
        byteIds: file.byteIds(),
        unknownId: file.id('unknown_token_id') ?? 0,
        fuseUnknown: true,
      });
    },
  };
}

function unigram(file: GgufVocabulary): TokenizerDefinition {
  const scores = file.numbers('scores');
  const spacePrefix = file.flag('add_space_prefix', true);
  const mergesSpaces = file.flag('remove_extra_whitespaces', false);
  const bytes = file.optionalBytes('precompiled_charsmap');
  const map = bytes && bytes.length > 0 ? new CharacterMap(bytes) : null;
  return {
    ...common(file, false, sentencePieceBytes),
    spacePrefix,
    suffixIds: file.flag('add_eos_token', true) ? [file.id('eos_token_id') ?? 1] : [],
    pieces: (): PieceEncoder => {
      const pieces = file.pieces();
      const normalize = (text: string): string => {
        const mapped = map ? map.normalize(text) : text;
        const spaced = mergesSpaces ? mapped.split(/ +/).filter(Boolean).join(' ') : mapped;
        return (spaced.length > 0 && spacePrefix ? `▁${spaced}` : spaced).replaceAll(' ', '▁');
      };
      let worst = 0;
      for (const id of pieces.values()) worst = Math.min(worst, scores[id] ?? 0);
      return new UnigramEncoder({
        pieces,
        // Tokens a user defined win against every division of them.
        scores: Float64Array.from(scores, (score, id) => (file.isUserDefined(id) ? 0 : score)),
        unknownScore: worst - 10,
        unknownId: file.id('unknown_token_id') ?? 2,
        byteIds: null,
        normalize,
        split: wordsApart(pieces),
      });
    },
  };
}

function common(
  file: GgufVocabulary,
  beginsByDefault: boolean,
  plainBytes: (content: string) => Uint8Array,
): Omit<TokenizerDefinition, 'pieces' | 'spacePrefix'> {
  const added = file.added();
  // Byte-level vocabularies write added tokens as text; SentencePiece's with its sign for the space all the same.
  const literal = new Set(
    plainBytes === byteLevelBytes ? added.flatMap(({ id, special }) => (special ? [] : [id])) : [],
  );
  const begin = file.id('bos_token_id');
  const end = file.id('eos_token_id');
  return {
    added,
    contents: file.contents,
    decoding: 'bytes',
    bytesOf: (content, id) => (literal.has(id) ? utf8Bytes(content) : plainBytes(content)),
    endIds: file.endIds(added),
    prefixIds: begin !== null && file.flag('add_bos_token', beginsByDefault) ? [begin] : [],
    suffixIds: end !== null && file.flag('add_eos_token', false) ? [end] : [],
    beginId: begin,
    unknownId: file.id('unknown_token_id'),
  };
}

function wordPiece(file: GgufVocabulary): TokenizerDefinition {
  const begin = file.id('cls_token_id') ?? file.id('bos_token_id') ?? 101;
  // "seperator" is how the format spells it.
  const end = file.id('seperator_token_id') ?? file.id('eos_token_id') ?? 102;
  const unknown = file.id('unknown_token_id') ?? 100;
  const lowercase = file.flag('normalizer.lowercase', true);
  const stripAccents = file.flag('normalizer.strip_accents', lowercase);
  // The file marks the beginning of a word where WordPiece marks its continuation.
  const pieces = file.contents.map((content) =>
    content.startsWith('▁') ? content.slice(1) : /^\[.*\]$/.test(content) ? content : `##${content}`,
  );
  const controls = new Set([begin, end, unknown, ...file.added().flatMap(({ id, special }) => (special ? [id] : []))]);
  const added: AddedToken[] = [...controls].map((id) => ({ id, content: pieces[id] ?? '', special: true }));
  return {
    pieces: () =>
      new LibraryEncoder({
        added_tokens: [],
        normalizer: {
          type: 'BertNormalizer',
          clean_text: true,
          handle_chinese_chars: true,
          strip_accents: stripAccents,
          lowercase,
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
      }),
    added: added.filter(({ content }) => content.length > 0),
    contents: pieces,
    decoding: 'wordpiece',
    bytesOf: (content) => utf8Bytes(content.replace(/^##/, '')),
    spacePrefix: false,
    endIds: [end],
    prefixIds: [begin],
    suffixIds: [end],
    beginId: begin,
    unknownId: unknown,
  };
}

/** Where a damaged file holds a token twice the first one counts. */
function vocabulary(contents: readonly string[]): Record<string, number> {
  const ids: Record<string, number> = Object.create(null) as Record<string, number>;
  for (const [id, content] of contents.entries()) ids[content] ??= id;
  return ids;
}
