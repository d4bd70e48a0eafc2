/**
 * Whether the parts of a tokenizer.json that say how text is changed and split are of a usable size: a replacement of megabytes
 * would multiply every text, and an expression of that length cannot be compiled.
 */
import { patternSchema } from './json-normalizers.ts';

/** UTF-16 units; the longest expression in use has about five hundred. */
const longest = 4096;
/** The one text that is a table. */
const tableKey = 'precompiled_charsmap';

export function isBounded(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= longest;
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, inner]: [string, unknown]) => {
    if (key === tableKey) return true;
    if (key === 'pattern' && !patternSchema.safeParse(inner).success) return false;
    return key.length <= longest && isBounded(inner);
  });
}
