/** Writes small GGUF and safetensors files, whole or in parts, for tests that read them. */
import type { GgufValue } from '../../src/models/gguf/reader.ts';

/** A float32 tensor; the shape is row-major, outermost first. */
export interface WrittenTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Whole numbers are written as uint32, others as float32; a `Uint16Array` of one number as uint16, as gguf-split does. */
export type WrittenValue = GgufValue | Uint16Array;

const alignment = 32;

export function ggufBytes(
  metadata: Readonly<Record<string, WrittenValue>>,
  tensors: readonly WrittenTensor[],
  version: 2 | 3 = 3,
): Buffer {
  const entries = Object.entries(metadata);
  const header = [u32(0x46554747), u32(version), u64(tensors.length), u64(entries.length)];
  for (const [key, value] of entries) header.push(text(key), typed(value));
  let offset = 0;
  for (const { name, shape, values } of tensors) {
    header.push(text(name), u32(shape.length), ...[...shape].reverse().map(u64), u32(0), u64(offset));
    offset += padded(values.byteLength);
  }
  const head = Buffer.concat(header);
  const data = tensors.map(({ values }) => padding(Buffer.from(values.buffer, values.byteOffset, values.byteLength)));
  return Buffer.concat([padding(head), ...data]);
}

/** @param metadata `__metadata__` */
export function safetensorsBytes(tensors: readonly WrittenTensor[], metadata?: Record<string, string>): Buffer {
  let offset = 0;
  const header: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  for (const { name, shape, values } of tensors)
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, (offset += values.byteLength)] };
  return safetensorsFile(JSON.stringify(header), tensors);
}

/** With any text for a header. */
export function safetensorsFile(header: string, tensors: readonly WrittenTensor[] = []): Buffer {
  const head = Buffer.from(header);
  return Buffer.concat([u64(head.byteLength), head, ...tensors.map(({ values }) => Buffer.from(values.buffer))]);
}

function typed(value: WrittenValue): Buffer {
  if (value instanceof Uint16Array) return Buffer.concat([u32(2), Buffer.from(value.buffer)]);
  return Buffer.concat([u32(typeOf(value)), untyped(value)]);
}

function typeOf(value: GgufValue): number {
  if (typeof value === 'string') return 8;
  if (typeof value === 'boolean') return 7;
  if (typeof value === 'bigint') return 10;
  if (typeof value === 'number') return Number.isInteger(value) ? 4 : 6;
  return 9;
}

function untyped(value: GgufValue): Buffer {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'boolean') return Buffer.of(value ? 1 : 0);
  if (typeof value === 'bigint') return u64(value);
  if (typeof value === 'number')
    return Number.isInteger(value) ? u32(value) : Buffer.from(Float32Array.of(value).buffer);
  // One type for all: that of the first, float32 where one of them is no whole number.
  const type = value.some((item) => typeof item === 'number' && !Number.isInteger(item)) ? 6 : typeOf(value[0] ?? 0);
  const items = value.map((item) => (type === 6 ? Buffer.from(Float32Array.of(Number(item)).buffer) : untyped(item)));
  return Buffer.concat([u32(type), u64(value.length), ...items]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.byteLength), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function padded(length: number): number {
  return Math.ceil(length / alignment) * alignment;
}

function padding(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(padded(bytes.byteLength) - bytes.byteLength)]);
}
