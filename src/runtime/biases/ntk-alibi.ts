/**
 * NTK-ALiBi (keezen/ntk_alibi): slope h becomes 1 / (2^(8h/H) a^((h-1)/(H-1))): the first head, which looks nearby, stays, the
 * last is slowed by a. Heads beyond the greatest power of two keep their slopes, as in the authors' code.
 * Dynamic: a = max(1, a0 length / trained length).
 */
import { alibiSlopes } from './alibi.ts';

/** @param factor a: length wanted by length trained */
export function ntkAlibiSlopes(heads: number, factor: number): Float64Array {
  const power = 2 ** Math.floor(Math.log2(heads));
  return alibiSlopes(heads).map((m, h) => (h < power && power > 1 ? m / factor ** (h / (power - 1)) : m));
}

/** @param factor a0, 1 to 2 @param length tokens in all */
export function dynamicNtkAlibiSlopes(
  heads: number,
  factor: number,
  length: number,
  trainedLength: number,
): Float64Array {
  return ntkAlibiSlopes(heads, Math.max(1, (factor * length) / trainedLength));
}
