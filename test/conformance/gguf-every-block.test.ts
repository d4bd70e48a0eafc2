/**
 * Every block type over 512 pseudo-random blocks, so that all of every codebook, scale and sign is met: the values are those of
 * the gguf library bit for bit.
 *
 * Fixture: test/fixtures/gguf-quants/every-block.json, the SHA-256 of what gguf 0.19.0's `dequantize` makes of the same blocks.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { dequantize } from '../../src/models/gguf/dequantize.ts';
import { type TensorType, tensorTypes } from '../../src/models/gguf/tensor-types.ts';

interface Fixture {
  readonly blocks: number;
  readonly seed: number;
  /** Where in a block half-precision scales lie. */
  readonly scales: Readonly<Record<string, readonly number[]>>;
  readonly sha256: Readonly<Record<string, string>>;
}

const file = path.join(import.meta.dirname, '../fixtures/gguf-quants/every-block.json');
const fixture = JSON.parse(readFileSync(file, 'utf8')) as Fixture;

/** Bytes of a linear congruential generator, with scales made small so that nothing overflows. */
function blocksOf(type: TensorType): Uint8Array {
  const bytes = new Uint8Array(fixture.blocks * type.bytes);
  let state = fixture.seed;
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  const change = (at: number, mask: number, bits: number): void => {
    for (let i = at; i < bytes.length; i += type.bytes) bytes[i] = ((bytes[i] ?? 0) & mask) | bits;
  };
  for (const at of fixture.scales[type.name] ?? []) change(at + 1, 0x83, 0x20);
  if (type.name === 'IQ1_M') change(55, 0x0f, 0x20);
  if (type.name === 'MXFP4') change(0, 0x7f, 0);
  return bytes;
}

describe('values of every block type', () => {
  for (const [name, expected] of Object.entries(fixture.sha256))
    it(name, () => {
      const type = [...tensorTypes.values()].find((candidate) => candidate.name === name);
      assert.ok(type);
      // The sum with zero turns a negative zero into a positive one: which of them it is means nothing.
      const values = dequantize(type, blocksOf(type)).map((value) => value + 0);
      assert.equal(createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex'), expected);
    });
});
