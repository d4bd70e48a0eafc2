/**
 * Checksums of what the index keeps. SQLite notices a damaged page by its structure only; bytes that were changed inside a whole
 * page come back as content. Each is a CRC-32 (zlib's), which finds accidents, not an attacker.
 */
import { crc32 } from 'node:zlib';
import type { SymbolDefinition } from '../types.ts';

/** Of a text, its chunks (the stored bytes) and its packed scopes. */
export function textSum(text: string, chunks: Uint8Array, scopes: string): number {
  return crc32(scopes, crc32(chunks, crc32(text)));
}

/** Of bytes: terms, a vector. */
export function bytesSum(bytes: Uint8Array): number {
  return crc32(bytes);
}

/** Of a file's symbols, in their order. */
export function symbolsSum(symbols: readonly SymbolDefinition[]): number {
  let sum = 0;
  for (const { name, kind, scope, local, startLine, endLine, signature, documentation } of symbols)
    sum = crc32(JSON.stringify([name, kind, scope, local, startLine, endLine, signature, documentation]), sum);
  return sum;
}
