/** `longsight models inspect`: a model's metadata and tensors, and the values of one tensor. */
import { fault } from '../base/errors.ts';
import { say } from '../base/sentences.ts';
import type { InspectReport } from '../protocol/models.ts';
import type { GgufValue } from './gguf/reader.ts';
import { type ModelTensor, openModelFile, openTensors } from './model-file.ts';

/** Most values of a tensor that are returned: a JSON document of more is of no use to anybody. */
const maxValues = 16_777_216;

/**
 * @param place a GGUF file or any part of a split one, a safetensors file or its index, or a folder with either
 * @param tensor whose dequantised values are wanted, row-major; null: none
 * @throws LS2301, LS2302, LS2305, LS2009, LS2031 for a file that is damaged or cannot be read; LS2303 for a type that cannot be
 *   dequantised; LS1002 for a tensor that is not there or too large to list
 */
export async function inspectModel(place: string, tensor: string | null): Promise<InspectReport> {
  const file = await openModelFile(place);
  const report = {
    format: file.format,
    files: file.parts,
    metadata:
      file.format === 'gguf'
        ? Object.fromEntries([...file.metadata].map(([key, value]) => [key, plain(value)]))
        : { ...file.remarks, ...file.config },
    tensors: [...file.tensors.values()].map(listing),
  };
  if (tensor === null) return report;
  const found = find(file.tensors, tensor);
  const source = openTensors(file);
  try {
    return { ...report, tensor: { ...listing(found), values: [...(await source.floats(found))] } };
  } finally {
    await source.close();
  }
}

function listing({ name, type, shape }: ModelTensor): InspectReport['tensors'][number] {
  return { name, type: type.name, shape };
}

function find(tensors: ReadonlyMap<string, ModelTensor>, name: string): ModelTensor {
  const found = tensors.get(name);
  if (!found) throw fault('LS1002', say('--tensor {0}: the file has no such tensor', name));
  const count = found.shape.reduce((a, b) => a * b, 1);
  if (count > maxValues)
    throw fault(
      'LS1002',
      say('--tensor {0}: it has {1} values, and at most {2} are listed', name, String(count), String(maxValues)),
    );
  return found;
}

/** As JSON can hold it: whole numbers beyond a double's reach become text. */
function plain(value: GgufValue): unknown {
  if (typeof value === 'bigint') return String(value);
  return Array.isArray(value) ? value.map((item: GgufValue) => plain(item)) : value;
}
