/**
 * One HTTP request to a server and the head of its reply. Redirects are not followed, so that a key and a prompt only ever go
 * where they were meant to; the body is an iterable that ends with an error of the catalogue when it is cut off or too slow.
 */
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { CancelledError } from '../../base/cancellation.ts';
import { LongsightError, fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import { connectionFault } from './connection-faults.ts';
import { Deadlines, type ServerTimeouts } from './deadlines.ts';

export interface ExchangeRequest {
  readonly url: URL;
  /** Name of the server in messages. */
  readonly host: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly agent: http.Agent;
  readonly timeouts: ServerTimeouts;
  readonly signal: AbortSignal;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Can be gone through once. Rejects with LS3206, LS3209 or CancelledError. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Tells that the server is at work on the prompt. */
  working(): void;
  /** Tells that the first token has come: from now on the time between two pieces counts. */
  flowing(): void;
  /** Lets go of the connection; what has not been read is not read any more. */
  close(): void;
}

/** @throws LS3201, LS3206, LS3208, LS3212, CancelledError; {@link StaleConnection} when a kept connection was closed meanwhile */
export function exchange(options: ExchangeRequest): Promise<Reply> {
  const { url, host, method, body, agent, timeouts, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new CancelledError());
      return;
    }
    const headers = { ...options.headers, ...(body !== null && { 'content-length': String(Buffer.byteLength(body)) }) };
    const request = (url.protocol === 'https:' ? https : http).request(url, { method, headers, agent });
    /** Why we ended it ourselves, which matters more than how that looks from the socket. */
    let reason: Error | null = null;
    const stop = (error: Error): void => {
      reason ??= error;
      request.destroy(error);
    };
    const deadlines = new Deadlines(timeouts, host, stop);
    const onAbort = (): void => {
      stop(new CancelledError());
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const end = (): void => {
      deadlines.end();
      signal.removeEventListener('abort', onAbort);
    };
    request.once('socket', (socket) => {
      if (!socket.connecting) deadlines.connected();
      else
        socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
          deadlines.connected();
        });
    });
    request.on('error', (error) => {
      end();
      if (reason) reject(reason);
      else if (request.reusedSocket && isReset(error)) reject(new StaleConnection());
      else reject(connectionFault(error, host));
    });
    request.once('response', (message) => {
      resolve({
        status: message.statusCode ?? 0,
        headers: message.headers,
        chunks: bodyOf(message, host, deadlines, () => reason, end),
        working: () => {
          deadlines.working();
        },
        flowing: () => {
          deadlines.flowing();
        },
        close: () => {
          end();
          if (!message.complete) message.destroy();
        },
      });
    });
    request.end(body ?? undefined);
  });
}

/** The server closed a connection that we had kept open, before it saw the request: it can be sent again. */
export class StaleConnection extends Error {}

async function* bodyOf(
  message: IncomingMessage,
  host: string,
  deadlines: Deadlines,
  reason: () => Error | null,
  end: () => void,
): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of message) {
      deadlines.received();
      yield chunk as Buffer;
    }
    // A body with a stated length that ends early ends without an error event in some versions of Node.
    if (!message.complete) throw fault('LS3209', say('the connection to {0} ended in the middle', host));
  } catch (error) {
    const own = reason();
    if (own) throw own;
    if (error instanceof LongsightError) throw error;
    throw fault('LS3209', say('the connection to {0} broke in the middle', host), error);
  } finally {
    end();
  }
}

function isReset(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}
