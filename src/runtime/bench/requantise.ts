/**
 * Rewrites a GGUF file with its layers' quantised matrices in Q4_0, the type llama.cpp has its fastest kernels for: what a comparison of
 * speed has to be made with as well. Values change a little, so nothing but a comparison is made with the result.
 *
 * Q4_0 (ggml-quants.c): 32 weights a block, one binary16 scale d, the one of largest magnitude / -8; q = trunc(w / d + 8.5), at most 15;
 * elements j and j + 16 share a byte.
 */
import { open, rename, rm } from 'node:fs/promises';
import { throwIfCancelled } from '../../base/cancellation.ts';
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import { ByteCursor } from '../../models/gguf/byte-cursor.ts';
import { dequantize } from '../../models/gguf/dequantize.ts';
import { type ModelTensor, openModelFile, openTensors, rowCount } from '../../models/model-file.ts';
import { toFloat16 } from '../cache/float16.ts';

const blockSize = 32;
const blockBytes = 18;
const q40 = { id: 2, name: 'Q4_0' } as const;
/** Types that stay: numbers, and what is Q4_0 already. */
const kept = ['F32', 'F16', 'BF16', q40.name];
/** More than the metadata of any model there is. */
const mostHeaderBytes = 256 * 1024 * 1024;

/** @throws LS2301, LS2302 for a bad file; LS1002 for one that is not a single GGUF file; CancelledError */
export async function requantise(source: string, target: string, signal?: AbortSignal): Promise<void> {
  const file = await openModelFile(source, signal);
  if (file.format !== 'gguf' || file.parts.length !== 1)
    throw fault('LS1002', say('{0} is not a single GGUF file, which llama.cpp is compared on', source));
  const alignment = Number(file.metadata.get('general.alignment') ?? 32);
  const padded = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;
  const tensors = [...file.tensors.values()];
  const infos: Uint8Array[] = [];
  let offset = 0;
  for (const tensor of tensors) {
    infos.push(tensorInfo(tensor, offset));
    offset += padded(targetBytes(tensor));
  }
  const data = openTensors(file);
  const partial = `${target}.partial`;
  const out = await open(partial, 'w');
  const write = async (bytes: Uint8Array): Promise<void> => {
    await out.appendFile(bytes);
    await out.appendFile(new Uint8Array(padded(bytes.length) - bytes.length));
  };
  try {
    await write(Buffer.concat([await metadataBytes(source), ...infos]));
    for (const tensor of tensors) {
      throwIfCancelled(signal);
      const bytes = await data.rows(tensor, 0, rowCount(tensor));
      await write(changes(tensor) ? toQ40(dequantize(tensor.type, bytes)) : bytes);
    }
    await out.close();
    await rename(partial, target);
  } finally {
    await out.close();
    await data.close();
    await rm(partial, { force: true });
  }
}

/** The layers' matrices; embedding and head stay as they are. */
function changes({ name, type, shape }: ModelTensor): boolean {
  return (
    name.startsWith('blk.') && shape.length > 1 && !kept.includes(type.name) && (shape.at(-1) ?? 0) % blockSize === 0
  );
}

function targetBytes(tensor: ModelTensor): number {
  const elements = tensor.shape.reduce((a, b) => a * b, 1);
  return changes(tensor) ? (elements / blockSize) * blockBytes : tensor.length;
}

/** Name, sizes (innermost first), type and offset, as the file lists them. */
function tensorInfo(tensor: ModelTensor, offset: number): Uint8Array {
  const name = Buffer.from(tensor.name);
  const info = Buffer.alloc(8 + name.length + 4 + 8 * tensor.shape.length + 4 + 8);
  let at = info.writeBigUInt64LE(BigInt(name.length));
  at += name.copy(info, at);
  at = info.writeUInt32LE(tensor.shape.length, at);
  for (const size of tensor.shape.toReversed()) at = info.writeBigUInt64LE(BigInt(size), at);
  at = info.writeUInt32LE(changes(tensor) ? q40.id : tensor.type.id, at);
  info.writeBigUInt64LE(BigInt(offset), at);
  return info;
}

/** The file from its beginning to the end of its metadata; openModelFile has read it before and found it whole. */
async function metadataBytes(source: string): Promise<Uint8Array> {
  const handle = await open(source);
  try {
    const { size } = await handle.stat();
    const bytes = new Uint8Array(Math.min(size, mostHeaderBytes));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    const cursor = new ByteCursor(bytes.subarray(0, bytesRead));
    cursor.u64();
    cursor.u64();
    for (let left = Number(cursor.u64()); left > 0; left--) {
      cursor.text(Number(cursor.u64()));
      skip(cursor, cursor.u32());
    }
    return bytes.subarray(0, cursor.position);
  } finally {
    await handle.close();
  }
}

/** @param type of the value, as in GGUF's metadata */
function skip(cursor: ByteCursor, type: number): void {
  if (type === 8) cursor.text(Number(cursor.u64()));
  else if (type === 9) {
    const elementType = cursor.u32();
    for (let left = Number(cursor.u64()); left > 0; left--) skip(cursor, elementType);
  } else cursor.text([1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8][type] ?? 0);
}

/** @param values whole blocks of 32 */
export function toQ40(values: Float32Array): Uint8Array {
  const blocks = values.length / blockSize;
  const bytes = new Uint8Array(blocks * blockBytes);
  const view = new DataView(bytes.buffer);
  const one = new Float32Array(1);
  const half = new Uint16Array(1);
  for (let b = 0; b < blocks; b++) {
    const from = b * blockSize;
    let largest = 0;
    for (let i = from; i < from + blockSize; i++) {
      const value = values[i] ?? 0;
      if (Math.abs(value) > Math.abs(largest)) largest = value;
    }
    const scale = Math.fround(largest / -8);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    const quantised = (i: number): number =>
      Math.max(0, Math.min(15, Math.trunc((values[from + i] ?? 0) * inverse + 8.5)));
    one[0] = scale;
    toFloat16(one, 0, half, 0, 1);
    view.setUint16(b * blockBytes, half[0] ?? 0, true);
    for (let j = 0; j < blockSize / 2; j++)
      bytes[b * blockBytes + 2 + j] = quantised(j) | (quantised(j + blockSize / 2) << 4);
  }
  return bytes;
}
