/** A GGUF tensor's bytes as the float32 values they stand for. */
import { fault } from '../../base/errors.ts';
import type { Blocks } from './block-layout.ts';
import { layoutOf, unpackBlocks } from './blocks.ts';
import { readFloat32, widenBfloat16, widenFloat16 } from './floats.ts';
import type { TensorType } from './tensor-types.ts';

/** @param bytes whole blocks of the type @throws LS2303 for a type Longsight has no rule for */
export function dequantize(type: TensorType, bytes: Uint8Array): Float32Array {
  if (type.name === 'F32') return readFloat32(bytes);
  if (type.name === 'F16') return widenFloat16(bytes);
  if (type.name === 'BF16') return widenBfloat16(bytes);
  return blockValues(unpackBlocks(type, bytes));
}

/** Whether {@link dequantize} knows the type. */
function canDequantize(type: TensorType): boolean {
  return ['F32', 'F16', 'BF16'].includes(type.name) || layoutOf(type) !== undefined;
}

/** @throws LS2303 naming the first type that Longsight has no rule for */
export function requireComputable(types: Iterable<TensorType>): void {
  for (const type of types) if (!canDequantize(type)) throw fault('LS2303', type.name);
}

function blockValues({ q, scales, minimums, block, zeroPoint }: Blocks): Float32Array {
  const values = new Float32Array(q.length);
  for (let b = 0; b < scales.length; b++) {
    const scale = scales[b] ?? 0;
    const minimum = minimums[b] ?? 0;
    for (let i = b * block; i < (b + 1) * block; i++) values[i] = ((q[i] ?? 0) - zeroPoint) * scale + minimum;
  }
  return values;
}
