/** `longsight models inspect`: a file's metadata and tensors, and the values of one tensor. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fault } from '../base/errors.ts';
import type { InspectReport, TensorListing } from '../protocol/models.ts';
import { type GgufValue, readGguf } from './gguf/reader.ts';
import { GgufData } from './gguf/tensor-data.ts';
import { SafetensorsFile } from './safetensors/reader.ts';

/** Most values of a tensor that are returned: a JSON document of more is of no use to anybody. */
const maxValues = 16_777_216;

/**
 * @param file a GGUF or safetensors file, or a folder with model.safetensors
 * @param tensor whose dequantised values are wanted, row-major; null: none
 * @throws LS2301, LS2302, LS2009, LS2031 for a file that is damaged or cannot be read; LS2303 for a type that cannot be dequantised;
 * LS1002 for a tensor that is not there or too large to list
 */
export async function inspectModel(file: string, tensor: string | null): Promise<InspectReport> {
  const folder = (await stat(file).catch(() => null))?.isDirectory() ?? false;
  const place = folder ? path.join(file, 'model.safetensors') : file;
  return place.endsWith('.safetensors') ? inspectSafetensors(place, tensor) : inspectGguf(place, tensor);
}

async function inspectGguf(file: string, wanted: string | null): Promise<InspectReport> {
  const gguf = await readGguf(file);
  const listed = [...gguf.tensors.values()].map((t) => ({ name: t.name, type: t.type.name, shape: t.shape }));
  const metadata = Object.fromEntries([...gguf.metadata].map(([key, value]) => [key, plain(value)]));
  if (wanted === null) return { metadata, tensors: listed };
  const listing = find(listed, wanted);
  const data = await GgufData.open(gguf);
  try {
    const found = gguf.tensors.get(wanted);
    const values = found ? await data.floats(found) : [];
    return { metadata, tensors: listed, tensor: { ...listing, values: [...values] } };
  } finally {
    await data.close();
  }
}

async function inspectSafetensors(file: string, wanted: string | null): Promise<InspectReport> {
  const opened = await SafetensorsFile.open(file);
  try {
    const { metadata } = opened;
    const tensors = [...opened.tensors.values()].map(({ name, type, shape }) => ({ name, type, shape }));
    if (wanted === null) return { metadata, tensors };
    return { metadata, tensors, tensor: { ...find(tensors, wanted), values: [...(await opened.floats(wanted))] } };
  } finally {
    await opened.close();
  }
}

function find(tensors: readonly TensorListing[], name: string): TensorListing {
  const found = tensors.find((t) => t.name === name);
  if (!found) throw fault('LS1002', `--tensor ${name}: the file has no such tensor`);
  const count = found.shape.reduce((a, b) => a * b, 1);
  if (count > maxValues)
    throw fault(
      'LS1002',
      `--tensor ${name}: it has ${String(count)} values, and at most ${String(maxValues)} are listed`,
    );
  return found;
}

/** As JSON can hold it: whole numbers beyond a double's reach become text. */
function plain(value: GgufValue): unknown {
  if (typeof value === 'bigint') return String(value);
  return Array.isArray(value) ? value.map((item: GgufValue) => plain(item)) : value;
}
