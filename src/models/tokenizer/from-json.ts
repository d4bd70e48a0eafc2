/** A tokenizer from a tokenizer.json file (the format of Hugging Face's tokenizers), as embedders and safetensors models have it. */
import { z } from 'zod';
import { fault } from '../../base/errors.ts';
import { byteLevelBytes, sentencePieceBytes, utf8Bytes } from './byte-level.ts';
import type { TokenizerDefinition } from './definition.ts';

const addedToken = z.object({
  id: z.int().nonnegative(),
  content: z.string().min(1),
  special: z.boolean().default(false),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  normalized: z.boolean().default(false),
});
const part = z
  .looseObject({ type: z.string() })
  .nullish()
  .transform((value) => value ?? null);
const schema = z.looseObject({
  added_tokens: z.array(addedToken).default([]),
  normalizer: part,
  pre_tokenizer: part,
  post_processor: part,
  decoder: part,
  model: z.looseObject({ type: z.string(), vocab: z.record(z.string(), z.int().nonnegative()) }),
});
const template = z.object({
  single: z.array(
    z.union([z.object({ SpecialToken: z.object({ id: z.string() }) }), z.object({ Sequence: z.looseObject({}) })]),
  ),
  special_tokens: z.record(z.string(), z.object({ ids: z.array(z.int()) })),
});
const bertProcessing = z.object({ sep: z.tuple([z.string(), z.int()]), cls: z.tuple([z.string(), z.int()]) });
const sequence = z.object({ processors: z.array(z.looseObject({ type: z.string() })) });

/**
 * @param text the content of a tokenizer.json
 * @param endContents tokens that end an answer, from the model's configuration
 * @throws LS2021 when it is no tokenizer.json or of a kind that is not supported
 */
export function tokenizerFromJson(text: string, endContents: readonly string[] = []): TokenizerDefinition {
  let parsed: z.infer<typeof schema>;
  try {
    parsed = schema.parse(JSON.parse(text));
  } catch (error) {
    throw fault('LS2021', 'tokenizer.json', error);
  }
  const { model } = parsed;
  if (model.type !== 'BPE' && model.type !== 'WordPiece') throw fault('LS2021', `vocabulary kind "${model.type}"`);
  const contents: (string | undefined)[] = [];
  for (const [content, id] of Object.entries(model.vocab)) contents[id] = content;
  for (const { content, id } of parsed.added_tokens) contents[id] = content;
  const special = new Map(parsed.added_tokens.filter((t) => t.special).map((t) => [t.content, t.id]));
  const added = parsed.added_tokens.filter((t) => !t.special);
  const literal = new Set(added.map((t) => t.id));
  const plainBytes = bytesFor(
    model.type,
    JSON.stringify([parsed.pre_tokenizer, parsed.decoder]).includes('"ByteLevel"'),
  );
  const idOf = (content: string): number | undefined => special.get(content) ?? model.vocab[content];
  const around = surroundings(parsed.post_processor);
  return {
    json: () => ({
      added_tokens: added,
      normalizer: parsed.normalizer,
      pre_tokenizer: parsed.pre_tokenizer,
      post_processor: null,
      decoder: parsed.decoder,
      model,
    }),
    special,
    contents,
    decoding: model.type === 'WordPiece' ? 'wordpiece' : 'bytes',
    bytesOf: (content, id) => (literal.has(id) ? utf8Bytes(content) : plainBytes(content)),
    endIds: endContents.flatMap((content) => idOf(content) ?? []),
    ...around,
    beginId: around.prefixIds[0] ?? null,
    unknownId: typeof model.unk_token === 'string' ? (idOf(model.unk_token) ?? null) : null,
  };
}

function bytesFor(type: string, byteLevel: boolean): (content: string) => Uint8Array {
  if (type === 'WordPiece') return (content) => utf8Bytes(content.replace(/^##/, ''));
  return byteLevel ? byteLevelBytes : sentencePieceBytes;
}

/** What the post-processor puts before and after a single text. */
function surroundings(processor: z.infer<typeof part>): { prefixIds: number[]; suffixIds: number[] } {
  const none = { prefixIds: [], suffixIds: [] };
  switch (processor?.type) {
    case undefined:
    case 'ByteLevel':
      return none;
    case 'BertProcessing':
    case 'RobertaProcessing': {
      const { cls, sep } = parseOrRefuse(bertProcessing, processor);
      return { prefixIds: [cls[1]], suffixIds: [sep[1]] };
    }
    case 'TemplateProcessing': {
      const { single, special_tokens: tokens } = parseOrRefuse(template, processor);
      const middle = single.findIndex((item) => 'Sequence' in item);
      const idsOf = (items: typeof single): number[] =>
        items.flatMap((item) => ('SpecialToken' in item ? (tokens[item.SpecialToken.id]?.ids ?? []) : []));
      return { prefixIds: idsOf(single.slice(0, Math.max(middle, 0))), suffixIds: idsOf(single.slice(middle + 1)) };
    }
    case 'Sequence': {
      const inner = parseOrRefuse(sequence, processor).processors.map(surroundings);
      return inner.find((found) => found.prefixIds.length + found.suffixIds.length > 0) ?? none;
    }
    default:
      throw fault('LS2021', `post-processor "${processor?.type ?? ''}"`);
  }
}

function parseOrRefuse<T>(shape: z.ZodType<T>, value: unknown): T {
  const result = shape.safeParse(value);
  if (!result.success) throw fault('LS2021', 'tokenizer.json', result.error);
  return result.data;
}
