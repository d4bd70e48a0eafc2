/**
 * Dequantised values equal those of the gguf library bit for bit, one file a tensor type.
 *
 * Fixtures: test/fixtures/gguf-quants, a tensor `w` of 2 x 256 a file and the values of gguf 0.19.0's `dequantize`.
 */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { readFloat32 } from '../../src/models/gguf/floats.ts';
import { openModelFile, openTensors } from '../../src/models/model-file.ts';

const folder = path.join(import.meta.dirname, '../fixtures/gguf-quants');
const names = (await readdir(folder))
  .filter((name) => name.endsWith('.gguf'))
  .map((name) => path.basename(name, '.gguf'));

describe('dequantised GGUF tensors', () => {
  assert.ok(names.length >= 31);
  for (const name of names) {
    it(name, async () => {
      const expected = readFloat32(await readFile(path.join(folder, `${name}.f32`)));
      const file = await openModelFile(path.join(folder, `${name}.gguf`));
      const data = openTensors(file);
      try {
        const tensor = file.tensors.get('w');
        assert.ok(tensor);
        assert.deepEqual(tensor.shape, [2, 256]);
        const values = await data.floats(tensor);
        // The sum with zero turns a negative zero into a positive one.
        assert.deepEqual(
          values.map((value) => value + 0),
          expected.map((value) => value + 0),
        );
      } finally {
        await data.close();
      }
    });
  }
});
