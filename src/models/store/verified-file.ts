/**
 * A file that is written aside, hashed on the way, and put in place only when size and hash are right and the disk has it.
 * What is written aside can be taken up again after a break.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import { throwIfCancelled } from '../../base/cancellation.ts';

/** What the bytes are held against. `gitBlob`: SHA-1 over "blob SIZE NUL content", as Git names small files of a hub. */
export type ExpectedHash =
  { readonly kind: 'sha256'; readonly hex: string } | { readonly kind: 'gitBlob'; readonly hex: string };

export interface Expected {
  /** Bytes; null when only the hash is known. */
  readonly size: number | null;
  readonly hash: ExpectedHash;
}

export class VerifiedFile {
  readonly partial: string;
  readonly #handle: FileHandle;
  #sha256 = createHash('sha256');
  #size = 0;
  #open = true;

  private constructor(partial: string, handle: FileHandle) {
    this.partial = partial;
    this.#handle = handle;
  }

  /**
   * Opens the file aside.
   * @param kept of the bytes that lie there, how many are kept and hashed again; left out: the file starts empty
   */
  static async open(partial: string, kept?: (found: number) => number, signal?: AbortSignal): Promise<VerifiedFile> {
    // Opened for appending, so that writing goes on at the end after a truncation too.
    const file = new VerifiedFile(partial, await open(partial, 'a+'));
    if (!kept) await file.restart();
    else
      try {
        await file.#handle.truncate(kept((await file.#handle.stat()).size));
        for await (const bytes of createReadStream(partial, { highWaterMark: 1 << 20 })) {
          throwIfCancelled(signal);
          file.#sha256.update(bytes as Buffer);
          file.#size += (bytes as Buffer).byteLength;
        }
      } catch (error) {
        await file.close();
        throw error;
      }
    return file;
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size;
  }

  async write(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.byteLength > 0) {
      const { bytesWritten } = await this.#handle.write(rest, 0, rest.byteLength);
      rest = rest.subarray(bytesWritten);
    }
    this.#sha256.update(bytes);
    this.#size += bytes.byteLength;
  }

  /** Throws away what was written and starts over. */
  async restart(): Promise<void> {
    await this.#handle.truncate(0);
    this.#sha256 = createHash('sha256');
    this.#size = 0;
  }

  /**
   * Checks, flushes and renames to `target`; what is wrong is deleted.
   * @returns the SHA-256 of the content
   * @throws LS2004 when the size or the hash is another
   */
  async commit(target: string, expected: Expected): Promise<string> {
    const sha256 = this.#sha256.digest('hex');
    const found = expected.hash.kind === 'sha256' ? sha256 : await gitBlobHash(this.partial, this.#size);
    const wrongSize = expected.size !== null && this.#size !== expected.size;
    if (wrongSize || found !== expected.hash.hex) {
      await this.close();
      await rm(this.partial, { force: true });
      throw fault(
        'LS2004',
        wrongSize
          ? say('{0} bytes instead of {1}', String(this.#size), String(expected.size))
          : say('{0} {1} instead of {2}', expected.hash.kind, found, expected.hash.hex),
      );
    }
    await this.#handle.sync();
    await this.close();
    await rename(this.partial, target);
    return sha256;
  }

  /** Lets go of the file and keeps what was written, for another try. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
  }
}

async function gitBlobHash(file: string, size: number): Promise<string> {
  const hash = createHash('sha1').update(`blob ${String(size)}\0`);
  for await (const bytes of createReadStream(file)) hash.update(bytes as Buffer);
  return hash.digest('hex');
}
