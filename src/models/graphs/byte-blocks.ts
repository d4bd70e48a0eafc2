/**
 * 16-bit weights rounded to 8-bit blocks, which is what a large model of F16 or BF16 becomes: widened to float32 it would take twice its
 * file and be read whole for every token; so it takes half, and goes through the kernels of quantised weights.
 *
 * A block of 32 has one scale, its largest magnitude / 127 (as GGUF's Q8_0): no weight moves by more than 1/254 of that magnitude.
 */
import type { Blocks, Layout } from '../gguf/block-layout.ts';
import { layoutOf, unpackBlocks } from '../gguf/blocks.ts';
import { dequantize } from '../gguf/dequantize.ts';
import type { ModelTensor } from '../model-file.ts';

const byteLayout: Layout = { block: 32, zeroPoint: 128, bits: 8, hasMinimum: false };

/** Bytes of 16-bit matrices from which on a model's are rounded; smaller ones stay exact. */
const largest = 512 * 1024 * 1024;

export function roundsFloats(tensors: Iterable<Pick<ModelTensor, 'type' | 'shape' | 'length'>>): boolean {
  let bytes = 0;
  for (const tensor of tensors) if (isHalf(tensor)) bytes += tensor.length;
  return bytes > largest;
}

/** Whether a tensor has 16-bit rows that can be cut into blocks. */
function isHalf({ type, shape }: Pick<ModelTensor, 'type' | 'shape'>): boolean {
  return (
    (type.name === 'F16' || type.name === 'BF16') && shape.length > 1 && (shape.at(-1) ?? 0) % byteLayout.block === 0
  );
}

/** Rounds to the nearest of 255 steps. @param values whole blocks of 32 */
export function toByteBlocks(values: Float32Array): Blocks {
  const { block, zeroPoint } = byteLayout;
  const count = values.length / block;
  const q = new Uint8Array(values.length);
  const scales = new Float32Array(count);
  for (let b = 0; b < count; b++) {
    const end = (b + 1) * block;
    let most = 0;
    for (let i = b * block; i < end; i++) most = Math.max(most, Math.abs(values[i] ?? 0));
    const scale = most / 127;
    scales[b] = scale;
    const inverse = scale === 0 ? 0 : 1 / scale;
    for (let i = b * block; i < end; i++) q[i] = (values[i] ?? 0) * inverse + zeroPoint + 0.5;
  }
  return { ...byteLayout, q, scales, minimums: new Float32Array(0) };
}

/** How a tensor's stored rows become blocks. */
export interface BlockCoding {
  readonly layout: Layout;
  /** @param bytes whole rows as in the file */
  readonly blocks: (bytes: Uint8Array) => Blocks;
}

/** @param rounds whether 16-bit rows become blocks too @returns null for rows that stay numbers */
export function blockCoding(tensor: Pick<ModelTensor, 'type' | 'shape'>, rounds: boolean): BlockCoding | null {
  const { type } = tensor;
  const layout = layoutOf(type);
  if (layout) return { layout, blocks: (bytes) => unpackBlocks(type, bytes) };
  if (!rounds || !isHalf(tensor)) return null;
  return { layout: byteLayout, blocks: (bytes) => toByteBlocks(dequantize(type, bytes)) };
}
