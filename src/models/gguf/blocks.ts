/**
 * Quantised tensors taken apart: every block type that Longsight computes with is w = (q - zeroPoint) * scale [+ minimum],
 * with q of 4 or 8 bits and one scale (and minimum) a block. Exact, no requantisation; repack.ts has a table of them.
 *
 * The layouts are those of ggml-common.h and ggml-quants.c; one function a type.
 */
import { fault } from '../../base/errors.ts';
import type { Blocks, Layout } from './block-layout.ts';
import {
  unpackIQ1M,
  unpackIQ1S,
  unpackIQ2S,
  unpackIQ2XS,
  unpackIQ2XXS,
  unpackIQ3S,
  unpackIQ3XXS,
} from './codebook-blocks.ts';
import { unpackMXFP4, unpackNVFP4 } from './float4-blocks.ts';
import { float16 } from './floats.ts';
import type { TensorType } from './tensor-types.ts';
import { unpackQ10, unpackTQ10, unpackTQ20 } from './ternary-blocks.ts';

/** Writes one block of the file: `o` is where it begins in `bytes`, `e` its first element, `s` its first scale. */
type Unpacker = (bytes: Uint8Array, o: number, out: Blocks, e: number, s: number) => void;

const halfBlocks = { block: 32, zeroPoint: 8, bits: 4, hasMinimum: false } as const;
const byteBlocks = { block: 32, zeroPoint: 128, bits: 8, hasMinimum: false } as const;
const withMinimum = { block: 32, zeroPoint: 0, hasMinimum: true } as const;

const unpackers: Readonly<Record<string, readonly [Layout, Unpacker]>> = {
  Q4_0: [halfBlocks, unpackQ40],
  Q4_1: [{ ...withMinimum, bits: 4 }, unpackQ41],
  Q5_0: [byteBlocks, unpackQ50],
  Q5_1: [{ ...withMinimum, bits: 8 }, unpackQ51],
  Q8_0: [byteBlocks, unpackQ80],
  Q2_K: [{ block: 16, zeroPoint: 0, bits: 4, hasMinimum: true }, unpackQ2K],
  Q3_K: [{ block: 16, zeroPoint: 8, bits: 4, hasMinimum: false }, unpackQ3K],
  Q4_K: [{ ...withMinimum, bits: 4 }, unpackQ4K],
  Q5_K: [{ ...withMinimum, bits: 8 }, unpackQ5K],
  Q6_K: [{ block: 16, zeroPoint: 128, bits: 8, hasMinimum: false }, unpackQ6K],
  IQ1_S: [{ ...withMinimum, bits: 4 }, unpackIQ1S],
  IQ1_M: [{ ...byteBlocks, block: 16 }, unpackIQ1M],
  IQ2_XXS: [byteBlocks, unpackIQ2XXS],
  IQ2_XS: [{ ...byteBlocks, block: 16 }, unpackIQ2XS],
  IQ2_S: [{ ...byteBlocks, block: 16 }, unpackIQ2S],
  IQ3_XXS: [byteBlocks, unpackIQ3XXS],
  IQ3_S: [{ ...withMinimum, bits: 4 }, unpackIQ3S],
  IQ4_NL: [byteBlocks, unpackIQ4NL],
  IQ4_XS: [byteBlocks, unpackIQ4XS],
  Q1_0: [halfBlocks, unpackQ10],
  TQ1_0: [halfBlocks, unpackTQ10],
  TQ2_0: [halfBlocks, unpackTQ20],
  MXFP4: [byteBlocks, unpackMXFP4],
  NVFP4: [{ ...byteBlocks, block: 16 }, unpackNVFP4],
};

/** How a type is taken apart, or undefined when it is not made of blocks of ours. */
export function layoutOf(type: TensorType): Layout | undefined {
  return unpackers[type.name]?.[0];
}

/** @param bytes whole blocks of the type, as in the file @throws LS2303 for a type that is not in the table */
export function unpackBlocks(type: TensorType, bytes: Uint8Array): Blocks {
  const entry = unpackers[type.name];
  if (!entry) throw fault('LS2303', type.name);
  const [layout, unpack] = entry;
  const count = bytes.byteLength / type.bytes;
  const elements = count * type.block;
  const scales = elements / layout.block;
  const out = {
    ...layout,
    q: new Uint8Array(elements),
    scales: new Float32Array(scales),
    minimums: new Float32Array(layout.hasMinimum ? scales : 0),
  };
  for (let i = 0; i < count; i++) unpack(bytes, i * type.bytes, out, i * type.block, (i * type.block) / layout.block);
  return out;
}

// Bytes past the end never are asked for: blocks are whole. `?? 0` is what the type checker wants to hear.
const at = (bytes: Uint8Array, i: number): number => bytes[i] ?? 0;
const half = (bytes: Uint8Array, i: number): number => float16(at(bytes, i) | (at(bytes, i + 1) << 8));
const signed = (byte: number): number => (byte << 24) >> 24;

/** 16 bytes hold 32 elements: the low nibbles first, then the high ones. */
function nibbles(bytes: Uint8Array, o: number, q: Uint8Array, e: number, count = 16): void {
  for (let j = 0; j < count; j++) {
    const b = at(bytes, o + j);
    q[e + j] = b & 15;
    q[e + j + count] = b >> 4;
  }
}

function unpackQ40(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  out.scales[s] = half(bytes, o);
  nibbles(bytes, o + 2, out.q, e);
}

function unpackQ41(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  out.scales[s] = half(bytes, o);
  out.minimums[s] = half(bytes, o + 2);
  nibbles(bytes, o + 4, out.q, e);
}

