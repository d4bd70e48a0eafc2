/** Rounds float32 numbers to IEEE 754 binary16, as bits, and widens them; Node before 24 has no Float16Array. */
import { float16 } from '../../models/gguf/floats.ts';

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The nearest binary16, ties to even; what is too large becomes infinite. */
function half(value: number): number {
  float[0] = value;
  const x = bits[0] ?? 0;
  const sign = (x >>> 16) & 0x8000;
  const magnitude = x & 0x7fffffff;
  if (magnitude >= 0x7f800000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00);
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Below 2^-14 numbers are multiples of 2^-24.
    return sign | roundToEven(Math.abs(value) * 2 ** 24);
  }
  // The exponent's bias falls from 127 to 15; a carry out of the rounding goes into it, up to infinity.
  const rounded = (magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13;
  return sign | rounded;
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** Converts `count` numbers. */
export function toFloat16(source: Float32Array, from: number, target: Uint16Array, to: number, count: number): void {
  for (let i = 0; i < count; i++) target[to + i] = half(source[from + i] ?? 0);
}

let widened: Float32Array | undefined;

/** The float32 values of binary16 bits. @param target as long at least */
export function fromFloat16(source: Uint16Array, target: Float32Array): void {
  widened ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => float16(bits));
  for (let i = 0; i < source.length; i++) target[i] = widened[source[i] ?? 0] ?? 0;
}
