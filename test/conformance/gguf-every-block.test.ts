/**
 * Every block type over 512 pseudo-random blocks, so that all of every codebook, scale and sign is met: the values are those of
 * the gguf library bit for bit.
 *
 * Fixture: test/fixtures/gguf-quants/every-block.json, the SHA-256 of what gguf 0.19.0's `dequantize` makes of the same blocks.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { dequantize } from '../../src/models/gguf/dequantize.ts';
import { everyBlock, pseudoBlocks, typeNamed } from '../support/pseudo-blocks.ts';

describe('values of every block type', () => {
  it('Q1_0, which the library cannot dequantise: a set bit is the scale, the lowest bit first', () => {
    const block = new Uint8Array(18);
    block.set([0x00, 0x38, 0b101]);
    const values = dequantize(typeNamed('Q1_0'), block);
    assert.deepEqual([...values.subarray(0, 4)], [0.5, -0.5, 0.5, -0.5]);
    assert.ok(values.subarray(4).every((value) => value === -0.5));
  });

  for (const [name, expected] of Object.entries(everyBlock.sha256))
    it(name, () => {
      const type = typeNamed(name);
      // The sum with zero turns a negative zero into a positive one: which of them it is means nothing.
      const values = dequantize(type, pseudoBlocks(type)).map((value) => value + 0);
      assert.equal(createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex'), expected);
    });
});
