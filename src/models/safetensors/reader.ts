/**
 * Reads safetensors files: eight bytes of header length, a JSON header of names, types, shapes and byte ranges, then the data.
 *
 * Format: https://github.com/huggingface/safetensors (README, "Format"). The file may come from anywhere: the header is
 * checked against the file's size before anything is allocated by its word, and ranges must tile the data without a gap.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import { LongsightError, fault } from '../../base/errors.ts';
import { UnusableJson, parseJson } from '../json-file.ts';
import { shownName } from '../shown-name.ts';
import { type SafetensorsType, elementBytes } from './types.ts';

export interface SafetensorsTensor {
  readonly name: string;
  readonly type: SafetensorsType;
  /** Row-major, outermost first. */
  readonly shape: readonly number[];
  /** Bytes from the beginning of the file. */
  readonly offset: number;
  readonly length: number;
}

export interface SafetensorsHeader {
  readonly path: string;
  /** Bytes of the file. */
  readonly size: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
}

/** Three hundred thousand tensors: no real header comes near it. */
const maxHeaderBytes = 32_000_000;
const maxDimensions = 16;

const types = Object.keys(elementBytes) as [SafetensorsType, ...SafetensorsType[]];
const size = z.int().nonnegative();
const tensorEntry = z.strictObject({
  dtype: z.enum(types),
  shape: z.array(size).max(maxDimensions),
  data_offsets: z.tuple([size, size]),
});
const metadataEntry = z.record(z.string(), z.string());

/** What a file says about itself. @throws LS2031 when it is damaged, LS2009 when it cannot be opened */
export async function readSafetensors(path: string): Promise<SafetensorsHeader> {
  const file = await SafetensorsFile.open(path);
  await file.close();
  const { size, metadata, tensors } = file;
  return { path, size, metadata, tensors };
}

/** An open safetensors file; close it when done. */
export class SafetensorsFile implements SafetensorsHeader {
  readonly path: string;
  readonly size: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
  readonly #handle: FileHandle;

  private constructor(
    path: string,
    handle: FileHandle,
    size: number,
    metadata: Readonly<Record<string, string>>,
    tensors: ReadonlyMap<string, SafetensorsTensor>,
  ) {
    this.path = path;
    this.size = size;
    this.metadata = metadata;
    this.tensors = tensors;
    this.#handle = handle;
  }

  /** @throws LS2031 when the file is damaged, LS2009 when it cannot be opened */
  static async open(path: string): Promise<SafetensorsFile> {
    let handle: FileHandle;
    try {
      handle = await open(path, 'r');
    } catch (error) {
      throw fault('LS2009', path, error);
    }
    try {
      const { size } = await handle.stat();
      const { header, dataStart } = await readHeader(path, handle, size);
      const { metadata, tensors } = checkHeader(path, header, dataStart, size);
      return new SafetensorsFile(path, handle, size, metadata, tensors);
    } catch (error) {
      await handle.close();
      throw error instanceof LongsightError ? error : damaged(path, 'it cannot be read', error);
    }
  }

  /** The tensor's bytes as they stand in the file, little-endian. @throws LS2031 when there is no such tensor or the file has shrunk */
  async bytes(name: string): Promise<Uint8Array> {
    const tensor = this.#tensor(name);
    const bytes = new Uint8Array(tensor.length);
    let done = 0;
    while (done < bytes.byteLength) {
      const { bytesRead } = await this.#handle.read(bytes, done, bytes.byteLength - done, tensor.offset + done);
      if (bytesRead === 0) throw damaged(this.path, `it ends in the middle of ${shownName(name)}`);
      done += bytesRead;
    }
    return bytes;
  }

  /** The tensor as float32; F32, F16 and BF16 are read. @throws LS2031 */
  async floats(name: string): Promise<Float32Array> {
    const { type } = this.#tensor(name);
    const bytes = await this.bytes(name);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    switch (type) {
      case 'F32':
        return Float32Array.from({ length: bytes.byteLength / 4 }, (_, i) => view.getFloat32(i * 4, true));
      case 'F16':
        return Float32Array.from({ length: bytes.byteLength / 2 }, (_, i) => halfToFloat(view.getUint16(i * 2, true)));
      case 'BF16': {
        // bfloat16 is the upper half of a float32.
        const words = Uint32Array.from({ length: bytes.byteLength / 2 }, (_, i) => view.getUint16(i * 2, true) << 16);
        return new Float32Array(words.buffer);
      }
      default:
        throw damaged(this.path, `${shownName(name)} has the type ${type}, which is no weight type`);
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #tensor(name: string): SafetensorsTensor {
    const tensor = this.tensors.get(name);
    if (!tensor) throw damaged(this.path, `it has no tensor ${shownName(name)}`);
    return tensor;
  }
}

async function readHeader(
  path: string,
  handle: FileHandle,
  size: number,
): Promise<{ header: unknown; dataStart: number }> {
  const prefix = new Uint8Array(8);
  if (size < 8 || (await handle.read(prefix, 0, 8, 0)).bytesRead < 8)
    throw damaged(path, 'it is shorter than its own header length');
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  if (length > BigInt(Math.min(maxHeaderBytes, size - 8)))
    throw damaged(path, `it claims a header of ${String(length)} bytes`);
  const bytes = new Uint8Array(Number(length));
  const { bytesRead } = await handle.read(bytes, 0, bytes.byteLength, 8);
  if (bytesRead < bytes.byteLength) throw damaged(path, 'it ends in the middle of its header');
  try {
    return { header: parseJson(bytes), dataStart: 8 + bytes.byteLength };
  } catch (error) {
    if (!(error instanceof UnusableJson)) throw error;
    throw damaged(path, error.message.replace('it is', 'its header is'), error);
  }
}

function checkHeader(
  path: string,
  header: unknown,
  dataStart: number,
  size: number,
): { metadata: Record<string, string>; tensors: Map<string, SafetensorsTensor> } {
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw damaged(path, 'its header is no object');
  let metadata: Record<string, string> = {};
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      const parsed = metadataEntry.safeParse(value);
      if (!parsed.success) throw damaged(path, 'its metadata are no texts', parsed.error);
      metadata = parsed.data;
      continue;
    }
    const parsed = tensorEntry.safeParse(value);
    if (!parsed.success) throw damaged(path, `the entry of ${shownName(name)} is not well formed`, parsed.error);
    const {
      dtype: type,
      shape,
      data_offsets: [begin, end],
    } = parsed.data;
    const length = shape.reduce((a, b) => a * b, elementBytes[type]);
    if (end - begin !== length)
      throw damaged(path, `${shownName(name)} has ${String(end - begin)} bytes and its shape needs ${String(length)}`);
    tensors.set(name, { name, type, shape, offset: dataStart + begin, length });
  }
  let position = dataStart;
  for (const tensor of [...tensors.values()].sort((a, b) => a.offset - b.offset || a.length - b.length)) {
    if (tensor.offset !== position)
      throw damaged(path, `the data before ${shownName(tensor.name)} have a gap or overlap`);
    position += tensor.length;
  }
  if (position !== size) throw damaged(path, `its tensors end at ${String(position)} of ${String(size)} bytes`);
  return { metadata, tensors };
}

/** IEEE 754 binary16. */
function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function damaged(path: string, why: string, cause?: unknown): LongsightError {
  return fault('LS2031', `${path} (${why})`, cause);
}
