/** Conversations as a decoder has read them, kept by what the client knows of them: their questions and answers. */
import { createHash } from 'node:crypto';
import type { Turn } from '../../protocol/answers.ts';
import type { ReadConversation } from '../../reading/plan.ts';

/** Outlives the process; what is lost is read again. */
export interface ConversationStore {
  get(key: string): ReadConversation | undefined;
  put(key: string, conversation: ReadConversation): void;
}

/** @param turns all of the conversation, oldest first */
export function conversationKey(turns: readonly Pick<Turn, 'question' | 'answer'>[]): string {
  const said = turns.map(({ question, answer }) => [question.trim(), answer.trim()]);
  return createHash('sha256').update(JSON.stringify(said)).digest('hex');
}
