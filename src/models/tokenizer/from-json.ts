/** A tokenizer from a tokenizer.json file (the format of Hugging Face's tokenizers), as embedders and safetensors models have it. */
import { z } from 'zod';
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import { parseJsonText } from '../json-file.ts';
import { byteLevelBytes, fallbackByte, sentencePieceBytes, utf8Bytes } from './byte-level.ts';
import { BytePairEncoder } from './byte-pair-encoder.ts';
import { endContents, isControlSpelling } from './control-tokens.ts';
import type { AddedToken, PieceEncoder, TokenizerDefinition } from './definition.ts';
import { isBounded } from './json-bounds.ts';
import { normalizerOf } from './json-normalizers.ts';
import { surroundings } from './json-post-processors.ts';
import { preTokenizerOf } from './json-pre-tokenizers.ts';
import { LibraryEncoder } from './library.ts';
import { listedMerges, wordsApart } from './sentence-piece-merges.ts';
import { UnigramEncoder } from './unigram-encoder.ts';

const addedToken = z
  .object({
    id: z.int().nonnegative(),
    content: z.string().min(1),
    special: z.boolean().default(false),
    single_word: z.boolean().default(false),
    lstrip: z.boolean().default(false),
    rstrip: z.boolean().default(false),
    normalized: z.boolean().optional(),
  })
  .transform(({ id, content, special, normalized, ...rest }): AddedToken => ({
    id,
    content,
    special: special || isControlSpelling(content),
    singleWord: rest.single_word,
    stripsLeft: rest.lstrip,
    stripsRight: rest.rstrip,
    isNormalized: normalized ?? !special,
  }));
const part = z
  .looseObject({ type: z.string() })
  .refine(isBounded)
  .nullish()
  .transform((value) => value ?? null);
const ids = z.record(z.string(), z.int().nonnegative());
const bytePair = z.looseObject({
  type: z.literal('BPE').default('BPE'),
  vocab: ids,
  merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  unk_token: z.string().nullish(),
  continuing_subword_prefix: z.string().nullish(),
  end_of_word_suffix: z.string().nullish(),
  fuse_unk: z.boolean().nullish(),
  byte_fallback: z.boolean().nullish(),
  ignore_merges: z.boolean().nullish(),
});
const unigram = z.looseObject({
  type: z.literal('Unigram').default('Unigram'),
  vocab: z.array(z.tuple([z.string(), z.number()])),
  unk_id: z.int().nonnegative().nullish(),
  byte_fallback: z.boolean().nullish(),
});
const words = z.looseObject({ type: z.enum(['WordPiece', 'WordLevel']), vocab: ids, unk_token: z.string().nullish() });
const schema = z.looseObject({
  added_tokens: z.array(addedToken).nullish(),
  normalizer: part,
  pre_tokenizer: part,
  post_processor: part,
  decoder: part,
  // Older files leave the model's type to its shape.
  model: z.union([bytePair, unigram, words]),
});
type Parsed = z.infer<typeof schema>;

/**
 * @param text the content of a tokenizer.json
 * @param stated from the model's configuration: tokens that end an answer, and the one that begins a text where the file itself
 *   puts none before it
 * @throws LS2021 when it is no tokenizer.json or of a kind that is not supported
 */
export function tokenizerFromJson(
  text: string,
  stated: { readonly ends?: readonly string[]; readonly begin?: string | undefined } = {},
): TokenizerDefinition {
  let parsed: Parsed;
  try {
    parsed = schema.parse(parseJsonText(text));
  } catch (error) {
    throw fault('LS2021', 'tokenizer.json', error);
  }
  const { model } = parsed;
  const added = parsed.added_tokens ?? [];
  const pieces = piecesOf(model);
  const contents: (string | undefined)[] = [];
  const most = pieces.size + added.length + 0x10000;
  for (const [content, id] of [...pieces, ...added.map((token) => [token.content, token.id] as const)]) {
    if (id > most) throw fault('LS2021', say('token id {0}', String(id)));
    contents[id] = content;
  }
  const byContent = new Map(added.map(({ content, id }) => [content, id]));
  const idOf = (content: string): number | undefined => byContent.get(content) ?? pieces.get(content);
  // A list with holes is slow to read.
  const filled = Array.from(contents);
  const byteLevel = isByteLevel(parsed.pre_tokenizer) || isByteLevel(parsed.decoder);
  // Byte-level vocabularies write added tokens as text; SentencePiece's with its sign for the space all the same.
  const literal = new Set(byteLevel ? added.flatMap(({ id, special }) => (special ? [] : [id])) : []);
  const plainBytes = bytesFor(parsed, byteLevel);
  const around = surroundings(parsed.post_processor);
  const begin = stated.begin === undefined ? undefined : idOf(stated.begin);
  const ends = stated.ends ?? [];
  const unknown = 'unk_id' in model ? model.unk_id : typeof model.unk_token === 'string' ? idOf(model.unk_token) : null;
  return {
    pieces: () => encoderOf(parsed, pieces, idOf),
    added,
    contents: filled,
    decoding: model.type === 'WordPiece' ? 'wordpiece' : 'bytes',
    bytesOf: (content, id) => (literal.has(id) ? utf8Bytes(content) : plainBytes(content)),
    spacePrefix: addsSpace(parsed),
    endIds: [...new Set([...ends, ...(ends.length > 0 ? endContents(byContent) : [])])].flatMap((c) => idOf(c) ?? []),
    ...around,
    beginId: begin ?? around.prefixIds[0] ?? null,
    unknownId: typeof unknown === 'number' ? unknown : null,
  };
}

