/** The schema of sentences that were kept in a file or came from another process. */
import { z } from 'zod';
import type { Sentence, Words } from '../base/sentences.ts';

const words: z.ZodType<Words> = z.lazy(() =>
  z.union([z.string(), z.number(), sentenceSchema, z.object({ code: z.string(), values: z.array(words) })]),
);

export const sentenceSchema: z.ZodType<Sentence> = z.object({ say: z.string(), values: z.array(words) });

/** A sentence as a column of text keeps it; {@link keptSentence} reads it again. */
export function sentenceToKeep(sentence: Sentence): string {
  return JSON.stringify(sentence);
}

/** What {@link sentenceToKeep} made; anything else is shown as it is. */
export function keptSentence(text: string): Sentence {
  try {
    return sentenceSchema.parse(JSON.parse(text));
  } catch {
    return { say: '{0}', values: [text] };
  }
}