/** The fifth bits of 32 elements lie in 4 bytes; `add` shifts the 5-bit value so that the zero point is 128. */
function fiveBits(bytes: Uint8Array, high: number, low: number, q: Uint8Array, e: number, add: number): void {
  nibbles(bytes, low, q, e);
  for (let j = 0; j < 32; j++)
    q[e + j] = ((q[e + j] ?? 0) | (((at(bytes, high + (j >> 3)) >> (j & 7)) & 1) << 4)) + add;
}

function unpackQ50(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  out.scales[s] = half(bytes, o);
  fiveBits(bytes, o + 2, o + 6, out.q, e, 112);
}

function unpackQ51(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  out.scales[s] = half(bytes, o);
  out.minimums[s] = half(bytes, o + 2);
  fiveBits(bytes, o + 4, o + 8, out.q, e, 0);
}

function unpackQ80(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  out.scales[s] = half(bytes, o);
  for (let j = 0; j < 32; j++) out.q[e + j] = at(bytes, o + 2 + j) ^ 128;
}

function unpackQ2K(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  const d = half(bytes, o + 80);
  const m = half(bytes, o + 82);
  for (let b = 0; b < 16; b++) {
    const packed = at(bytes, o + b);
    out.scales[s + b] = d * (packed & 15);
    out.minimums[s + b] = -m * (packed >> 4);
  }
  for (let i = 0; i < 256; i++)
    out.q[e + i] = (at(bytes, o + 16 + (i >> 7) * 32 + (i & 31)) >> (2 * ((i >> 5) & 3))) & 3;
}

function unpackQ3K(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  const d = half(bytes, o + 108);
  for (let b = 0; b < 16; b++) {
    const low = b < 8 ? at(bytes, o + 96 + b) & 15 : at(bytes, o + 96 + b - 8) >> 4;
    const high = (at(bytes, o + 104 + (b & 3)) >> (2 * (b >> 2))) & 3;
    out.scales[s + b] = d * ((low | (high << 4)) - 32);
  }
  for (let i = 0; i < 256; i++) {
    const low = (at(bytes, o + 32 + (i >> 7) * 32 + (i & 31)) >> (2 * ((i >> 5) & 3))) & 3;
    const high = (at(bytes, o + (i & 31)) >> (i >> 5)) & 1;
    out.q[e + i] = low + 4 * high + 4;
  }
}

/** Q4_K and Q5_K: eight 6-bit scales and minimums in 12 bytes. */
function scalesOfK(bytes: Uint8Array, o: number, out: Blocks, s: number): void {
  const d = half(bytes, o);
  const m = half(bytes, o + 2);
  const p = o + 4;
  for (let j = 0; j < 8; j++) {
    const scale = j < 4 ? at(bytes, p + j) & 63 : (at(bytes, p + j + 4) & 15) | ((at(bytes, p + j - 4) >> 6) << 4);
    const minimum = j < 4 ? at(bytes, p + j + 4) & 63 : (at(bytes, p + j + 4) >> 4) | ((at(bytes, p + j) >> 6) << 4);
    out.scales[s + j] = d * scale;
    out.minimums[s + j] = -m * minimum;
  }
}

function unpackQ4K(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  scalesOfK(bytes, o, out, s);
  for (let b = 0; b < 4; b++) nibbles(bytes, o + 16 + 32 * b, out.q, e + 64 * b, 32);
}

function unpackQ5K(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  scalesOfK(bytes, o, out, s);
  for (let b = 0; b < 4; b++) nibbles(bytes, o + 48 + 32 * b, out.q, e + 64 * b, 32);
  for (let i = 0; i < 256; i++)
    out.q[e + i] = (out.q[e + i] ?? 0) | (((at(bytes, o + 16 + (i & 31)) >> (i >> 5)) & 1) << 4);
}

function unpackQ6K(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  const d = half(bytes, o + 208);
  for (let b = 0; b < 16; b++) out.scales[s + b] = d * signed(at(bytes, o + 192 + b));
  for (let i = 0; i < 256; i++) {
    const part = i >> 7; // 128 elements a part: four runs of 32, the first two in the low nibbles
    const run = (i >> 5) & 3;
    const low = at(bytes, o + part * 64 + (run & 1) * 32 + (i & 31));
    const high = (at(bytes, o + 128 + part * 32 + (i & 31)) >> (2 * run)) & 3;
    out.q[e + i] = ((run < 2 ? low & 15 : low >> 4) | (high << 4)) + 96;
  }
}

/** The codebook of IQ4_NL and IQ4_XS, with the zero point 128 added. */
const codebook = Uint8Array.from(
  [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113],
  (v) => v + 128,
);

function codes(bytes: Uint8Array, o: number, q: Uint8Array, e: number): void {
  nibbles(bytes, o, q, e);
  for (let j = 0; j < 32; j++) q[e + j] = codebook[q[e + j] ?? 0] ?? 0;
}

function unpackIQ4NL(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  out.scales[s] = half(bytes, o);
  codes(bytes, o + 2, out.q, e);
}

function unpackIQ4XS(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  const d = half(bytes, o);
  const high = at(bytes, o + 2) | (at(bytes, o + 3) << 8);
  for (let b = 0; b < 8; b++) {
    const low = (at(bytes, o + 4 + (b >> 1)) >> (4 * (b & 1))) & 15;
    out.scales[s + b] = d * ((low | (((high >> (2 * b)) & 3) << 4)) - 32);
    codes(bytes, o + 8 + 16 * b, out.q, e + 32 * b);
  }
}
