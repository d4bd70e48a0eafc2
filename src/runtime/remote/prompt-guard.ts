/**
 * Keeps repository text from acting as a control token. A server splits the whole rendered prompt, and would take
 * `<|im_end|>` inside a source for the end of the turn; an invisible character behind its first one makes it text again.
 */
import { controlInText } from '../../models/tokenizer/control-tokens.ts';
import type { ChatMessage } from '../decoder.ts';

/** U+2060 WORD JOINER: no width, no break, in no vocabulary as a part of a control token. */
const joiner = '\u2060';

export function guardText(text: string): string {
  return text.replace(controlInText, ([first = '', ...rest]) => `${first}${joiner}${rest.join('')}`);
}

export function guardMessages(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  return messages.map(({ role, content }) => ({ role, content: guardText(content) }));
}

/** Takes the invisible character out of an answer that repeats such a text; it stands in no code of its own. */
export function unguardText(text: string): string {
  return text.replaceAll(joiner, '');
}
