/** Explanations as they are kept: about which lines of which file, what stood there, and what was said. */
import { z } from 'zod';
import { commitView } from '../../protocol/webview.ts';

const turn = z.object({
  question: z.string().nullable(),
  /** Markdown with `[n]` for citations. */
  answer: z.string(),
  notice: z.string().nullable(),
  citations: z.array(
    z.object({
      number: z.int(),
      path: z.string(),
      startLine: z.int(),
      endLine: z.int(),
      text: z.string().nullable(),
      /** What is cited is this commit, and the lines are those that it changed last. */
      commit: commitView.optional(),
    }),
  ),
});
export type ExplanationTurn = z.infer<typeof turn>;

const savedExplanation = z.object({
  id: z.string(),
  /** Absolute URI of the file, so that several repositories of a workspace keep apart. */
  uri: z.string(),
  /** Root of the file's repository; null in a file of an earlier version: the window's first. */
  repository: z.string().nullable().default(null),
  path: z.string(),
  /** What is explained: the selection, or the smallest definition at the cursor. */
  startLine: z.int(),
  endLine: z.int(),
  /** Where it was asked, and where the thread stays; null in a file of an earlier version: at the first line. */
  asked: z.object({ startLine: z.int(), endLine: z.int() }).nullable().default(null),
  /** The lines that were explained, word for word, and their SHA-256. */
  text: z.string(),
  textHash: z.string(),
  symbol: z.string().nullable(),
  stale: z.boolean(),
  /** What the first answer was made from, see the protocol's `Explanation`; null in a file of an earlier version: not known. */
  madeFrom: z.string().nullable().default(null),
  /** Its own lines are as they were, but what they use or what uses them is not. */
  outdated: z.boolean().default(false),
  collapsed: z.boolean(),
  turns: z.array(turn),
});
export type SavedExplanation = z.infer<typeof savedExplanation>;

export const savedExplanations = z.object({ version: z.literal(1), explanations: z.array(savedExplanation) });
