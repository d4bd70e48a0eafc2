/**
 * The IQ types that name groups of eight or four numbers by an index into a codebook: IQ1, IQ2 and IQ3 (ggml-quants.c,
 * `dequantize_row_iq*`). Their values are small whole numbers times a scale a block, so they too are taken apart exactly.
 *
 * Where q has 8 bits it is the signed value + 128. IQ3_S has the sixteen odd numbers from -15 to 15, which are 4 bits and a
 * minimum; IQ1_S has -1, 0, 1 and a shift of an eighth for 32 elements, which is a minimum too; IQ1_M shifts every 8 elements
 * and takes eighths as its unit.
 */
import type { Blocks } from './block-layout.ts';
import { codebook } from './codebooks.ts';
import { float16 } from './floats.ts';

const at = (bytes: Uint8Array, i: number): number => bytes[i] ?? 0;
const u16 = (bytes: Uint8Array, i: number): number => at(bytes, i) | (at(bytes, i + 1) << 8);
const half = (bytes: Uint8Array, i: number): number => float16(u16(bytes, i));
const nibble = (bytes: Uint8Array, o: number, i: number): number => (at(bytes, o + (i >> 1)) >> (4 * (i & 1))) & 15;

/** Magnitudes of the IQ2 types and of IQ3_XXS. */
const magnitudes2 = Uint8Array.of(8, 25, 43, 0);
const magnitudes3 = Uint8Array.of(4, 12, 20, 28, 36, 44, 52, 62);

/** Seven signs are stored; the eighth makes the number of minuses even. */
const evenSigns = Uint8Array.from({ length: 128 }, (_, i) => {
  let parity = i;
  for (const shift of [4, 2, 1]) parity ^= parity >> shift;
  return i | ((parity & 1) << 7);
});

/** Eight signed numbers of an IQ2 type. */
function eight(entry: number, signs: number, q: Uint8Array, e: number): void {
  for (let j = 0; j < 8; j++) {
    const magnitude = magnitudes2[(entry >> (2 * j)) & 3] ?? 0;
    q[e + j] = (signs >> j) & 1 ? 128 - magnitude : 128 + magnitude;
  }
}

/** 32 elements a scale; the signs and the scale of 32 share four bytes. */
export function unpackIQ2XXS(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  const d = half(bytes, o);
  const grid = codebook('IQ2_XXS');
  for (let b = 0; b < 8; b++) {
    const p = o + 2 + 8 * b;
    const packed = (u16(bytes, p + 4) | (u16(bytes, p + 6) << 16)) >>> 0;
    out.scales[s + b] = d * (0.5 + (packed >>> 28)) * 0.25;
    for (let g = 0; g < 4; g++) {
      const signs = evenSigns[(packed >>> (7 * g)) & 127] ?? 0;
      eight(grid[at(bytes, p + g)] ?? 0, signs, out.q, e + 32 * b + 8 * g);
    }
  }
}

export function unpackIQ2XS(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  scalesOf16(bytes, o + 66, half(bytes, o), out, s);
  const grid = codebook('IQ2_XS');
  for (let g = 0; g < 32; g++) {
    const packed = u16(bytes, o + 2 + 2 * g);
    eight(grid[packed & 511] ?? 0, evenSigns[packed >> 9] ?? 0, out.q, e + 8 * g);
  }
}

export function unpackIQ2S(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  scalesOf16(bytes, o + 74, half(bytes, o), out, s);
  const grid = codebook('IQ2_S');
  for (let g = 0; g < 32; g++) {
    const high = (at(bytes, o + 66 + (g >> 2)) >> (2 * (g & 3))) & 3;
    eight(grid[at(bytes, o + 2 + g) | (high << 8)] ?? 0, at(bytes, o + 34 + g), out.q, e + 8 * g);
  }
}

