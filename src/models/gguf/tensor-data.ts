/** Reads tensors of a GGUF file by rows, so that no more of a large file than one piece is ever in memory. */
import { type FileHandle, open } from 'node:fs/promises';
import { fault } from '../../base/errors.ts';
import { dequantize } from './dequantize.ts';
import type { GgufFile, GgufTensor } from './reader.ts';

export class GgufData {
  readonly #handle: FileHandle;
  readonly file: GgufFile;

  private constructor(file: GgufFile, handle: FileHandle) {
    this.file = file;
    this.#handle = handle;
  }

  /** @throws the file system's error when the file cannot be opened */
  static async open(file: GgufFile): Promise<GgufData> {
    return new GgufData(file, await open(file.path, 'r'));
  }

  /** The bytes of rows `from` to `to` (exclusive); a row is the innermost dimension. @throws LS2301 when the file has shrunk */
  async rows(tensor: GgufTensor, from = 0, to = rowCount(tensor)): Promise<Uint8Array> {
    const row = tensor.length / rowCount(tensor);
    const bytes = new Uint8Array((to - from) * row);
    for (let done = 0; done < bytes.byteLength;) {
      const { bytesRead } = await this.#handle.read(
        bytes,
        done,
        bytes.byteLength - done,
        tensor.offset + from * row + done,
      );
      if (bytesRead === 0) throw fault('LS2301', `${this.file.path} (it became shorter while it was read)`);
      done += bytesRead;
    }
    return bytes;
  }

  /** The whole tensor as float32. @throws LS2303 for a type that cannot be computed with */
  async floats(tensor: GgufTensor): Promise<Float32Array> {
    return dequantize(tensor.type, await this.rows(tensor));
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** How many rows a tensor has: the product of all dimensions but the innermost. */
function rowCount(tensor: GgufTensor): number {
  return tensor.shape.slice(0, -1).reduce((a, b) => a * b, 1);
}
