/**
 * The connection to one server: adds the key, waits and asks again when the server is busy, turns what it refuses into errors
 * of the catalogue, and counts every request. Nothing else in Longsight opens a socket to a model server.
 */
import http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import { CancelledError } from '../../base/cancellation.ts';
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { Logger } from '../../base/logging.ts';
import { openServerSocket } from '../../models/network.ts';
import type { ServerAddress } from '../../protocol/server-address.ts';
import type { ServerTimeouts } from './deadlines.ts';
import { type Reply, StaleConnection, exchange } from './exchange.ts';
import { readText } from './read-body.ts';
import { isBusy, pauseBefore, refusal } from './refusals.ts';

export interface ConnectionOptions {
  readonly address: ServerAddress;
  /** Sent as a bearer token, to this address alone. */
  readonly key: string | null;
  readonly timeouts: ServerTimeouts;
  /** True when the user wants no network. */
  readonly offline: boolean;
  readonly logger: Logger;
}

/** Requests at a time; the small ones that count tokens come in flocks. */
const mostSockets = 8;
/** Attempts at a request that a busy server turns away. */
const attempts = 4;

export class ServerConnection {
  readonly address: ServerAddress;
  readonly #options: ConnectionOptions;
  readonly #agent: http.Agent;

  constructor(options: ConnectionOptions) {
    this.address = options.address;
    this.#options = options;
    const kept = { keepAlive: true, maxSockets: mostSockets };
    this.#agent = options.address.isEncrypted
      ? new https.Agent({ ...kept, ca: trustedAuthorities() })
      : new http.Agent(kept);
  }

  /** For taking it out of messages. */
  get key(): string | null {
    return this.#options.key;
  }

  /** @param path from the top of the server, `/v1/models` @throws what {@link send} throws, LS3208 for what is not of the schema */
  async json<T>(path: string, body: object | null, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const reply = await this.send(path, body, signal);
    const text = await readText(reply, this.address.host);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw fault('LS3208', say('{0}{1} answered with something other than JSON', this.address.host, path), error);
    }
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw fault('LS3208', say('the reply of {0}{1} has an unexpected form', this.address.host, path), parsed.error);
  }

  /**
   * Sends a request and returns the reply once it is a good one; the caller reads its body or closes it.
   * @throws LS3201 to LS3219, CancelledError
   */
  async send(path: string, body: object | null, signal: AbortSignal): Promise<Reply> {
    const { address, offline, logger } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      openServerSocket(address.host, offline);
      let reply: Reply;
      try {
        reply = await this.#exchange(path, body, signal);
      } catch (error) {
        if (error instanceof StaleConnection && attempt < attempts) continue;
        throw error instanceof StaleConnection
          ? fault('LS3201', say('{0}, it closed the connection', address.host))
          : error;
      }
      logger.debug({ server: address.host, path, status: reply.status }, 'a model server answered');
      if (reply.status >= 200 && reply.status < 300) return reply;
      const error = await refusal(reply, { host: address.host, path, key: this.#options.key });
      const pauseMs = pauseBefore(attempt, reply.headers['retry-after']);
      if (!isBusy(reply.status) || attempt === attempts || pauseMs === null) throw error;
      logger.info({ server: address.host, status: reply.status, pauseMs }, 'the model server is busy; asking again');
      await pause(pauseMs, signal);
    }
  }

  dispose(): void {
    this.#agent.destroy();
  }

  #exchange(path: string, body: object | null, signal: AbortSignal): Promise<Reply> {
    const { address, key, timeouts } = this.#options;
    return exchange({
      url: new URL(address.origin + path),
      host: address.host,
      method: body === null ? 'GET' : 'POST',
      headers: {
        accept: 'application/json, text/event-stream',
        ...(body !== null && { 'content-type': 'application/json' }),
        ...(key !== null && { authorization: `Bearer ${key}` }),
      },
      body: body === null ? null : JSON.stringify(body),
      agent: this.#agent,
      timeouts,
      signal,
    });
  }
}

/** Node's own authorities and the machine's: a company's servers are usually signed by one that only the machine knows. */
function trustedAuthorities(): string[] {
  return [...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')])];
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    throw new CancelledError();
  }
}
