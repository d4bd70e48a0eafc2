/** What a request over several contexts comes to in tokens: what stands before all of them, each of them, and the question. */
import { say } from '../../base/sentences.ts';
import { fault } from '../../base/errors.ts';
import type { Tokenizer } from '../../models/tokenizer/tokenizer.ts';

/** Ids of several contexts and of the question behind each of them. */
export interface ContextIds {
  /** What stands before each of them and is read once; may be empty. */
  readonly shared: readonly number[];
  /** None of them empty. */
  readonly windows: readonly (readonly number[])[];
  readonly question: readonly number[];
}

/** Texts as they are behind a beginning token, where there is one. @throws LS3005 for no text, or one without tokens */
export function idsOfTexts(
  texts: readonly string[],
  question: readonly number[],
  tokenizer: Pick<Tokenizer, 'beginId' | 'encode'>,
): ContextIds {
  const { beginId } = tokenizer;
  const isBegun = beginId !== null && tokenizer.encode('', { addSpecial: true })[0] === beginId;
  const shared = isBegun ? [beginId] : [];
  return checked({
    shared,
    windows: texts.map((text) => tokenizer.encode(text, { addSpecial: true }).slice(shared.length)),
    question: question[0] === beginId ? question.slice(1) : question,
  });
}

/**
 * Whole prompts that differ in one place: what they have in common at both ends is told apart from what they do not.
 * @throws LS3005 for fewer than two, or one that is no more than what all have in common
 */
export function idsOfPrompts(prompts: readonly (readonly number[])[]): ContextIds {
  const [first = [], ...others] = prompts;
  if (others.length === 0) throw fault('LS3005', say('contexts that are read apart are at least two'));
  const shortest = Math.min(...prompts.map(({ length }) => length));
  const sameAt = (of: (ids: readonly number[]) => number | undefined): boolean =>
    others.every((ids) => of(ids) === of(first));
  let head = 0;
  while (head < shortest && sameAt((ids) => ids[head])) head += 1;
  let tail = 0;
  while (tail < shortest - head && sameAt((ids) => ids.at(-1 - tail))) tail += 1;
  return checked({
    shared: first.slice(0, head),
    windows: prompts.map((ids) => ids.slice(head, ids.length - tail)),
    question: first.slice(first.length - tail),
  });
}

/** Tokens in the longest sequence that is read. */
export function longestOf({ shared, windows, question }: ContextIds): number {
  return shared.length + Math.max(...windows.map(({ length }) => length)) + question.length;
}

function checked(ids: ContextIds): ContextIds {
  if (ids.windows.length === 0 || ids.windows.some(({ length }) => length === 0))
    throw fault('LS3005', say('a context needs a text'));
  if (ids.question.length === 0) throw fault('LS3005', say('contexts without a question'));
  return ids;
}
