/** What the `post_processor` of a tokenizer.json puts before and after a single text. */
import { z } from 'zod';
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';

const template = z.object({
  single: z.array(
    z.union([z.object({ SpecialToken: z.object({ id: z.string() }) }), z.object({ Sequence: z.looseObject({}) })]),
  ),
  special_tokens: z.record(z.string(), z.object({ ids: z.array(z.int()) })),
});
const bertProcessing = z.object({ sep: z.tuple([z.string(), z.int()]), cls: z.tuple([z.string(), z.int()]) });
const typed = z.looseObject({ type: z.string() });
const sequence = z.object({ processors: z.array(typed) });

/** @throws LS2021 for a kind that is not known */
export function surroundings(processor: z.infer<typeof typed> | null): { prefixIds: number[]; suffixIds: number[] } {
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
      throw fault('LS2021', say('post-processor "{0}"', processor?.type ?? ''));
  }
}

function parseOrRefuse<T>(shape: z.ZodType<T>, value: unknown): T {
  const result = shape.safeParse(value);
  if (!result.success) throw fault('LS2021', 'tokenizer.json', result.error);
  return result.data;
}