/** IQ2_XS and IQ2_S: a nibble for each 16 elements. */
function scalesOf16(bytes: Uint8Array, o: number, d: number, out: Blocks, s: number): void {
  for (let b = 0; b < 16; b++) out.scales[s + b] = d * (0.5 + nibble(bytes, o, b)) * 0.25;
}

export function unpackIQ3XXS(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  const d = half(bytes, o);
  const grid = codebook('IQ3_XXS');
  for (let b = 0; b < 8; b++) {
    const p = o + 66 + 4 * b;
    const packed = (u16(bytes, p) | (u16(bytes, p + 2) << 16)) >>> 0;
    out.scales[s + b] = d * (0.5 + (packed >>> 28)) * 0.5;
    for (let i = 0; i < 32; i++) {
      const entry = grid[at(bytes, o + 2 + 8 * b + (i >> 2))] ?? 0;
      const magnitude = magnitudes3[(entry >> (4 * (i & 3))) & 7] ?? 0;
      const signs = evenSigns[(packed >>> (7 * (i >> 3))) & 127] ?? 0;
      out.q[e + 32 * b + i] = (signs >> (i & 7)) & 1 ? 128 - magnitude : 128 + magnitude;
    }
  }
}

/** The odd number 2m + 1 with its sign is 2q - 15, so q = 8 + m or 7 - m. */
export function unpackIQ3S(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  const d = half(bytes, o);
  const grid = codebook('IQ3_S');
  for (let b = 0; b < 8; b++) {
    const scale = d * (1 + 2 * nibble(bytes, o + 106, b));
    out.scales[s + b] = 2 * scale;
    out.minimums[s + b] = -15 * scale;
  }
  for (let i = 0; i < 256; i++) {
    const g = i >> 2;
    const high = (at(bytes, o + 66 + (g >> 3)) >> (g & 7)) & 1;
    const m = ((grid[at(bytes, o + 2 + g) | (high << 8)] ?? 0) >> (4 * (i & 3))) & 7;
    out.q[e + i] = (at(bytes, o + 74 + (i >> 3)) >> (i & 7)) & 1 ? 7 - m : 8 + m;
  }
}

/** w = (q - 1 + shift) * scale with a shift of plus or minus an eighth for 32 elements. */
export function unpackIQ1S(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  const d = half(bytes, o);
  const grid = codebook('IQ1');
  for (let b = 0; b < 8; b++) {
    const high = u16(bytes, o + 34 + 2 * b);
    const scale = d * (2 * ((high >> 12) & 7) + 1);
    out.scales[s + b] = scale;
    out.minimums[s + b] = scale * (high & 0x8000 ? -1.125 : -0.875);
    for (let i = 0; i < 32; i++) {
      const g = i >> 3;
      const entry = grid[at(bytes, o + 2 + 4 * b + g) | (((high >> (3 * g)) & 7) << 8)] ?? 0;
      out.q[e + 32 * b + i] = (entry >> (2 * (i & 7))) & 3;
    }
  }
}

/** The top nibbles of the four scale words make the half-precision scale of all. */
export function unpackIQ1M(bytes: Uint8Array, o: number, out: Blocks, e: number, s: number): void {
  const grid = codebook('IQ1');
  let bits = 0;
  for (let k = 0; k < 4; k++) bits |= (u16(bytes, o + 48 + 2 * k) >> 12) << (4 * k);
  const d = float16(bits);
  for (let b = 0; b < 16; b++)
    out.scales[s + b] = (d * (2 * ((u16(bytes, o + 48 + 2 * (b >> 2)) >> (3 * (b & 3))) & 7) + 1)) / 8;
  for (let g = 0; g < 32; g++) {
    const high = nibble(bytes, o + 32, g);
    const entry = grid[at(bytes, o + g) | ((high & 7) << 8)] ?? 0;
    const shift = high & 8 ? -1 : 1;
    for (let j = 0; j < 8; j++) out.q[e + 8 * g + j] = 128 + 8 * (((entry >> (2 * j)) & 3) - 1) + shift;
  }
}
