/** The element types of safetensors as the tensor types of GGUF, where both have them. */
import { type TensorType, tensorTypes } from '../gguf/tensor-types.ts';

/** Bytes of one element by the format's type names. */
export const elementBytes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
} as const;

export type SafetensorsType = keyof typeof elementBytes;

const shared: ReadonlyMap<string, TensorType> = new Map([...tensorTypes.values()].map((type) => [type.name, type]));

/** A type that GGUF lacks has the id -1 and is listed, not computed with. */
export function asTensorType(type: SafetensorsType): TensorType {
  return shared.get(type) ?? { id: -1, name: type, block: 1, bytes: elementBytes[type] };
}
