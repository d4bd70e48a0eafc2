/** A model server that takes the reading test, and answers any other prompt with one sentence. */
import type { TestContext } from 'node:test';
import type { Verdicts } from '../../src/engine/decoders/decoder-keeper.ts';
import { keepVerdict, readVerdict } from '../../src/runtime/reading-test/verdict.ts';
import { type ModelServer, delta, finish, models, stream } from './model-server.ts';
import { readingAnswer } from './reading-answers.ts';
import { modelServer } from './remote-decoder.ts';

/** Of no kind but OpenAI's own: it cannot be held to quotes. It gets the first `right` questions of the test right. */
export async function readingServer(
  t: TestContext,
  right: number,
  { says = 'It is in the sources [1].', onQuestion }: { says?: string; onQuestion?: (count: number) => void } = {},
): Promise<ModelServer> {
  const server = await modelServer(t);
  let questions = 0;
  server.on('GET /v1/models', models('x', { id: 'coder' })).on('POST /v1/chat/completions', (request, response) => {
    const answer = readingAnswer(promptOf(request.body), right);
    if (answer !== null) onQuestion?.((questions += 1));
    return stream(delta(answer ?? says), finish())(request, response);
  });
  return server;
}

/** The last message of a conversation as it was sent. */
export function promptOf(body: Record<string, unknown> | null): string {
  const messages = body?.['messages'];
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : undefined;
  return typeof last === 'object' && last && 'content' in last ? String(last.content) : '';
}

export function verdictsIn(home: string): Verdicts {
  return {
    read: (model) => readVerdict(model, home),
    keep: (model, report, signal) => keepVerdict(model, home, report, signal),
  };
}
