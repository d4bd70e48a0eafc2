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

/** Little-endian binary16 numbers as float32. */
export function widenFloat16(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.byteLength >> 1 }, (_, i) => float16(view.getUint16(2 * i, true)));
}

/** Little-endian bfloat16 numbers as float32: the upper halves of their bits. */
export function widenBfloat16(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bits = Uint32Array.from({ length: bytes.byteLength >> 1 }, (_, i) => view.getUint16(2 * i, true) << 16);
  return new Float32Array(bits.buffer);
}

/** Little-endian float32 numbers, copied so that they are aligned. */
export function readFloat32(bytes: Uint8Array): Float32Array {
  // Not `slice`: of a Buffer it would be a view.
  return new Float32Array(new Uint8Array(bytes).buffer);
}
