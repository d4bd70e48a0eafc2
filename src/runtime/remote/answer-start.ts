/** Where answers begin by the template of a server, found out with one short conversation. */
import type { ChatMessage } from '../decoder.ts';

export const sampleMessage: ChatMessage = { role: 'user', content: 'Where does the answer begin?' };

/** What a rendered prompt holds behind the sample; null when it does not hold it. */
export function behindMessage(rendered: string): string | null {
  const at = rendered.lastIndexOf(sampleMessage.content);
  return at < 0 ? null : rendered.slice(at + sampleMessage.content.length);
}
