/** A hub on this machine that speaks the resolve protocol, and breaks it in every way a test asks for. */
import { createHash } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface HubFile {
  readonly content: Buffer;
  /** What the hub says the hash is; left out: the true one. null: it says none. */
  readonly etag?: string | null;
  /** A Git blob hash in the ordinary ETag instead of a redirect with X-Linked-Etag. */
  readonly small?: boolean;
  /** The first so many answers end after this many bytes. */
  readonly cut?: { readonly times: number; readonly afterBytes: number };
  /** Answers a part with the whole. */
  readonly ignoresRange?: boolean;
  /** Bytes a second. */
  readonly bytesPerSecond?: number;
}

export class Hub {
  readonly files = new Map<string, HubFile>();
  /** `METHOD path range`, in order. */
  readonly requests: string[] = [];
  readonly #server: Server;
  readonly #cuts = new Map<string, number>();

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => {
        response.destroy();
      });
    });
  }

  static async start(): Promise<Hub> {
    const hub = new Hub();
    await new Promise<void>((resolve) => hub.#server.listen(0, '127.0.0.1', resolve));
    return hub;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** Requests that fetched content. */
  get downloads(): readonly string[] {
    return this.requests.filter((line) => line.startsWith('GET'));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '';
    const range = request.headers.range ?? '';
    this.requests.push(`${request.method ?? ''} ${url} ${range}`.trim());
    const name = url.split('/').at(-1) ?? '';
    const file = this.files.get(name);
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    const size = String(file.content.length);
    if (url.includes('/resolve/') && !file.small) {
      const etag = file.etag === undefined ? createHash('sha256').update(file.content).digest('hex') : file.etag;
      // As the hub does: a relative address, and the ETag in quotes.
      response.writeHead(302, {
        location: `/cdn/${name}`,
        'x-linked-size': size,
        ...(etag === null ? {} : { 'x-linked-etag': `"${etag}"` }),
      });
      response.end();
      return;
    }
    const blob = createHash('sha1').update(`blob ${size}\0`).update(file.content).digest('hex');
    await this.#content(request, response, file, name, range, file.small ? { etag: `"${blob}"` } : {});
  }

  async #content(
    request: IncomingMessage,
    response: ServerResponse,
    file: HubFile,
    name: string,
    range: string,
    headers: Record<string, string>,
  ): Promise<void> {
    const start = file.ignoresRange ? 0 : Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);
    const content = file.content.subarray(start);
    const total = String(file.content.length);
    const partial =
      start > 0 ? { 'content-range': `bytes ${String(start)}-${String(file.content.length - 1)}/${total}` } : {};
    response.writeHead(start > 0 ? 206 : 200, { ...headers, ...partial, 'content-length': String(content.length) });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    const cuts = this.#cuts.get(name) ?? 0;
    if (file.cut && cuts < file.cut.times) {
      this.#cuts.set(name, cuts + 1);
      response.write(content.subarray(0, file.cut.afterBytes));
      await delay(50);
      response.destroy();
      return;
    }
    if (file.bytesPerSecond === undefined) {
      response.end(content);
      return;
    }
    const step = Math.max(1, Math.floor(file.bytesPerSecond / 20));
    for (let at = 0; at < content.length && !response.destroyed; at += step) {
      response.write(content.subarray(at, at + step));
      await delay(50);
    }
    response.end();
  }
}
