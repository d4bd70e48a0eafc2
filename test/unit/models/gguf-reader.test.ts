/** The GGUF reader against files that lie: every one is refused with the catalogue's error, none makes it allocate by a false count. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readGguf } from '../../../src/models/gguf/reader.ts';
import { inspectModel } from '../../../src/models/inspect-report.ts';

const fixture = path.join(import.meta.dirname, '../../fixtures/gguf-quants/q4_1.gguf');

/** Writes GGUF's primitive values one after another. */
class Bytes {
  readonly #parts: Buffer[] = [];
  u32(value: number): this {
    const b = Buffer.alloc(4);
    b.writeUInt32LE(value);
    return this.#add(b);
  }
  u64(value: number | bigint): this {
    const b = Buffer.alloc(8);
    b.writeBigUInt64LE(BigInt(value));
    return this.#add(b);
  }
  text(value: string): this {
    this.u64(Buffer.byteLength(value));
    return this.#add(Buffer.from(value));
  }
  zeros(count: number): this {
    return this.#add(Buffer.alloc(count));
  }
  header(tensors: number | bigint, metadata: number | bigint, version = 3): this {
    return this.u32(0x46554747).u32(version).u64(tensors).u64(metadata);
  }
  /** A tensor of F32. */
  tensor(name: string, sizes: readonly (number | bigint)[], offset: number | bigint, type = 0): this {
    this.text(name).u32(sizes.length);
    for (const size of sizes) this.u64(size);
    return this.u32(type).u64(offset);
  }
  get buffer(): Buffer {
    return Buffer.concat(this.#parts);
  }
  #add(bytes: Buffer): this {
    this.#parts.push(bytes);
    return this;
  }
}

describe('GGUF reader', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'longsight-gguf-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function read(bytes: Uint8Array): ReturnType<typeof readGguf> {
    const file = path.join(folder, 'file.gguf');
    await writeFile(file, bytes);
    return readGguf(file);
  }

  it('reads metadata of every type and tensors wherever they lie', async () => {
    const bytes = new Bytes().header(2, 3).text('a').u32(8).text('text').text('b').u32(9).u32(4).u64(2).u32(7).u32(8);
    bytes
      .text('c')
      .u32(10)
      .u64(2n ** 60n)
      .tensor('second', [4], 32)
      .tensor('first', [2, 3], 0);
    const head = bytes.buffer.byteLength;
    const file = await read(bytes.zeros(Math.ceil(head / 32) * 32 - head + 48).buffer);
    assert.deepEqual(
      [...file.metadata],
      [
        ['a', 'text'],
        ['b', [7, 8]],
        ['c', 2n ** 60n],
      ],
    );
    assert.deepEqual(file.tensors.get('first')?.shape, [3, 2]);
    assert.equal(file.tensors.get('second')?.length, 16);
  });

  it('refuses a file cut off anywhere', async () => {
    const whole = await readFile(fixture);
    for (let length = 0; length < whole.byteLength; length++)
      await assert.rejects(read(whole.subarray(0, length)), /LS2301/, String(length));
    await read(whole);
  });

  const lies: Readonly<Record<string, Bytes>> = {
    'another magic': new Bytes().u32(0x12345678).u32(3).u64(0).u64(0),
    'version 1': new Bytes().header(0, 0, 1),
    'a version of the other byte order': new Bytes().header(0, 0, 0x03000000),
    'more tensors than bytes': new Bytes().header(2n ** 40n, 0).zeros(64),
    'a count of 2^64 - 1': new Bytes().header(0, 2n ** 64n - 1n).zeros(64),
    'a key longer than the file': new Bytes()
      .header(0, 1)
      .u64(2n ** 50n)
      .zeros(64),
    'an array longer than the file': new Bytes()
      .header(0, 1)
      .text('a')
      .u32(9)
      .u32(10)
      .u64(2n ** 33n)
      .zeros(64),
    'arrays of arrays of arrays': new Bytes()
      .header(0, 1)
      .text('a')
      .u32(9)
      .u32(9)
      .u64(1)
      .u32(9)
      .u64(1)
      .u32(9)
      .u64(1)
      .u32(9)
      .u64(1)
      .u32(9)
      .u64(1)
      .zeros(99),
    'an unknown metadata type': new Bytes().header(0, 1).text('a').u32(13).zeros(64),
    'a key that stands twice': new Bytes().header(0, 2).text('a').u32(4).u32(1).text('a').u32(4).u32(2),
    'an alignment of zero': new Bytes().header(0, 1).text('general.alignment').u32(4).u32(0),
    'five dimensions': new Bytes().header(1, 0).tensor('t', [1, 1, 1, 1, 1], 0).zeros(64),
    'a dimension of zero': new Bytes().header(1, 0).tensor('t', [0], 0).zeros(64),
    'a shape whose product overflows': new Bytes()
      .header(1, 0)
      .tensor('t', [2n ** 32n, 2n ** 32n], 0)
      .zeros(64),
    'a dimension of 2^63': new Bytes()
      .header(1, 0)
      .tensor('t', [2n ** 63n], 0)
      .zeros(64),
    'an impossible tensor type': new Bytes().header(1, 0).tensor('t', [4], 0, 9999).zeros(64),
    'a vocabulary larger than any': new Bytes().header(0, 1).text('a').u32(9).u32(0).u64(5_000_000).zeros(5_000_000),
    'rows that are no whole blocks': new Bytes().header(1, 0).tensor('t', [33], 0, 2).zeros(99),
    'an offset beyond the end': new Bytes()
      .header(1, 0)
      .tensor('t', [4], 1 << 20)
      .zeros(64),
    'an offset of 2^63': new Bytes()
      .header(1, 0)
      .tensor('t', [4], 2n ** 63n)
      .zeros(64),
    'an offset that is not aligned': new Bytes().header(1, 0).tensor('t', [4], 4).zeros(99),
    'tensors over each other': new Bytes().header(2, 0).tensor('t', [16], 0).tensor('u', [4], 32).zeros(199),
    'a tensor that stands twice': new Bytes().header(2, 0).tensor('t', [4], 0).tensor('t', [4], 32).zeros(199),
  };
  for (const [what, bytes] of Object.entries(lies)) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(read(bytes.buffer), /LS2301/);
    });
  }

  it('calls a tensor type that it does not know by its number, not the file damaged', async () => {
    await assert.rejects(
      read(new Bytes().header(1, 0).tensor('t', [4], 0, 99).zeros(64).buffer),
      /LS2303: .*number 99/,
    );
  });

  it('says when there is no file', async () => {
    await assert.rejects(readGguf(path.join(folder, 'missing.gguf')), /LS2302/);
    await assert.rejects(readGguf(folder), /LS2302/);
  });

  it('inspects metadata, tensors and the values of one', async () => {
    const report = await inspectModel(fixture, 'w');
    assert.deepEqual(report.tensors, [{ name: 'w', type: 'Q4_1', shape: [2, 256] }]);
    assert.equal(report.tensor?.values.length, 512);
    assert.ok(JSON.stringify(report.metadata).length > 2);
    await assert.rejects(inspectModel(fixture, 'v'), /LS1002/);
  });
});
