/**
 * Files that are as large as they say, and say absurd things: none takes more memory than a bound that has nothing to do with its
 * claims. The files are sparse: a gigabyte of zeros that takes no room.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { safetensorsFile } from '../support/model-files.ts';

const gigabyte = 2 ** 30;
/** What a load takes at most, whatever the file: a sixth of the sparse files, and less than twice the largest of the others and 100 MB. */
const mostMegabytes = 180;

const loader = fileURLToPath(new URL('../support/load-model.ts', import.meta.url));
const run = promisify(execFile);

const bytes = (...parts: readonly (Buffer | string | number | bigint)[]): Buffer =>
  Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return bytes(BigInt(Buffer.byteLength(part)), Buffer.from(part));
      if (typeof part === 'object') return part;
      const number = Buffer.alloc(typeof part === 'bigint' ? 8 : 4);
      if (typeof part === 'bigint') number.writeBigUInt64LE(part);
      else number.writeUInt32LE(part);
      return number;
    }),
  );
const gguf = (tensors: bigint, metadata: bigint, ...rest: readonly (Buffer | string | number | bigint)[]): Buffer =>
  bytes(0x46554747, 3, tensors, metadata, ...rest);

describe('memory of a load', { concurrency: 2 }, () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'longsight-model-memory-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** @param size the file is lengthened to it with zeros */
  async function load(name: string, content: Uint8Array | string, size?: number): Promise<string> {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
    if (size !== undefined) await truncate(file, size);
    const { stdout } = await run(process.execPath, [loader, file]);
    const { outcome, megabytes } = JSON.parse(stdout) as { outcome: string; megabytes: number };
    assert.ok(megabytes < mostMegabytes, `${name}: ${String(megabytes)} MB, ${outcome}`);
    return outcome;
  }

  const claims: Readonly<Record<string, Buffer>> = {
    'an array of 900 million bytes': gguf(0n, 1n, 'a', 9, 0, 900_000_000n),
    'an array of 100 million empty texts': gguf(0n, 1n, 'a', 9, 8, 100_000_000n),
    'an array of 80 million empty arrays': gguf(0n, 1n, 'a', 9, 9, 80_000_000n),
    'a text of 900 MB': gguf(0n, 1n, 'a', 8, 900_000_000n),
    'a key of 900 MB': gguf(0n, 1n, 900_000_000n),
    'forty million tensors': gguf(40_000_000n, 0n),
    'seventy million metadata entries': gguf(0n, 70_000_000n),
    'arrays that are large together': gguf(
      0n,
      3n,
      ...[1, 2, 3].flatMap((i) => [`a${String(i)}`, 9, 0, 4_000_000n, Buffer.alloc(4_000_000)]),
    ),
    'a tensor with a name of 900 MB': gguf(1n, 0n, 900_000_000n),
    'RoPE divisors of a gigabyte': gguf(
      2n,
      1n,
      'general.architecture',
      8,
      'llama',
      ...['token_embd.weight', 2, 8n, 8n, 0, 0n],
      ...['rope_freqs.weight', 4, 512n, 512n, 512n, 1n, 0, 256n],
    ),
  };
  for (const [what, header] of Object.entries(claims))
    it(`GGUF: ${what}`, async () => {
      assert.notEqual(await load(`${what}.gguf`, header, gigabyte), 'loads');
    });

  it('safetensors: a header of a gigabyte', async () => {
    const header = bytes(BigInt(gigabyte - 8));
    assert.equal(await load('large.safetensors', header, gigabyte), 'LS2031');
  });

  it('safetensors: a header of empty lists', async () => {
    const lists = `{"a":[${'[],'.repeat(10_000_000)}[]]}`;
    assert.equal(await load('lists.safetensors', safetensorsFile(lists)), 'LS2031');
  });

  it('a tokenizer.json, an index and a config.json of a gigabyte', async () => {
    const config = JSON.stringify({ model_type: 'llama' });
    const open = async (name: string): Promise<string> => {
      const model = path.join(folder, name.replace(/\W/g, '-'));
      await mkdir(model, { recursive: true });
      await writeFile(path.join(model, 'config.json'), config);
      if (!name.includes('index')) await writeFile(path.join(model, 'model.safetensors'), safetensorsFile('{}'));
      await writeFile(path.join(model, name), '{');
      await truncate(path.join(model, name), gigabyte);
      const { stdout } = await run(process.execPath, [loader, model]);
      const { outcome, megabytes } = JSON.parse(stdout) as { outcome: string; megabytes: number };
      assert.ok(megabytes < mostMegabytes, `${name}: ${String(megabytes)} MB`);
      return outcome;
    };
    assert.equal(await open('tokenizer.json'), 'LS2021');
    assert.equal(await open('config.json'), 'LS2009');
    assert.equal(await open('model.safetensors.index.json'), 'LS2031');
  });
});
