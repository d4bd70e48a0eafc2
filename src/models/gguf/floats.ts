/** Floating-point formats that JavaScript lacks: IEEE 754 binary16 and bfloat16, widened to float32 exactly. */

/** The value of a binary16 given by its 16 bits. */
export function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Every binary16 number, by its bits: a model has billions of them. */
let widened: Float32Array | undefined;

function table(): Float32Array {
  if (widened) return widened;
  widened = new Float32Array(1 << 16);
  for (let bits = 0; bits < widened.length; bits++) widened[bits] = float16(bits);
  return widened;
}

/** Little-endian binary16 numbers as float32. */
export function widenFloat16(bytes: Uint8Array): Float32Array {
  const known = table();
  const values = new Float32Array(bytes.byteLength >> 1);
  for (let i = 0; i < values.length; i++) values[i] = known[(bytes[2 * i] ?? 0) | ((bytes[2 * i + 1] ?? 0) << 8)] ?? 0;
  return values;
}

/** Little-endian bfloat16 numbers as float32: the upper halves of their bits. */
export function widenBfloat16(bytes: Uint8Array): Float32Array {
  const bits = new Uint32Array(bytes.byteLength >> 1);
  for (let i = 0; i < bits.length; i++) bits[i] = ((bytes[2 * i] ?? 0) << 16) | ((bytes[2 * i + 1] ?? 0) << 24);
  return new Float32Array(bits.buffer);
}

/** Little-endian float32 numbers, copied so that they are aligned. */
export function readFloat32(bytes: Uint8Array): Float32Array {
  // Not `slice`: of a Buffer it would be a view.
  return new Float32Array(new Uint8Array(bytes).buffer);
}
