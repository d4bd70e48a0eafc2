/** Position interpolation on ALiBi (keezen/ntk_alibi): distances are divided by the factor, which is to say every slope is. */
import { alibiSlopes } from './alibi.ts';

/** @param factor a: length wanted by length trained */
export function piAlibiSlopes(heads: number, factor: number): Float64Array {
  return alibiSlopes(heads).map((m) => m / factor);
}
