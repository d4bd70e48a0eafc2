/** Wheels made for a test, and a package index on this machine that serves them to pip and counts what is asked for. */
import { createHash } from 'node:crypto';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';

export interface MadeWheel {
  readonly name: string;
  readonly version: string;
  readonly content: Buffer;
  readonly sha256: string;
}

/** A wheel that pip takes: its metadata, and the given members. */
export function makeWheel(name: string, version: string, members: Readonly<Record<string, Buffer>>): MadeWheel {
  const info = `${name.replaceAll('-', '_')}-${version}.dist-info`;
  const content = zipOf({
    ...members,
    [`${info}/METADATA`]: Buffer.from(`Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`),
    [`${info}/WHEEL`]: Buffer.from('Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n'),
    [`${info}/RECORD`]: Buffer.from(''),
  });
  return { name, version, content, sha256: createHash('sha256').update(content).digest('hex') };
}

/** A zip file of stored members (APPNOTE.TXT 4.3: local headers, central directory, its end). */
function zipOf(members: Readonly<Record<string, Buffer>>): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, bytes] of Object.entries(members)) {
    const path = Buffer.from(name);
    // From "version needed" to "extra field length", the same in both places.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(path.length, 22);
    const header = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, path]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    central.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, rest, path);
    local.push(header, bytes);
    offset += header.length + bytes.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(Object.keys(members).length, 8);
  end.writeUInt16LE(Object.keys(members).length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}

/** The simple repository interface of PEP 503. */
export class PackageIndex {
  readonly wheels = new Map<string, MadeWheel>();
  /** Names of the packages whose wheels were fetched, in order. */
  readonly fetched: string[] = [];
  /** A package whose wheel is sent without an end. */
  stalls: string | null = null;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const [, kind = '', name = ''] = (request.url ?? '').split('/');
      const wheel = this.wheels.get(name);
      if (!wheel) {
        response.writeHead(404).end();
        return;
      }
      if (kind === 'simple') {
        const file = `${name.replaceAll('-', '_')}-${wheel.version}-py3-none-any.whl`;
        response.writeHead(200, { 'content-type': 'text/html' }).end(`<a href="/wheels/${name}/${file}">${file}</a>`);
        return;
      }
      if (request.method === 'GET') this.fetched.push(name);
      response.writeHead(200, { 'content-length': String(wheel.content.length) });
      if (this.stalls === name) response.write(wheel.content.subarray(0, 1000));
      else response.end(wheel.content);
    });
  }

  static async start(): Promise<PackageIndex> {
    const index = new PackageIndex();
    await new Promise<void>((resolve) => index.#server.listen(0, '127.0.0.1', resolve));
    return index;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/simple/`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
