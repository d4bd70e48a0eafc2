/** The `pre_tokenizer` of a tokenizer.json as a function; kinds that only word-piece vocabularies use are left to the library. */
import { z } from 'zod';
import { patternOf, patternSchema } from './json-normalizers.ts';
import { gpt2Split } from './pre-tokenizers.ts';
import { compileSplit, splitBy } from './text-splitter.ts';

/** @param atStart whether the first piece begins the whole text */
export type PreTokenize = (pieces: readonly string[], atStart: boolean) => readonly string[];

const behavior = z.enum(['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous']);
const schema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Sequence'), pretokenizers: z.array(z.unknown()) }),
  z.object({
    type: z.literal('Split'),
    pattern: patternSchema,
    behavior,
    invert: z.boolean().default(false),
  }),
  z.object({
    type: z.literal('ByteLevel'),
    add_prefix_space: z.boolean().default(false),
    use_regex: z.boolean().default(true),
  }),
  z.object({ type: z.literal('Digits'), individual_digits: z.boolean().default(false) }),
  z.object({ type: z.literal('Punctuation'), behavior: behavior.default('Isolated') }),
  z.object({
    type: z.literal('Metaspace'),
    replacement: z.string().default('▁'),
    add_prefix_space: z.boolean().default(true),
    prepend_scheme: z.enum(['always', 'first', 'never']).optional(),
    split: z.boolean().default(true),
  }),
  z.object({ type: z.literal('WhitespaceSplit') }),
]);

/** @returns undefined for a kind that is not done here */
export function preTokenizerOf(value: unknown): PreTokenize | undefined {
  if (value === null || value === undefined) return (pieces) => pieces;
  const parsed = schema.safeParse(value);
  if (!parsed.success) return undefined;
  const { data } = parsed;
  switch (data.type) {
    case 'Sequence': {
      const steps = data.pretokenizers.map(preTokenizerOf);
      if (steps.includes(undefined)) return undefined;
      return (pieces, atStart) => steps.reduce((now, step) => step?.(now, atStart) ?? now, pieces);
    }
    case 'Split': {
      const pattern = patternOf(data.pattern);
      if (pattern === undefined) return undefined;
      const expression = typeof pattern === 'string' ? literal(pattern) : pattern;
      return eachPiece(splitBy(expression, data.behavior, data.invert));
    }
    case 'ByteLevel': {
      const split = data.use_regex
        ? eachPiece(splitBy(compileSplit(gpt2Split), 'Isolated', false))
        : (pieces: readonly string[]) => pieces;
      if (!data.add_prefix_space) return split;
      return (pieces, atStart) =>
        split(
          pieces.map((piece) => (piece.startsWith(' ') ? piece : ` ${piece}`)),
          atStart,
        );
    }
    case 'Digits':
      return eachPiece(splitBy(data.individual_digits ? /\p{N}/gu : /\p{N}+/gu, 'Isolated', false));
    case 'Punctuation':
      return eachPiece(splitBy(/[\p{P}!-/:-@[-`{-~]/gu, data.behavior, false));
    case 'Metaspace': {
      const { replacement, split } = data;
      const scheme = data.prepend_scheme ?? (data.add_prefix_space ? 'always' : 'never');
      const words = wordsFrom(replacement);
      return (pieces, atStart) =>
        pieces.flatMap((piece, index) => {
          const text = piece.replaceAll(' ', replacement);
          const prepended =
            !text.startsWith(replacement) && (scheme === 'always' || (scheme === 'first' && atStart && index === 0));
          return split ? words(prepended ? replacement + text : text) : [prepended ? replacement + text : text];
        });
    }
    case 'WhitespaceSplit':
      return (pieces) => pieces.flatMap((piece) => piece.split(/\p{White_Space}+/u)).filter(isFilled);
  }
}

/** Cuts before every separator: "▁a▁▁b" is "▁a", "▁", "▁b". */
function wordsFrom(separator: string): (text: string) => readonly string[] {
  return (text) => {
    const words: string[] = [];
    for (let start = 0; start < text.length;) {
      const next = text.indexOf(separator, start + 1);
      words.push(text.slice(start, next < 0 ? undefined : next));
      start = next < 0 ? text.length : next;
    }
    return words;
  };
}

function eachPiece(split: (text: string) => readonly string[]): PreTokenize {
  return (pieces) => pieces.flatMap((piece) => split(piece));
}

function literal(text: string): RegExp {
  return new RegExp(text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), 'gu');
}

function isFilled(piece: string): boolean {
  return piece.length > 0;
}
