/** Explanations as they are kept: about which lines of which file, what stood there, and what was said. */
import { z } from 'zod';

const turn = z.object({
  question: z.string().nullable(),
  /** Markdown with `[n]` for citations. */
  answer: z.string(),
  notice: z.string().nullable(),
  citations: z.array(
    z.object({ number: z.int(), path: z.string(), startLine: z.int(), endLine: z.int(), text: z.string().nullable() }),
  ),
});
export type ExplanationTurn = z.infer<typeof turn>;

const savedExplanation = z.object({
  id: z.string(),
  /** Absolute URI of the file, so that several repositories of a workspace keep apart. */
  uri: z.string(),
  path: z.string(),
  startLine: z.int(),
  endLine: z.int(),
  /** The lines that were explained, word for word, and their SHA-256. */
  text: z.string(),
  textHash: z.string(),
  symbol: z.string().nullable(),
  stale: z.boolean(),
  collapsed: z.boolean(),
  turns: z.array(turn),
});
export type SavedExplanation = z.infer<typeof savedExplanation>;

export const savedExplanations = z.object({ version: z.literal(1), explanations: z.array(savedExplanation) });
