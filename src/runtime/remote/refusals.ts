/** What a status other than 2xx means, with the server's own sentence where it gave one, and how long to wait for a busy server. */
import { z } from 'zod';
import { isCancelled } from '../../base/cancellation.ts';
import { type LongsightError, fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { Reply } from './exchange.ts';
import { readText } from './read-body.ts';

const longestSentence = 300;
const longestPauseMs = 20_000;
const firstPauseMs = 500;

/** Every form in which servers wrap their message: OpenAI's, Ollama's, FastAPI's, plain. */
const errorBody = z.union([
  z.looseObject({ error: z.looseObject({ message: z.string() }) }).transform(({ error }) => error.message),
  z.looseObject({ error: z.string() }).transform(({ error }) => error),
  z.looseObject({ message: z.string() }).transform(({ message }) => message),
  z.looseObject({ detail: z.string() }).transform(({ detail }) => detail),
  z.looseObject({ detail: z.unknown() }).transform(({ detail }) => JSON.stringify(detail)),
]);

export interface RefusalContext {
  readonly host: string;
  readonly path: string;
  /** Taken out of what the server says: some repeat the key they refuse. */
  readonly key: string | null;
}

/** 429 and 503 pass; a server that loads its model says the latter. */
export function isBusy(status: number): boolean {
  return status === 429 || status === 503;
}

/**
 * How long to wait before the next attempt, milliseconds; null when the server asks for more than anybody would wait.
 * @param retryAfter the header: seconds or a date (RFC 9110, 10.2.3)
 */
export function pauseBefore(attempt: number, retryAfter: string | undefined, now = Date.now()): number | null {
  if (retryAfter !== undefined) {
    const asked = /^\d+$/.test(retryAfter.trim()) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now;
    if (Number.isFinite(asked)) return asked > longestPauseMs ? null : Math.max(0, asked);
  }
  // Spread, so that several windows do not come back all at once.
  return firstPauseMs * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
}

/** Reads what the server says and lets go of the reply. Rejects only with CancelledError. */
export async function refusal(reply: Reply, { host, path, key }: RefusalContext): Promise<LongsightError> {
  const { status, headers } = reply;
  const said = await sentence(reply, host, key);
  const says = said === '' ? '' : `: ${said}`;
  const where = `${host} (status ${String(status)})${says}`;
  if (status >= 300 && status < 400)
    return fault('LS3215', say('{0} redirects to {1}', host, originOf(headers.location)));
  if (status === 401 || status === 403) return fault('LS3202', where);
  if (isBusy(status)) {
    const after = headers['retry-after'];
    return fault('LS3205', after === undefined ? where : say('{0}; it asks to wait {1} s', where, after));
  }
  if (isTooLong(said)) return fault('LS3214', where);
  if (status === 404 && /model/i.test(said)) return fault('LS3203', where);
  if (status === 404) return fault('LS3208', say('{0} has no {1}', host, path));
  return status >= 500 ? fault('LS3207', where) : fault('LS3219', where);
}

/** An error that came in the middle of a stream, as its message. */
export function streamedFault(message: string, host: string, key: string | null): LongsightError {
  const said = tidy(message, key);
  return fault(isTooLong(said) ? 'LS3214' : 'LS3207', `${host}: ${said}`);
}

/** The message in a body of the forms above; null when there is none. */
export function messageIn(value: unknown): string | null {
  const parsed = errorBody.safeParse(value);
  return parsed.success ? parsed.data : null;
}

async function sentence(reply: Reply, host: string, key: string | null): Promise<string> {
  try {
    const text = await readText(reply, host);
    const message = messageIn(JSON.parse(text));
    return message === null ? '' : tidy(message, key);
  } catch (error) {
    if (isCancelled(error)) throw error;
    // A page of HTML or half a body says nothing that the status does not.
    return '';
  } finally {
    reply.close();
  }
}

/** One line, without a full stop of its own. */
function tidy(message: string, key: string | null): string {
  const line = message.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  const discreet = key === null || key === '' ? line : line.replaceAll(key, '…');
  return discreet.slice(0, longestSentence).replace(/\.$/, '');
}

/** llama.cpp "exceeds the available context size", vLLM and llama-cpp-python "maximum context length", Ollama "exceeds the context length". */
function isTooLong(said: string): boolean {
  return /context (?:size|length|window)|too many tokens|prompt is too long/i.test(said);
}

function originOf(location: string | undefined): string {
  try {
    return new URL(location ?? '').origin;
  } catch {
    return 'another path';
  }
}
