/** Where an answer begins, from the end of the rendered prompt: behind a thought that the template opened, or not. */
import type { Constraint } from '../decoder.ts';
import { thoughtSpellings } from './spellings.ts';

export type TurnStart =
  /** A thought may begin here. */
  | { readonly at: 'answer' }
  /** The prompt opened one, which ends with `close`. */
  | { readonly at: 'thought'; readonly close: string }
  /** Nobody here saw the prompt; `likely` when the model is known to have begun inside a thought before. */
  | { readonly at: 'unknown'; readonly likely: boolean };

/**
 * @param behind what the prompt holds behind its last message; null when a server rendered it and does not tell
 * @returns null for output in which nothing is taken for a thought
 */
export function turnStart(behind: string | null, constraint: Constraint | undefined, likely = false): TurnStart | null {
  // What is held to sources or to a schema from its first token on holds no thoughts.
  if (constraint?.kind === 'quote' || constraint?.kind === 'json-schema') return null;
  if (behind === null) return { at: 'unknown', likely };
  const close = openThought(behind);
  if (close === null) return { at: 'answer' };
  // A pattern need not provide for the end of the thought.
  return constraint ? { at: 'unknown', likely: false } : { at: 'thought', close };
}

/** The closing of the thought that is open at the end of the text; null without any. */
function openThought(behind: string): string | null {
  let last: { readonly at: number; readonly close: string } | null = null;
  for (const { open, close, followedBy } of thoughtSpellings) {
    const at = followedBy ? -1 : behind.lastIndexOf(open);
    if (at >= 0 && behind.indexOf(close, at + open.length) < 0 && at > (last?.at ?? -1)) last = { at, close };
  }
  return last?.close ?? null;
}
