import { english } from '../../../src/base/speaker.ts';
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { LongsightError } from '../../../src/base/errors.ts';
import { openModelFile, openTensors } from '../../../src/models/model-file.ts';
import { readSafetensors } from '../../../src/models/safetensors/reader.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'longsight-safetensors-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function fileOf(header: unknown, data: Buffer, claimed?: bigint): Promise<string> {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(claimed ?? BigInt(text.length));
  const file = path.join(folder, 'model.safetensors');
  await writeFile(file, Buffer.concat([length, text, data]));
  return file;
}

async function refuses(file: string, pattern: RegExp): Promise<void> {
  await assert.rejects(readSafetensors(file), (error: unknown) => {
    assert.ok(error instanceof LongsightError, String(error));
    assert.equal(error.userError.code, 'LS2031');
    assert.match(english.error(error.userError).message, pattern);
    return true;
  });
}

const floats = Buffer.from(Float32Array.of(1, -2.5).buffer);
const entry = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };

describe('safetensors reader', () => {
  it('reads float32, float16 and bfloat16', async () => {
    const data = Buffer.concat([floats, Buffer.from([0x00, 0x3c, 0x01, 0x00]), Buffer.from([0x80, 0x3f])]);
    const file = await openModelFile(
      await fileOf(
        {
          __metadata__: { format: 'pt' },
          a: entry,
          h: { dtype: 'F16', shape: [2], data_offsets: [8, 12] },
          b: { dtype: 'BF16', shape: [1, 1], data_offsets: [12, 14] },
        },
        data,
      ),
    );
    const source = openTensors(file);
    const floatsOf = async (name: string): Promise<number[]> => {
      const tensor = file.tensors.get(name);
      assert.ok(tensor);
      return [...(await source.floats(tensor))];
    };
    assert.deepEqual(await floatsOf('a'), [1, -2.5]);
    assert.deepEqual(await floatsOf('h'), [1, 2 ** -24]);
    assert.deepEqual(await floatsOf('b'), [1]);
    assert.deepEqual(file.remarks, { format: 'pt' });
    await source.close();
  });

  it('refuses what does not add up, before it allocates anything', async () => {
    await refuses(await fileOf({}, Buffer.alloc(0), 1n << 60n), /claims a header/);
    await refuses(await fileOf('[1]', Buffer.alloc(0)), /not an object/);
    await refuses(await fileOf('{"a"', Buffer.alloc(0)), /no JSON/);
    await refuses(await fileOf({ a: entry }, Buffer.alloc(4)), /end at/);
    await refuses(await fileOf({ a: entry }, Buffer.alloc(12)), /end at/);
    await refuses(await fileOf({ a: { ...entry, shape: [3] } }, floats), /its shape needs/);
    await refuses(await fileOf({ a: { ...entry, shape: [-2] } }, floats), /not well formed/);
    await refuses(await fileOf({ a: { ...entry, shape: [2 ** 52, 2 ** 52] } }, floats), /its shape needs/);
    await refuses(await fileOf({ a: { ...entry, dtype: 'F31' } }, floats), /not well formed/);
    await refuses(await fileOf({ a: entry, b: entry }, floats), /overlap/);
    await refuses(await fileOf({ a: { ...entry, data_offsets: [4, 12] } }, Buffer.alloc(12)), /gap/);
    await refuses(await fileOf({ a: { ...entry, data_offsets: [8, 0] } }, floats), /has -8 bytes/);
    await writeFile(path.join(folder, 'short'), 'abc');
    await refuses(path.join(folder, 'short'), /shorter/);
  });
});
