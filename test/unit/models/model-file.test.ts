/** One model in one file or in many, GGUF or safetensors: opened from any of its parts, and refused when they do not fit. */
import assert from 'node:assert/strict';
import { mkdtemp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { inspectModel } from '../../../src/models/inspect-report.ts';
import { contentFiles, openModelFile, openTensors } from '../../../src/models/model-file.ts';
import { importModel, listModels } from '../../../src/models/store.ts';
import { type WrittenTensor, ggufBytes, safetensorsBytes, safetensorsFile } from '../../support/model-files.ts';

const tensor = (name: string, first: number): WrittenTensor => ({
  name,
  shape: [2, 4],
  values: Float32Array.from({ length: 8 }, (_, i) => first + i),
});

describe('model file', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'longsight-model-file-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const put = async (name: string, content: string | Uint8Array): Promise<string> => {
    await writeFile(path.join(folder, name), content);
    return path.join(folder, name);
  };
  const part = (i: number, count: number): string =>
    `tiny-${String(i + 1).padStart(5, '0')}-of-${String(count).padStart(5, '0')}.gguf`;
  const split = (no: number, count: number, total: number): Record<string, Uint16Array | number> => ({
    'split.no': Uint16Array.of(no),
    'split.count': Uint16Array.of(count),
    'split.tensors.count': total,
  });

  describe('split GGUF', () => {
    beforeEach(async () => {
      await put(part(0, 3), ggufBytes({ 'general.architecture': 'llama', ...split(0, 3, 3) }, [tensor('a', 0)]));
      await put(part(1, 3), ggufBytes(split(1, 3, 3), [tensor('b', 100)]));
      await put(part(2, 3), ggufBytes(split(2, 3, 3), [tensor('c', 200)]));
    });

    it('is one model, from whichever part it is opened, and from its folder', async () => {
      for (const place of [part(0, 3), part(1, 3), part(2, 3), '']) {
        const file = await openModelFile(path.join(folder, place));
        assert.equal(file.path, path.join(folder, part(0, 3)));
        assert.deepEqual([...file.tensors.keys()], ['a', 'b', 'c']);
        assert.equal(file.metadata.get('general.architecture'), 'llama');
        assert.equal(
          file.size,
          file.parts.reduce((sum, { size }) => sum + size, 0),
        );
        const source = openTensors(file);
        try {
          const c = file.tensors.get('c');
          assert.ok(c);
          assert.deepEqual([...(await source.floats(c))], [200, 201, 202, 203, 204, 205, 206, 207]);
          assert.deepEqual(new Float32Array((await source.rows(c, 1, 2)).buffer), Float32Array.of(204, 205, 206, 207));
        } finally {
          await source.close();
        }
      }
    });

    it('is inspected, imported and listed as one', async () => {
      const report = await inspectModel(path.join(folder, part(2, 3)), 'b');
      assert.equal(report.files.length, 3);
      assert.equal(report.tensor?.values[0], 100);
      const home = path.join(folder, 'home');
      const options = { home, catalogue: [], ollama: [], lmStudio: [path.join(folder, 'lm-studio')] };
      const listing = await importModel(path.join(folder, part(1, 3)), options);
      assert.equal(listing.id, 'imported-tiny');
      assert.equal(listing.path, path.join(folder, part(0, 3)));
      assert.equal(listing.size, (await openModelFile(folder)).size);
      const copied = await importModel(path.join(folder, part(1, 3)), { ...options, copy: true });
      assert.equal((await openModelFile(copied.path ?? '')).tensors.size, 3);
      await mkdir(path.join(folder, 'lm-studio', 'someone', 'Tiny'), { recursive: true });
      for (let i = 0; i < 3; i++)
        await rename(path.join(folder, part(i, 3)), path.join(folder, 'lm-studio', 'someone', 'Tiny', part(i, 3)));
      const found = (await listModels(options)).filter(({ state }) => state === 'found');
      assert.deepEqual(
        found.map(({ id, size }) => [id, size]),
        [['lm-studio:someone/Tiny/tiny', listing.size]],
      );
    });

    it('is refused when a part is missing, of another model, in another order, or renamed', async () => {
      const open = (): Promise<unknown> => openModelFile(path.join(folder, part(0, 3)));
      await put(part(1, 3), ggufBytes(split(2, 3, 3), [tensor('b', 100)]));
      await assert.rejects(open(), /LS2305: .*part 2 of 3/);
      await put(part(1, 3), ggufBytes(split(1, 2, 3), [tensor('b', 100)]));
      await assert.rejects(open(), /LS2305: .*part 2 of 3/);
      await put(part(1, 3), ggufBytes(split(1, 3, 3), [tensor('a', 100)]));
      await assert.rejects(open(), /LS2305: .*"a" is in two parts/);
      await put(part(1, 3), ggufBytes(split(1, 3, 3), [tensor('b', 0), tensor('d', 0)]));
      await assert.rejects(open(), /LS2305: .*3 tensors.*have 4/);
      await put(part(1, 3), 'GGUF');
      await assert.rejects(open(), /LS2301/);
      await rm(path.join(folder, part(1, 3)));
      await assert.rejects(open(), /LS2305: .*is missing/);
      const renamed = await put('renamed.gguf', ggufBytes(split(0, 3, 3), [tensor('a', 0)]));
      await assert.rejects(openModelFile(renamed), /LS2305: .*not named as one/);
    });
  });

  describe('safetensors', () => {
    const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
    const index = (map: Record<string, string>): string => JSON.stringify({ metadata: {}, weight_map: map });
    beforeEach(async () => {
      await put('config.json', JSON.stringify({ model_type: 'llama', max_position_embeddings: 64 }));
      await put(shards[0], safetensorsBytes([tensor('a', 0), tensor('b', 100)], { format: 'pt' }));
      await put(shards[1], safetensorsBytes([tensor('c', 200)]));
      await put('model.safetensors.index.json', index({ a: shards[0], b: shards[0], c: shards[1] }));
    });

    it('in shards are one model, from the folder, the index or a shard', async () => {
      for (const place of ['', 'model.safetensors.index.json', ...shards]) {
        const file = await openModelFile(path.join(folder, place));
        assert.equal(file.path, folder);
        assert.deepEqual([...file.tensors.keys()], ['a', 'b', 'c']);
        assert.equal(file.config?.['model_type'], 'llama');
        assert.deepEqual(file.remarks, { format: 'pt' });
        assert.equal(contentFiles(file).length, 3);
        const source = openTensors(file);
        const c = file.tensors.get('c');
        assert.ok(c);
        assert.equal((await source.floats(c))[7], 207);
        await source.close();
      }
      const report = await inspectModel(folder, 'b');
      assert.equal(report.metadata['model_type'], 'llama');
      assert.equal(report.tensor?.values[0], 100);
    });

    it('in one file are a model by themselves, and with a config.json beside', async () => {
      const single = await put('model.safetensors', safetensorsBytes([tensor('a', 5)]));
      assert.deepEqual([...(await openModelFile(single)).tensors.keys()], ['a']);
      assert.deepEqual([...(await openModelFile(folder)).tensors.keys()], ['a'], 'a whole file goes before shards');
      await rm(path.join(folder, 'config.json'));
      assert.equal((await openModelFile(single)).config, null);
    });

    it('are refused when shards and index do not fit', async () => {
      const open = (): Promise<unknown> => openModelFile(folder);
      const refuse = async (map: Record<string, string>, why: RegExp): Promise<void> => {
        await put('model.safetensors.index.json', index(map));
        await assert.rejects(open(), why);
      };
      await refuse({ a: shards[0], b: shards[1], c: shards[1] }, /LS2305/);
      await refuse({ a: shards[0], b: shards[0], c: shards[1], d: shards[1] }, /LS2305/);
      await refuse({ a: 'missing.safetensors' }, /LS2305: .*missing/);
      await refuse({ a: '../outside.safetensors' }, /LS2031/);
      await refuse({ a: 'model.safetensors.index.json' }, /LS2031/);
      await refuse({}, /LS2031/);
      await put('model.safetensors.index.json', '[');
      await assert.rejects(open(), /LS2031/);
      await rm(path.join(folder, 'model.safetensors.index.json'));
      await assert.rejects(open(), /LS2305: .*no index/);
    });

    it('are refused when a JSON file is nested too deep or no object', async () => {
      const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
      await put('config.json', deep);
      await assert.rejects(openModelFile(folder), /LS2009: .*nested/);
      await put('config.json', '[]');
      await assert.rejects(openModelFile(folder), /LS2009: .*not an object/);
      const single = await put('deep.safetensors', safetensorsFile(deep));
      await assert.rejects(openModelFile(single), /LS2031: .*nested/);
    });
  });
});
