/** Pseudo-random blocks of every GGUF type, as test/fixtures/gguf-quants/every-block.json was made from. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type TensorType, tensorTypes } from '../../src/models/gguf/tensor-types.ts';

interface Fixture {
  readonly blocks: number;
  readonly seed: number;
  /** Where in a block half-precision scales lie. */
  readonly scales: Readonly<Record<string, readonly number[]>>;
  /** Of the values that the gguf library gives for the blocks. */
  readonly sha256: Readonly<Record<string, string>>;
}

const file = path.join(import.meta.dirname, '../fixtures/gguf-quants/every-block.json');
export const everyBlock = JSON.parse(readFileSync(file, 'utf8')) as Fixture;

export function typeNamed(name: string): TensorType {
  const type = [...tensorTypes.values()].find((candidate) => candidate.name === name);
  if (!type) throw new RangeError(name);
  return type;
}

/** Bytes of a linear congruential generator, with scales made small so that nothing overflows. */
export function pseudoBlocks(type: TensorType, count = everyBlock.blocks): Uint8Array {
  const bytes = new Uint8Array(count * type.bytes);
  let state = everyBlock.seed;
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  const change = (at: number, mask: number, bits: number): void => {
    for (let i = at; i < bytes.length; i += type.bytes) bytes[i] = ((bytes[i] ?? 0) & mask) | bits;
  };
  for (const at of everyBlock.scales[type.name] ?? []) change(at + 1, 0x83, 0x20);
  if (type.name === 'IQ1_M') change(55, 0x0f, 0x20);
  if (type.name === 'MXFP4') change(0, 0x7f, 0);
  return bytes;
}
