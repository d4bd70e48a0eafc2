/** Graphs of a model: built once, found again, built anew when the file changes or the cache was damaged, whole or not there. */
import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { silentLogger } from '../../../src/base/logging.ts';
import { graphFile, prepareModel } from '../../../src/models/weights/prepared-model.ts';
import { type Files, tinyGguf, tinySafetensors, tinySharded, tinySplitGguf } from '../../support/tiny-models.ts';

const fixture = path.join(import.meta.dirname, '../../fixtures/decoder/tiny/llama-tied/model.gguf');

describe('prepared model', () => {
  let home = '';
  let file = '';
  beforeEach(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'longsight-graphs-'));
    file = path.join(home, 'model.gguf');
    await copyFile(fixture, file);
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  async function prepare(signal?: AbortSignal): Promise<{ folder: string; built: boolean }> {
    let built = false;
    const onProgress = (): void => {
      built = true;
    };
    const prepared = await prepareModel({ file, home, logger: silentLogger, onProgress, ...(signal && { signal }) });
    const { folder } = prepared;
    prepared.dispose();
    return { folder, built };
  }
  const folders = async (): Promise<string[]> =>
    (await readdir(path.join(home, 'graphs'))).filter((name) => !name.startsWith('build.lock'));

  it('builds once and finds it again', async () => {
    const first = await prepare();
    assert.ok(first.built);
    const again = await prepare();
    assert.deepEqual(again, { folder: first.folder, built: false });
    assert.deepEqual((await readdir(first.folder)).sort(), [
      'decode-4-f32.onnx',
      'decode-4-f32.onnx.seal',
      'in-use.lock',
      'model.json',
      'prefill-0-f32.onnx',
      'prefill-0-f32.onnx.seal',
      'stream-0-f32.onnx',
      'stream-0-f32.onnx.seal',
      'weights.bin',
      'weights.bin.seal',
      'weights.json',
      'weights.json.seal',
    ]);
  });

  it('builds anew when the file has changed, and leaves no old graphs', async () => {
    const first = await prepare();
    const bytes = await readFile(file);
    bytes[bytes.byteLength - 3] = (bytes[bytes.byteLength - 3] ?? 0) ^ 1;
    await writeFile(file, bytes);
    const second = await prepare();
    assert.ok(second.built);
    assert.notEqual(second.folder, first.folder);
    assert.equal((await folders()).length, 1);
  });

  it('finds the graphs of a copy and of a file that was only touched', async () => {
    const first = await prepare();
    await utimes(file, new Date(), new Date(Date.now() + 60_000));
    assert.deepEqual(await prepare(), { folder: first.folder, built: false });
    file = path.join(home, 'copy.gguf');
    await copyFile(fixture, file);
    assert.deepEqual(await prepare(), { folder: first.folder, built: false });
  });

  it('builds from safetensors, split files and shards, and anew when only config.json has changed', async () => {
    const put = async (name: string, files: Files): Promise<string> => {
      await mkdir(path.join(home, name));
      for (const [part, bytes] of Object.entries(files)) await writeFile(path.join(home, name, part), bytes);
      return path.join(home, name);
    };
    file = await put('split', tinySplitGguf());
    const whole = path.join(home, 'whole.gguf');
    await writeFile(whole, tinyGguf('byte-pair'));
    const split = await prepare();
    assert.ok(split.built);
    file = whole;
    const unsplit = await prepare();
    const [a, b] = [split, unsplit].map(({ folder }) => readFile(path.join(folder, 'weights.bin')));
    assert.deepEqual(await a, await b);
    file = await put('sharded', tinySharded);
    const sharded = await prepare();
    file = await put('single', tinySafetensors);
    const single = await prepare();
    assert.ok(sharded.built && single.built);
    const config = path.join(file, 'config.json');
    await writeFile(config, (await readFile(config, 'utf8')).replace('"factor":2', '"factor":4'));
    const changed = await prepare();
    assert.ok(changed.built);
    assert.notEqual(changed.folder, single.folder);
  });

  it('builds anew what is not whole', async () => {
    const { folder } = await prepare();
    await truncate(path.join(folder, 'weights.bin'), 1000);
    assert.ok((await prepare()).built);
    await rm(path.join(folder, 'weights.json'));
    assert.ok((await prepare()).built);
    await writeFile(path.join(folder, 'model.json'), '{');
    assert.ok((await prepare()).built);
    assert.ok((await stat(path.join(folder, 'weights.bin'))).size > 1000);
  });

  it('builds again what holds other bytes than were written, whatever their number and time', async () => {
    const { folder } = await prepare();
    for (const name of ['weights.bin', 'weights.json']) {
      const built = path.join(folder, name);
      const { atime, mtime } = await stat(built);
      const bytes = await readFile(built);
      const noise = Buffer.from(bytes);
      for (let at = Math.floor(bytes.length / 2); at < bytes.length && at < bytes.length / 2 + 65_536; at += 1)
        noise[at] = (noise[at] ?? 0) ^ 0x5a;
      await writeFile(built, noise);
      await utimes(built, atime, mtime);
      assert.ok((await prepare()).built, name);
      assert.deepEqual(await readFile(built), bytes);
      await utimes(built, new Date(), new Date());
      assert.ok(!(await prepare()).built, `${name} was only touched`);
    }
    const prepared = await prepareModel({ file, home, logger: silentLogger });
    const spec = { form: 'decode', accuracy: 4, cache: 'f32' } as const;
    const graph = await graphFile(prepared, spec);
    const bytes = await readFile(graph);
    await writeFile(graph, Buffer.alloc(bytes.length, 7));
    assert.deepEqual(await readFile(await graphFile(prepared, spec)), bytes);
  });

  it('writes a graph when it is first needed', async () => {
    const prepared = await prepareModel({ file, home, logger: silentLogger });
    const spec = { form: 'extend', accuracy: 0, cache: 'int8' } as const;
    const written = await graphFile(prepared, spec);
    const { mtimeMs } = await stat(written);
    assert.equal(await graphFile(prepared, spec), written);
    assert.equal((await stat(written)).mtimeMs, mtimeMs);
  });

  it('builds once for many who ask at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => prepare()));
    assert.equal(all.filter(({ built }) => built).length, 1);
    assert.equal(new Set(all.map(({ folder }) => folder)).size, 1);
  });

  it('leaves nothing behind when it is cancelled', async () => {
    const abort = new AbortController();
    const onProgress = (): void => {
      abort.abort();
    };
    await assert.rejects(
      prepareModel({ file, home, logger: silentLogger, onProgress, signal: abort.signal }),
      /cancelled/,
    );
    assert.deepEqual(await folders(), []);
    assert.ok((await prepare()).built);
  });

  it('says what is wrong with a file it cannot run', async () => {
    const bytes = await readFile(fixture);
    const renamed = Buffer.from(
      bytes.toString('latin1').replace('blk.1.ffn_up.weight', 'blk.1.ffn_ap.weight'),
      'latin1',
    );
    await writeFile(file, renamed);
    await assert.rejects(prepare(), /LS2304.*blk\.1\.ffn_up\.weight/);
    await writeFile(
      file,
      Buffer.from(
        bytes
          .toString('latin1')
          .replace(
            'general.architecture\b\0\0\0\x05\0\0\0\0\0\0\0llama',
            'general.architecture\b\0\0\0\x05\0\0\0\0\0\0\0mamba',
          ),
        'latin1',
      ),
    );
    await assert.rejects(prepare(), /LS2304/);
    assert.deepEqual(await folders(), []);
  });
});
