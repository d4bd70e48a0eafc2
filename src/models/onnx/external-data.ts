/**
 * The file beside a `.onnx` file that holds the large tensors: written as a stream, one tensor after another, and put in
 * place by one rename when it is whole.
 *
 *     const weights = await ExternalDataFile.create(path.join(folder, 'weights.bin'));
 *     try {
 *       const slice = await weights.append(bytes);          // or an iterable of pieces, for a tensor too big to hold
 *       graph.external('w', 'float32', [n, k], slice);
 *       await weights.commit();
 *     } finally {
 *       await weights.dispose();                            // removes the unfinished file; nothing after a commit
 *     }
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ExternalSlice } from './graph-builder.ts';

/** ONNX Runtime maps the file and hands kernels pointers into it; a cache line keeps their vector loads aligned. */
const alignment = 64;

/** Where a model's weights go: a file, or nowhere when only their size is wanted. */
export interface WeightSink {
  /** @param length bytes of the data, known before a stream is read */
  append(data: ArrayBufferView | AsyncIterable<ArrayBufferView>, length: number): Promise<ExternalSlice>;
  reserve(length: number): Promise<ExternalSlice>;
  fill(slice: ExternalSlice, at: number, data: ArrayBufferView): Promise<void>;
}

/** Bytes before a tensor that begins behind so many. */
export function paddingAt(position: number): number {
  return (alignment - (position % alignment)) % alignment;
}

export class ExternalDataFile implements WeightSink {
  readonly #target: string;
  readonly #partial: string;
  #handle: FileHandle | undefined;
  #position = 0;

  private constructor(target: string, partial: string, handle: FileHandle) {
    this.#target = target;
    this.#partial = partial;
    this.#handle = handle;
  }

  /** @throws the file system's error when the folder is missing or not writable */
  static async create(target: string): Promise<ExternalDataFile> {
    const partial = partialName(target);
    return new ExternalDataFile(target, partial, await open(partial, 'w'));
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#position;
  }

  /** Appends one tensor's bytes and says where they lie. */
  async append(
    data: ArrayBufferView | Iterable<ArrayBufferView> | AsyncIterable<ArrayBufferView>,
  ): Promise<ExternalSlice> {
    await this.#align();
    const offset = this.#position;
    if (ArrayBuffer.isView(data)) await this.#write(data);
    else for await (const piece of data) await this.#write(piece);
    return { location: path.basename(this.#target), offset, length: this.#position - offset };
  }

  /** Keeps the place of a tensor whose parts are known in between others; {@link fill} writes them. */
  async reserve(length: number): Promise<ExternalSlice> {
    await this.#align();
    const offset = this.#position;
    this.#position += length;
    return { location: path.basename(this.#target), offset, length };
  }

  /** @param at bytes from the beginning of the reserved slice */
  async fill(slice: ExternalSlice, at: number, data: ArrayBufferView): Promise<void> {
    if (at + data.byteLength > slice.length) throw new RangeError('more than was reserved');
    await this.#writeAt(slice.offset + at, data);
  }

  /** Flushes to disk and renames into place. */
  async commit(): Promise<void> {
    if (!this.#handle) throw new Error('the external data file is already closed');
    await this.#handle.sync();
    await this.#handle.close();
    this.#handle = undefined;
    await rename(this.#partial, this.#target);
  }

  /** Closes and removes an unfinished file. */
  async dispose(): Promise<void> {
    if (!this.#handle) return;
    await this.#handle.close();
    this.#handle = undefined;
    await rm(this.#partial, { force: true });
  }

  async #align(): Promise<void> {
    const padding = paddingAt(this.#position);
    if (padding > 0) await this.#write(new Uint8Array(padding));
  }

  async #write(data: ArrayBufferView): Promise<void> {
    await this.#writeAt(this.#position, data);
    this.#position += data.byteLength;
  }

  async #writeAt(position: number, data: ArrayBufferView): Promise<void> {
    if (!this.#handle) throw new Error('the external data file is already closed');
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (let done = 0; done < bytes.byteLength;)
      done += (await this.#handle.write(bytes, done, bytes.byteLength - done, position + done)).bytesWritten;
  }
}

/** Writes a whole small file aside, flushes it and renames it into place, so that no reader ever sees half of it. */
export async function writeAtomically(target: string, data: Uint8Array | string): Promise<void> {
  const partial = partialName(target);
  try {
    const handle = await open(partial, 'w');
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

function partialName(target: string): string {
  return `${target}.partial-${randomUUID()}`;
}
