/**
 * Rewrites GGUF's quantised rows for MatMulNBits of ONNX Runtime, exactly: w = (q - zeroPoint) * scale, with what GGUF adds as
 * a minimum kept apart as a correction per block of the input's sum.
 *
 * MatMulNBits (com.microsoft) wants B as uint8 [N, K/block, block*bits/8] with elements 2i and 2i+1 in a byte, and without
 * zero points takes 8 (4 bits) or 128 (8 bits).
 *
 * No block type of GGUF loses anything on the way: q, scale and minimum give each value as the gguf library does, bit for bit. What is
 * lost is lost by kernels that round activations to int8: all of 8-bit weights, and those of 4-bit weights at level 4. Measured,
 * the root mean square of the error over that of the product:
 *
 *   type                                          bits, block   level 0    level 4
 *   Q4_0, TQ1_0, TQ2_0, Q1_0                      4, 32         6e-7       5e-3
 *   Q4_1, Q4_K, IQ1_S, IQ3_S (with minimum)       4, 32         5e-7       3e-3 to 5e-3
 *   Q3_K; Q2_K (with minimum)                     4, 16         6e-7       3e-3 to 4e-3
 *   Q5_0, Q8_0, IQ4_NL, IQ4_XS, IQ2_XXS, IQ3_XXS,
 *     MXFP4; Q5_1, Q5_K (with minimum)            8, 32         5e-3       3e-3 to 5e-3
 *   Q6_K, IQ1_M, IQ2_XS, IQ2_S, NVFP4             8, 16         5e-3       5e-3
 *   F32, F16, BF16, and F64, I8 to I64            float32       2e-7       2e-7
 *
 * F64, I32 and I64 are rounded to float32 (6e-8). 16-bit floats of large models become 8-bit blocks, see byte-blocks.ts.
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
