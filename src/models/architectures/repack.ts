/**
 * Rewrites GGUF's quantised rows for MatMulNBits of ONNX Runtime, exactly: w = (q - zeroPoint) * scale, with what GGUF adds as
 * a minimum kept apart as a correction per block of the input's sum.
 *
 * MatMulNBits (com.microsoft) wants B as uint8 [N, K/block, block*bits/8] with elements 2i and 2i+1 in a byte, and without
 * zero points takes 8 (4 bits) or 128 (8 bits).
 */
import type { Blocks, Layout } from '../gguf/block-layout.ts';

/** The zero point that MatMulNBits assumes. */
function zeroPointOf(bits: Layout['bits']): number {
  return bits === 4 ? 8 : 128;
}

/**
 * Where q is centred for types with a minimum, whose q has no zero point of its own: the middle of its range keeps the
 * products small, which matters where activations are rounded to 8 bits.
 */
function centreOf(blocks: Blocks, range: number): number {
  return blocks.hasMinimum ? range >> 1 : blocks.zeroPoint;
}

export interface Repacked {
  /** B's bytes for these rows. */
  readonly q: Uint8Array;
  readonly scales: Float32Array;
  /** What each block adds per unit of the input's sum over it: minimum + centre * scale. Empty without a minimum. */
  readonly corrections: Float32Array;
}

/** @param range one more than the largest q of the type; only for types with a minimum */
export function repack(blocks: Blocks, range: number): Repacked {
  const { q, scales, bits } = blocks;
  const centre = centreOf(blocks, range);
  const shift = zeroPointOf(bits) - centre;
  const corrections = blocks.minimums.map((minimum, i) => minimum + centre * (scales[i] ?? 0));
  if (bits === 8) {
    if (shift !== 0) for (let i = 0; i < q.length; i++) q[i] = (q[i] ?? 0) + shift;
    return { q, scales, corrections };
  }
  const packed = new Uint8Array(q.length >> 1);
  for (let i = 0; i < packed.length; i++) packed[i] = ((q[2 * i] ?? 0) + shift) | (((q[2 * i + 1] ?? 0) + shift) << 4);
  return { q: packed, scales, corrections };
}

/** One more than the largest q of a type with a minimum. */
export function rangeOf(type: string): number {
  return { IQ1_S: 3, Q2_K: 4, IQ3_S: 16, Q4_1: 16, Q4_K: 16, Q5_1: 32, Q5_K: 32 }[type] ?? 0;
}
