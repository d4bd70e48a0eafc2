/**
 * Dequantised values equal those of the gguf library, one file a tensor type.
 *
 * Fixtures: test/fixtures/gguf-quants, a tensor `w` of 2 x 256 a file and the values of gguf 0.19.0's `dequantize`.
 */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { readGguf } from '../../src/models/gguf/reader.ts';
import { GgufData } from '../../src/models/gguf/tensor-data.ts';
import { readFloats } from '../support/decoder.ts';

const folder = path.join(import.meta.dirname, '../fixtures/gguf-quants');
const names = (await readdir(folder))
  .filter((name) => name.endsWith('.gguf'))
  .map((name) => path.basename(name, '.gguf'));

describe('dequantised GGUF tensors', () => {
  assert.ok(names.length >= 12);
  for (const name of names) {
    it(name, async () => {
      const expected = readFloats(path.join(folder, `${name}.f32`));
      const data = await GgufData.open(await readGguf(path.join(folder, `${name}.gguf`)));
      try {
        const tensor = data.file.tensors.get('w');
        assert.ok(tensor);
        assert.deepEqual(tensor.shape, [2, 256]);
        const values = await data.floats(tensor);
        const largest = Math.max(...expected.map(Math.abs));
        const worst = Math.max(...expected.map((value, i) => Math.abs(value - (values[i] ?? Number.NaN))));
        assert.ok(worst <= largest * 2e-7, `${String(worst)} beside a largest value of ${String(largest)}`);
      } finally {
        await data.close();
      }
    });
  }
});
