/** Sends one wire request and puts the answer together from the documents of its stream, telling of each as it comes. */
import { z } from 'zod';
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { ServerConnection } from './connection.ts';
import type { Piece, WireRequest } from './dialect.ts';
import { readText } from './read-body.ts';
import { messageIn, streamedFault } from './refusals.ts';
import { jsonLines, serverSentEvents } from './streams.ts';

export interface StreamedAnswer {
  readonly tokenIds: readonly number[];
  readonly candidates: NonNullable<Piece['candidates']>;
  readonly finish: NonNullable<Piece['finish']>;
  /** As the server counted; null where it did not say. */
  readonly promptTokens: number | null;
  readonly cachedTokens: number | null;
  readonly completionTokens: number | null;
}

/** The line that ends OpenAI's streams; some servers leave it out. */
const done = '[DONE]';

/**
 * @param onPiece told of every document, in order
 * @throws LS3201 to LS3210, LS3214, LS3219, CancelledError
 */
export async function streamAnswer(
  connection: ServerConnection,
  { path, body, framing, read }: WireRequest,
  onPiece: (piece: Piece) => void,
  signal: AbortSignal,
): Promise<StreamedAnswer> {
  const { host } = connection.address;
  const reply = await connection.send(path, body, signal);
  const tokenIds: number[] = [];
  const candidates: (readonly { readonly id: number; readonly logit: number }[])[] = [];
  let last: Piece = {};
  let documents = 0;
  try {
    for await (const text of documentsOf(reply, framing, host)) {
      if (text === done) break;
      const document = parsed(text, host);
      const message = isFailure(document) ? messageIn(document) : null;
      if (message !== null) throw streamedFault(message, host, connection.key);
      const piece = understood(read, document, host);
      documents += 1;
      if (piece.text !== undefined || piece.thought !== undefined) reply.flowing();
      else if (piece.progress) reply.working();
      tokenIds.push(...(piece.tokenIds ?? []));
      candidates.push(...(piece.candidates ?? []));
      last = { ...last, ...piece };
      onPiece(piece);
    }
  } finally {
    reply.close();
  }
  if (documents === 0) throw fault('LS3210', say('{0} sent nothing', host));
  if (!last.finish) throw fault('LS3209', say('{0} stopped without saying that it was done', host));
  const { finish, promptTokens = null, cachedTokens = null, completionTokens = null } = last;
  return { tokenIds, candidates, finish, promptTokens, cachedTokens, completionTokens };
}

async function* documentsOf(
  reply: Awaited<ReturnType<ServerConnection['send']>>,
  framing: WireRequest['framing'],
  host: string,
): AsyncGenerator<string> {
  const type = reply.headers['content-type'] ?? '';
  if (/^text\/event-stream/i.test(type)) yield* serverSentEvents(reply.chunks, host);
  else if (/ndjson|jsonl/i.test(type) || (framing === 'lines' && /json/i.test(type)))
    yield* jsonLines(reply.chunks, host);
  // A server that does not stream sends the whole answer as one document.
  else if (/json/i.test(type)) yield await readText(reply, host);
  else
    throw fault(
      'LS3208',
      type === ''
        ? say('{0} answered without a content type in place of a stream', host)
        : say('{0} answered with {1} in place of a stream', host, type),
    );
}

function parsed(text: string, host: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fault('LS3208', say('{0} sent a piece that is not JSON', host), error);
  }
}

function understood(read: WireRequest['read'], document: unknown, host: string): Piece {
  try {
    return read(document);
  } catch (error) {
    if (error instanceof z.ZodError)
      throw fault('LS3208', say('a part of the stream of {0} has an unexpected form', host), error);
    throw error;
  }
}

function isFailure(document: unknown): boolean {
  return typeof document === 'object' && document !== null && 'error' in document && document.error !== null;
}
