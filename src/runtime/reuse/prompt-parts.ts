/** A prompt in the parts that keys and values are kept of: what stands before its sources, each source, and what follows them. */
import type { ChatTemplate, TemplateMessage } from '../../models/chat-template.ts';
import type { Tokenizer } from '../../models/tokenizer/tokenizer.ts';

export interface PromptParts {
  /** Ids up to the first source. */
  readonly prefix: readonly number[];
  /** Ids of each source, made into tokens by itself: its tokens are the same wherever it stands. */
  readonly chunks: readonly (readonly number[])[];
  /** Ids from behind the last source to where the answer begins; not empty. */
  readonly tail: readonly number[];
}

/**
 * @param before the messages before the last one
 * @param sources the last message begins with them
 * @param question the rest of it
 */
export function promptParts(
  { template, tokenizer }: { readonly template: ChatTemplate; readonly tokenizer: Tokenizer },
  before: readonly TemplateMessage[],
  sources: readonly string[],
  question: string,
  assistantPrefix = '',
): PromptParts {
  // What two conversations that differ in one character have in common is what the template puts around it.
  const [a = [], b = []] = ['1', '2'].map((content) => template.encode([...before, { role: 'user', content }]));
  const first = a.findIndex((id, i) => id !== b[i]);
  const last = a.length - 1 - a.toReversed().findIndex((id, i) => id !== b[b.length - 1 - i]);
  return {
    prefix: a.slice(0, first),
    chunks: sources.map((source) => tokenizer.encode(source)),
    tail: [...tokenizer.encode(question), ...a.slice(last + 1), ...tokenizer.encode(assistantPrefix)],
  };
}
