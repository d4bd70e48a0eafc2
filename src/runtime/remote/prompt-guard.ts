/**
 * Keeps repository text from acting as a control token. A server splits the whole rendered prompt, and would take
 * `<|im_end|>` inside a source for the end of the turn; an invisible character behind its first one makes it text again.
 */
import type { ChatMessage } from '../decoder.ts';

/** U+2060 WORD JOINER: no width, no break, in no vocabulary as a part of a control token. */
const joiner = '\u2060';

/** How the models Longsight knows write control tokens: ChatML and its kin, Llama, Mistral, Gemma, DeepSeek. */
const control =
  /<\|[^|<>\s]{1,64}\|>|<\/?s>|<(?:bos|eos|pad|unk)>|\[\/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]|<(?:start|end)_of_turn>|<｜[^｜<>]{1,64}｜>/gu;
export function guardText(text: string): string {
  return text.replace(control, (found) => `${found.slice(0, 1)}${joiner}${found.slice(1)}`);
}

export function guardMessages(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  return messages.map(({ role, content }) => ({ role, content: guardText(content) }));
}

/** Takes the invisible character out of an answer that repeats such a text; it stands in no code of its own. */
export function unguardText(text: string): string {
  return text.replaceAll(joiner, '');
}