function piecesOf(model: Parsed['model']): Map<string, number> {
  if (Array.isArray(model.vocab)) return new Map(model.vocab.map(([content], id) => [content, id] as const).reverse());
  return new Map(Object.entries(model.vocab));
}

function encoderOf(
  parsed: Parsed,
  pieces: ReadonlyMap<string, number>,
  idOf: (content: string) => number | undefined,
): PieceEncoder {
  const { model } = parsed;
  const normalize = normalizerOf(parsed.normalizer);
  const split = preTokenizerOf(parsed.pre_tokenizer);
  const library = (): PieceEncoder => new LibraryEncoder({ ...parsed, added_tokens: [], post_processor: null });
  if ((model.type !== 'BPE' && model.type !== 'Unigram') || !normalize || !split) return library();
  if (model.type === 'BPE' && (model.continuing_subword_prefix || model.end_of_word_suffix)) return library();
  const free = new Map(pieces);
  // Control tokens are never spelled by merging.
  for (const { content, id, special } of parsed.added_tokens ?? [])
    if (special && free.get(content) === id) free.delete(content);
  const byteIds = model.byte_fallback ? bytesOfVocabulary(free) : null;
  const byteLevel = model.type === 'BPE' && isByteLevel(parsed.pre_tokenizer);
  const words = byteLevel ? null : wordsApart(free);
  const both = {
    normalize,
    split: (text: string, atStart: boolean) =>
      split([text], atStart).flatMap((piece) => (words ? words(piece) : piece.length > 0 ? [piece] : [])),
  };
  if (model.type === 'Unigram') {
    const scores = Float64Array.from(model.vocab, ([, score]) => score);
    const unknownScore = scores.reduce((worst, score) => Math.min(worst, score), 0) - 10;
    const unknownId = model.unk_id ?? null;
    if (unknownId !== null) free.delete(model.vocab[unknownId]?.[0] ?? '');
    return new UnigramEncoder({ ...both, pieces: free, scores, unknownScore, unknownId, byteIds });
  }
  return new BytePairEncoder({
    ...both,
    pieces: free,
    merges: listedMerges(model.merges),
    byteLevel,
    wholePiece: model.ignore_merges ? 'always' : 'never',
    byteIds,
    unknownId: typeof model.unk_token === 'string' ? (idOf(model.unk_token) ?? null) : null,
    fuseUnknown: model.fuse_unk ?? false,
  });
}

function bytesOfVocabulary(pieces: Map<string, number>): number[] | null {
  const byteIds = new Array<number>(256).fill(-1);
  for (const [content, id] of pieces) {
    const byte = fallbackByte(content);
    if (byte === undefined) continue;
    byteIds[byte] = id;
    pieces.delete(content);
  }
  return byteIds.every((id) => id < 0) ? null : byteIds;
}

function bytesFor({ model }: Parsed, byteLevel: boolean): (content: string) => Uint8Array {
  if (model.type === 'WordPiece') return (content) => utf8Bytes(content.replace(/^##/, ''));
  if (byteLevel) return byteLevelBytes;
  const suffix = model.type === 'BPE' ? model.end_of_word_suffix : null;
  if (suffix)
    return (content) => utf8Bytes(content.endsWith(suffix) ? `${content.slice(0, -suffix.length)} ` : content);
  return sentencePieceBytes;
}

function isByteLevel(value: Parsed['decoder']): boolean {
  return JSON.stringify(value).includes('"type":"ByteLevel"');
}

/** Whether encoding puts a space before the text: a SentencePiece prefix, or byte-level's `add_prefix_space`. */
function addsSpace({ normalizer, pre_tokenizer: split }: Parsed): boolean {
  const text = JSON.stringify([normalizer, split]);
  return (
    text.includes('{"type":"Prepend"') ||
    text.includes('"prepend_scheme":"always"') ||
    text.includes('"prepend_scheme":"first"') ||
    (text.includes('"add_prefix_space":true') && !text.includes('"prepend_scheme":"never"'))
  );
}
