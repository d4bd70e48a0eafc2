/** GGUF's blocks of the fewest bits (BitNet-like models): elements of -1, 0, 1, or only -1 and 1, and one scale for many. */
import type { Blocks } from './block-layout.ts';
import { float16 } from './floats.ts';

/** @param count as many of the graph's blocks share the one scale */
function spreadScale(bytes: Uint8Array, at: number, out: Blocks, s: number, count: number): void {
  out.scales.fill(float16((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)), s, s + count);
}

/** TQ1_0: five elements a byte, in base 3 as a fraction of 256; 48 bytes, then 4 bytes with four elements each. */
export function unpackTQ10(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  spreadScale(bytes, o + 52, out, s, 8);
  let at = e;
  for (const [from, count, digits] of [
    [0, 32, 5],
    [32, 16, 5],
    [48, 4, 4],
  ] as const) {
    for (let digit = 0; digit < digits; digit++) {
      for (let j = 0; j < count; j++) {
        const shifted = ((bytes[o + from + j] ?? 0) * 3 ** digit) & 255;
        out.q[at++] = ((shifted * 3) >> 8) + 7;
      }
    }
  }
}

/** TQ2_0: four elements a byte. */
export function unpackTQ20(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  spreadScale(bytes, o + 64, out, s, 8);
  for (let i = 0; i < 256; i++) {
    const byte = bytes[o + (i >> 7) * 32 + (i & 31)] ?? 0;
    out.q[e + i] = ((byte >> (2 * ((i >> 5) & 3))) & 3) + 7;
  }
}

/** Q1_0: 128 signs, the lowest bit first; a set bit is +1. */
export function unpackQ10(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  spreadScale(bytes, o, out, s, 4);
  for (let i = 0; i < 128; i++) out.q[e + i] = ((bytes[o + 2 + (i >> 3)] ?? 0) >> (i & 7)) & 1 ? 9 : 7;
}
