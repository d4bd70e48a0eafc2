/**
 * What a model's files are known by: the SHA-256 of all their bytes, and a stamp that tells without reading gigabytes whether
 * they are still those that were hashed.
 */
import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { throwIfCancelled } from '../../base/cancellation.ts';

const samples = 64;
const sampleBytes = 64 * 1024;
const pieceBytes = 4 * 1024 * 1024;

/** Sizes, times of change and samples of the content, 4 MB of it in all. @throws the file system's error */
export async function stampOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const step = Math.max(sampleBytes, Math.floor(total / samples));
  const buffer = new Uint8Array(sampleBytes);
  for (const file of files) {
    const handle = await open(file, 'r');
    try {
      const { size, mtimeMs } = await handle.stat();
      hash.update(`${String(size)} bytes of ${String(mtimeMs)}\n`);
      for (let at = 0; at < size; at += step) {
        const { bytesRead } = await handle.read(buffer, 0, sampleBytes, at);
        hash.update(buffer.subarray(0, bytesRead));
      }
    } finally {
      await handle.close();
    }
  }
  return hash.digest('hex');
}

/** The SHA-256 of one file, or of several one after another, in hexadecimal. @throws the file system's error, CancelledError */
export async function contentHash(files: readonly string[], signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(pieceBytes);
  for (const file of files) {
    const handle = await open(file, 'r');
    try {
      for (;;) {
        throwIfCancelled(signal);
        const { bytesRead } = await handle.read(buffer, 0, pieceBytes);
        if (bytesRead === 0) break;
        hash.update(buffer.subarray(0, bytesRead));
      }
    } finally {
      await handle.close();
    }
  }
  return hash.digest('hex');
}
