/** The `normalizer` of a tokenizer.json as a function; kinds that only word-piece vocabularies use are left to the library. */
import { z } from 'zod';
import { CharacterMap } from './character-map.ts';
import { compileSplit } from './text-splitter.ts';

export type Normalize = (text: string) => string;

/** `{ "String": … }` or `{ "Regex": … }`. */
export const patternSchema = z.union([z.object({ String: z.string() }), z.object({ Regex: z.string() })]);

const schema = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['NFC', 'NFD', 'NFKC', 'NFKD']) }),
  z.object({ type: z.literal('Lowercase') }),
  z.object({ type: z.literal('Prepend'), prepend: z.string() }),
  z.object({ type: z.literal('Replace'), pattern: patternSchema, content: z.string() }),
  z.object({ type: z.literal('Strip'), strip_left: z.boolean().default(true), strip_right: z.boolean().default(true) }),
  z.object({ type: z.literal('StripAccents') }),
  z.object({ type: z.literal('Precompiled'), precompiled_charsmap: z.string().nullable() }),
  z.object({ type: z.literal('Sequence'), normalizers: z.array(z.unknown()) }),
]);

/** @returns undefined for a kind that is not done here @throws LS2021 when a character map is damaged */
export function normalizerOf(value: unknown): Normalize | undefined {
  if (value === null || value === undefined) return (text) => text;
  const parsed = schema.safeParse(value);
  if (!parsed.success) return undefined;
  const { data } = parsed;
  switch (data.type) {
    case 'Lowercase':
      return (text) => text.toLowerCase();
    case 'Prepend':
      return (text) => (text.length === 0 ? text : data.prepend + text);
    case 'Replace': {
      const pattern = patternOf(data.pattern);
      // A function, so that "$" in the replacement is a dollar sign.
      return pattern === undefined ? undefined : (text) => text.replaceAll(pattern, () => data.content);
    }
    case 'Strip':
      return (text) => {
        const left = data.strip_left ? text.trimStart() : text;
        return data.strip_right ? left.trimEnd() : left;
      };
    case 'StripAccents':
      return (text) => text.replace(/\p{Mn}/gu, '');
    case 'Precompiled': {
      if (data.precompiled_charsmap === null) return (text) => text;
      const map = new CharacterMap(Buffer.from(data.precompiled_charsmap, 'base64'));
      return (text) => map.normalize(text);
    }
    case 'Sequence': {
      const steps = data.normalizers.map(normalizerOf);
      if (steps.includes(undefined)) return undefined;
      return (text) => steps.reduce((now, step) => step?.(now) ?? now, text);
    }
    default:
      return (text) => text.normalize(data.type);
  }
}

/** Undefined for an expression that JavaScript has not. */
export function patternOf(pattern: z.infer<typeof patternSchema>): RegExp | string | undefined {
  if ('String' in pattern) return pattern.String;
  try {
    return compileSplit(pattern.Regex);
  } catch {
    return undefined;
  }
}
