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
  for (const [name, expected] of Object.entries(everyBlock.sha256))
    it(name, () => {
      const type = typeNamed(name);
      // The sum with zero turns a negative zero into a positive one: which of them it is means nothing.
      const values = dequantize(type, pseudoBlocks(type)).map((value) => value + 0);
      assert.equal(createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex'), expected);
    });
});
