/**
 * Reads safetensors files: eight bytes of header length, a JSON header of names, types, shapes and byte ranges, then the data.
 *
 * Format: https://github.com/huggingface/safetensors (README, "Format"). The file may come from anywhere: the header is
 * checked against the file's size before anything is allocated by its word, and ranges must tile the data without a gap.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import { LongsightError, fault } from '../../base/errors.ts';
import { type Words, say } from '../../base/sentences.ts';
import { UnusableJson, parseJson } from '../json-file.ts';
import { shownName } from '../shown-name.ts';
import { type SafetensorsType, elementBytes } from './types.ts';

interface SafetensorsTensor {
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
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw fault('LS2009', path, error);
  }
  try {
    const { size } = await handle.stat();
    const { header, dataStart } = await readHeader(path, handle, size);
    return { path, size, ...checkHeader(path, header, dataStart, size) };
  } catch (error) {
    throw error instanceof LongsightError ? error : damaged(path, say('it cannot be read'), error);
  } finally {
    await handle.close();
  }
}

async function readHeader(
  path: string,
  handle: FileHandle,
  size: number,
): Promise<{ header: unknown; dataStart: number }> {
  const prefix = new Uint8Array(8);
  if (size < 8 || (await handle.read(prefix, 0, 8, 0)).bytesRead < 8)
    throw damaged(path, say('it is shorter than its own header length'));
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  if (length > BigInt(Math.min(maxHeaderBytes, size - 8)))
    throw damaged(path, say('it claims a header of {0} bytes', String(length)));
  const bytes = new Uint8Array(Number(length));
  const { bytesRead } = await handle.read(bytes, 0, bytes.byteLength, 8);
  if (bytesRead < bytes.byteLength) throw damaged(path, say('it ends in the middle of its header'));
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
    throw damaged(path, say('its header is not an object'));
  let metadata: Record<string, string> = {};
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      const parsed = metadataEntry.safeParse(value);
      if (!parsed.success) throw damaged(path, say('its metadata is not text'), parsed.error);
      metadata = parsed.data;
      continue;
    }
    const parsed = tensorEntry.safeParse(value);
    if (!parsed.success) throw damaged(path, say('the entry of {0} is not well formed', shownName(name)), parsed.error);
    const {
      dtype: type,
      shape,
      data_offsets: [begin, end],
    } = parsed.data;
    const length = shape.reduce((a, b) => a * b, elementBytes[type]);
    if (end - begin !== length)
      throw damaged(
        path,
        say('{0} has {1} bytes and its shape needs {2}', shownName(name), String(end - begin), String(length)),
      );
    tensors.set(name, { name, type, shape, offset: dataStart + begin, length });
  }
  let position = dataStart;
  for (const tensor of [...tensors.values()].sort((a, b) => a.offset - b.offset || a.length - b.length)) {
    if (tensor.offset !== position)
      throw damaged(path, say('the data before {0} have a gap or overlap', shownName(tensor.name)));
    position += tensor.length;
  }
  if (position !== size)
    throw damaged(path, say('its tensors end at {0} of {1} bytes', String(position), String(size)));
  return { metadata, tensors };
}

function damaged(path: string, why: Words, cause?: unknown): LongsightError {
  return fault('LS2031', say('{0} ({1})', path, why), cause);
}
