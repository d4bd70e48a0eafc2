/**
 * Blocks of 4-bit floating-point numbers (E2M1): MXFP4 with one power of two for 32 elements (OCP Microscaling Formats 1.0), NVFP4
 * with an unsigned E4M3 scale for 16.
 */
import type { Blocks } from './block-layout.ts';

/** The sixteen values of E2M1 doubled, so that they are whole, with the zero point 128 added. */
const doubled = Uint8Array.from([0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12], (v) => v + 128);

function spread(bytes: Uint8Array, o: number, count: number, out: Blocks, e: number): void {
  for (let j = 0; j < count; j++) {
    const byte = bytes[o + j] ?? 0;
    out.q[e + j] = doubled[byte & 15] ?? 0;
    out.q[e + j + count] = doubled[byte >> 4] ?? 0;
  }
}

export function unpackMXFP4(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  out.scales[s] = 2 ** ((bytes[o] ?? 0) - 128);
  spread(bytes, o + 1, 16, out, e);
}

export function unpackNVFP4(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  for (let b = 0; b < 4; b++) {
    out.scales[s + b] = unsignedE4M3(bytes[o + b] ?? 0) / 2;
    spread(bytes, o + 4 + 8 * b, 8, out, e + 16 * b);
  }
}

/** Four bits of exponent (bias 7), three of fraction; 127, which is not a number, counts as 0, and the sign bit is passed over. */
function unsignedE4M3(byte: number): number {
  if (byte === 127) return 0;
  const exponent = (byte >> 3) & 15;
  const fraction = byte & 7;
  return exponent === 0 ? fraction * 2 ** -9 : (8 + fraction) * 2 ** (exponent - 10);
}
