/** Cached rows of any type as float32, in a buffer of their own. */
import type { CacheType } from '../../models/graphs/graph-spec.ts';
import { float16 } from '../../models/gguf/floats.ts';
import type { RowShape } from '../cache/cache-rows.ts';

/** @param parts as CacheRows.take gives them @returns float32 [rows, kvHeads * headSize] */
export function floatRows(
  parts: readonly (Float32Array | Uint16Array | Int8Array)[],
  type: CacheType,
  { headSize }: RowShape,
): Float32Array {
  const [data, scales] = parts;
  if (!data) return new Float32Array(0);
  if (type === 'f16') return Float32Array.from(data, (bits) => float16(bits));
  if (type === 'f32' || !scales) return Float32Array.from(data);
  return Float32Array.from(data, (value, i) => value * (scales[Math.floor(i / headSize)] ?? 0));
}
