/** A reply's body as text, no longer than a model server has reason to send. */
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { Reply } from './exchange.ts';

/** UTF-16 units. */
const longestBody = 16_000_000;

/** @throws LS3208 when it is too long, LS3206, LS3209, CancelledError */
export async function readText(reply: Reply, host: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of reply.chunks) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > longestBody) {
      reply.close();
      throw fault('LS3208', say('{0} sent more than {1} million characters', host, String(longestBody / 1e6)));
    }
  }
  return text + decoder.decode();
}
