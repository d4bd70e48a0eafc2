/** A tensor's bytes as the float32 values they stand for; numbers that float32 cannot hold (of F64, I32, I64) are rounded to it. */
import { fault } from '../../base/errors.ts';
import type { Blocks } from './block-layout.ts';
import { layoutOf, unpackBlocks } from './blocks.ts';
import { readFloat32, widenBfloat16, widenFloat16 } from './floats.ts';
import type { TensorType } from './tensor-types.ts';

type Reader = (bytes: Uint8Array) => Float32Array;

const readers: Readonly<Record<string, Reader>> = {
  F32: readFloat32,
  F16: widenFloat16,
  BF16: widenBfloat16,
  F64: each(8, (view, at) => view.getFloat64(at, true)),
  I8: each(1, (view, at) => view.getInt8(at)),
  I16: each(2, (view, at) => view.getInt16(at, true)),
  I32: each(4, (view, at) => view.getInt32(at, true)),
  I64: each(8, (view, at) => Number(view.getBigInt64(at, true))),
};

function each(width: number, value: (view: DataView, at: number) => number): Reader {
  return (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Float32Array.from({ length: bytes.byteLength / width }, (_, i) => value(view, i * width));
  };
}

/** @param bytes whole blocks of the type @throws LS2303 for a type Longsight has no rule for */
export function dequantize(type: TensorType, bytes: Uint8Array): Float32Array {
  return readers[type.name]?.(bytes) ?? blockValues(unpackBlocks(type, bytes));
}

/** Whether {@link dequantize} knows the type. */
function canDequantize(type: TensorType): boolean {
  return type.name in readers || layoutOf(type) !== undefined;
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
