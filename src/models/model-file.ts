/**
 * One view of a model's weights, whether GGUF (in one file or split) or safetensors (in one file or in shards): the tensors
 * with their places, what the model says about itself, and a way to read tensors piece by piece.
 */
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { LongsightError, fault } from '../base/errors.ts';
import { say } from '../base/sentences.ts';
import { dequantize } from './gguf/dequantize.ts';
import type { GgufTensor, GgufValue } from './gguf/reader.ts';
import { firstPart, readGgufParts } from './gguf/split.ts';
import { readShards } from './safetensors/shards.ts';
import { asTensorType } from './safetensors/types.ts';
import { shownName } from './shown-name.ts';

/** A tensor under the file's own name; `part` is an index of {@link ModelFile.parts}. */
export type ModelTensor = GgufTensor;

export interface ModelFile {
  readonly format: 'gguf' | 'safetensors';
  /** What was opened: a file (of a split GGUF model its first part), or a folder of safetensors. */
  readonly path: string;
  /** Where config.json and tokenizer.json of a safetensors model lie; of GGUF, the file's folder. */
  readonly folder: string;
  /** The files that hold weights. */
  readonly parts: readonly { readonly path: string; readonly size: number }[];
  /** Bytes of all parts. */
  readonly size: number;
  readonly tensors: ReadonlyMap<string, ModelTensor>;
  /** GGUF's metadata, of a split model all parts' together; empty for safetensors. */
  readonly metadata: ReadonlyMap<string, GgufValue>;
  /** config.json of a safetensors model; null without one and for GGUF. */
  readonly config: Readonly<Record<string, unknown>> | null;
  /** `__metadata__` of safetensors. */
  readonly remarks: Readonly<Record<string, string>>;
}

/**
 * @param place a GGUF file or any part of a split one, a safetensors file, its index, or a folder with either
 * @throws LS2009 when there is no model, LS2301, LS2031 when it is damaged, LS2302 when it cannot be read, LS2305 when parts are
 *   missing or do not belong together
 */
export async function openModelFile(place: string, signal?: AbortSignal): Promise<ModelFile> {
  try {
    const isFolder = (await stat(place)).isDirectory();
    const gguf = isFolder ? await ggufIn(place) : isSafetensors(place) ? null : place;
    return gguf === null ? await openSafetensors(place, signal) : await openGguf(gguf, signal);
  } catch (error) {
    if (error instanceof LongsightError || !(error instanceof Error && 'code' in error)) throw error;
    throw fault('LS2302', `${place} (${error.message})`, error);
  }
}

function isSafetensors(name: string): boolean {
  return name.endsWith('.safetensors') || name.endsWith('.safetensors.index.json');
}

/** The one GGUF model of a folder; null for a folder of safetensors. @throws LS2009 when it holds no model or several */
async function ggufIn(folder: string): Promise<string | null> {
  const names = await readdir(folder);
  if (names.some(isSafetensors)) return null;
  const models = new Set(names.filter((name) => /\.gguf$/i.test(name)).map(firstPart));
  const [only] = models;
  if (only === undefined || models.size > 1) throw fault('LS2009', folder);
  return path.join(folder, only);
}

async function openGguf(file: string, signal?: AbortSignal): Promise<ModelFile> {
  const files = await readGgufParts(file, signal);
  const metadata = new Map<string, GgufValue>();
  const tensors = new Map<string, ModelTensor>();
  files.forEach((part, index) => {
    for (const [key, value] of part.metadata) if (!metadata.has(key)) metadata.set(key, value);
    for (const [name, tensor] of part.tensors) {
      if (tensors.has(name)) throw fault('LS2305', say('the tensor {0} is in two parts', shownName(name)));
      tensors.set(name, { ...tensor, part: index });
    }
  });
  const parts = files.map(({ path: name, size }) => ({ path: name, size }));
  const first = parts[0]?.path ?? file;
  return {
    format: 'gguf',
    path: first,
    folder: path.dirname(first),
    parts,
    size: sizeOf(parts),
    tensors,
    metadata,
    config: null,
    remarks: {},
  };
}

async function openSafetensors(place: string, signal?: AbortSignal): Promise<ModelFile> {
  const { folder, headers, config } = await readShards(place, signal);
  const tensors = new Map<string, ModelTensor>();
  headers.forEach((header, part) => {
    for (const [name, tensor] of header.tensors)
      tensors.set(name, { ...tensor, part, type: asTensorType(tensor.type) });
  });
  const parts = headers.map(({ path: name, size }) => ({ path: name, size }));
  const [only] = parts;
  return {
    format: 'safetensors',
    path: only && parts.length === 1 && !(await stat(place)).isDirectory() ? only.path : folder,
    folder,
    parts,
    size: sizeOf(parts),
    tensors,
    metadata: new Map(),
    config,
    remarks: Object.assign({}, ...headers.map(({ metadata }) => metadata)) as Record<string, string>,
  };
}

function sizeOf(parts: readonly { readonly size: number }[]): number {
  return parts.reduce((sum, { size }) => sum + size, 0);
}

/** The files whose bytes decide what a model computes, weights first. */
export function contentFiles({ parts, config, folder }: ModelFile): readonly string[] {
  return [...parts.map((part) => part.path), ...(config ? [path.join(folder, 'config.json')] : [])];
}

/** How many rows a tensor has: the product of all dimensions but the innermost. */
export function rowCount(tensor: Pick<ModelTensor, 'shape'>): number {
  return tensor.shape.slice(0, -1).reduce((a, b) => a * b, 1);
}

/** Tensors' bytes, from however many files; close it when done. */
export interface TensorSource {
  /** Rows `from` to `to` (exclusive), all without them; a row is the innermost dimension. @throws LS2302 when a file has shrunk */
  rows(tensor: ModelTensor, from?: number, to?: number): Promise<Uint8Array>;
  /** The whole tensor as float32. @throws LS2303 for a type that cannot be computed with */
  floats(tensor: ModelTensor): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Files are opened as they are first read. */
export function openTensors({ parts }: Pick<ModelFile, 'parts'>): TensorSource {
  const handles = new Map<number, Promise<FileHandle>>();
  const handleOf = (part: number): Promise<FileHandle> => {
    const handle = handles.get(part) ?? open(nameOf(part), 'r');
    handles.set(part, handle);
    return handle;
  };
  const nameOf = (part: number): string => parts[part]?.path ?? '';
  const rows: TensorSource['rows'] = async (tensor, from = 0, to = rowCount(tensor)) => {
    const row = tensor.length / Math.max(1, rowCount(tensor));
    const bytes = new Uint8Array((to - from) * row);
    let done = 0;
    try {
      const handle = await handleOf(tensor.part);
      while (done < bytes.byteLength) {
        const place = tensor.offset + from * row + done;
        const { bytesRead } = await handle.read(bytes, done, bytes.byteLength - done, place);
        if (bytesRead === 0) throw new Error('it became shorter while it was read');
        done += bytesRead;
      }
    } catch (error) {
      throw fault(
        'LS2302',
        `${nameOf(tensor.part)} (${error instanceof Error ? error.message : String(error)})`,
        error,
      );
    }
    return bytes;
  };
  return {
    rows,
    floats: async (tensor) => dequantize(tensor.type, await rows(tensor)),
    close: async () => {
      for (const handle of await Promise.allSettled(handles.values()))
        if (handle.status === 'fulfilled') await handle.value.close();
      handles.clear();
    },
  };
}
