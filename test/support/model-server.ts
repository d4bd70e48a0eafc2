/**
 * A model server on this machine whose every reply a test decides: it speaks the interface of any kind of server, and breaks it
 * in every way that is asked for. It keeps what it was sent.
 */
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface ReceivedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Parsed; null without one. */
  readonly body: Record<string, unknown> | null;
}

export type Handler = (request: ReceivedRequest, response: ServerResponse) => void | Promise<void>;

export class ModelServer {
  /** By method and path: `POST /v1/chat/completions`. */
  readonly routes = new Map<string, Handler>();
  readonly requests: ReceivedRequest[] = [];
  /** Requests whose connection the other side closed before the reply was whole. */
  abandoned = 0;
  readonly #server: Server;
  readonly #scheme: string;
  #port = 0;

  private constructor(tls: { readonly key: string; readonly cert: string } | null) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      response.once('close', () => {
        if (!response.writableFinished) this.abandoned += 1;
      });
      this.#answer(request, response).catch(() => {
        response.destroy();
      });
    };
    this.#server = tls ? createSecureServer(tls, listener) : createServer(listener);
    this.#scheme = tls ? 'https' : 'http';
  }

  static async start(tls: { readonly key: string; readonly cert: string } | null = null): Promise<ModelServer> {
    const server = new ModelServer(tls);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    server.#port = (server.#server.address() as AddressInfo).port;
    return server;
  }

  get host(): string {
    return `127.0.0.1:${String(this.#port)}`;
  }

  /** As it is given for a model. */
  get address(): string {
    return `${this.#scheme}://${this.host}/v1`;
  }

  get origin(): string {
    return `${this.#scheme}://${this.host}`;
  }

  on(route: string, handler: Handler): this {
    this.routes.set(route, handler);
    return this;
  }

  /** The requests to one path. */
  to(path: string): readonly ReceivedRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const path = (request.url ?? '').replace(/\?.*$/, '');
    const method = request.method ?? '';
    const body = text === '' ? null : (JSON.parse(text) as Record<string, unknown>);
    const received = { method, path, headers: request.headers, body };
    this.requests.push(received);
    const handler = this.routes.get(`${method} ${path}`);
    if (handler) await handler(received, response);
    else reply(response, { detail: 'Not Found' }, 404);
  }
}

/** A whole reply in JSON. */
export function reply(
  response: ServerResponse,
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

export const json =
  (value: unknown, status = 200, headers: Record<string, string> = {}): Handler =>
  (_request, response) => {
    reply(response, value, status, headers);
  };

/** The list of models as a server of this kind gives it. */
export const models = (
  owner: string,
  ...entries: readonly ({ readonly id: string } & Record<string, unknown>)[]
): Handler => json({ object: 'list', data: entries.map((entry) => ({ object: 'model', owned_by: owner, ...entry })) });

/** A chunk of a chat as OpenAI streams it. */
export const delta = (content: string): string => event({ choices: [{ index: 0, delta: { content } }] });
export const finish = (reason = 'stop'): string => event({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });
export const usage = (promptTokens: number, completionTokens = 1): string =>
  event({ choices: [], usage: { prompt_tokens: promptTokens, completion_tokens: completionTokens } });
export const end = 'data: [DONE]\n\n';
export const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

/** Sends the parts one after another as server-sent events; a number waits for so many milliseconds, null cuts the connection. */
export const stream =
  (...parts: readonly (string | Buffer | number | null)[]): Handler =>
  async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    for (const part of parts) {
      if (part === null) {
        // What was written before has left by then.
        await delay(30);
        response.socket?.destroy();
        return;
      }
      if (typeof part === 'number') await delay(part, undefined, { ref: false });
      else await new Promise((resolve) => response.write(part, resolve));
    }
    response.end();
  };

/** The same for Ollama's lines. */
export const lines =
  (...values: readonly unknown[]): Handler =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.end(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
  };
