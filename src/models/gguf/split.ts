/**
 * Finds and checks the parts of a GGUF model that was split over several files (llama.cpp's gguf-split).
 *
 * The parts are named `<prefix>-<number from 00001>-of-<count>.gguf`; each says `split.no` (from 0) and `split.count`, the first
 * holds the model's metadata, and `split.tensors.count` is the number of tensors of all.
 */
import path from 'node:path';
import { throwIfCancelled } from '../../base/cancellation.ts';
import { LongsightError, fault } from '../../base/errors.ts';
import { type Words, say } from '../../base/sentences.ts';
import { type GgufFile, readGguf } from './reader.ts';

const partName = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i;
const maxParts = 2048;

/**
 * All parts, in order; one for a file that is not split.
 * @param file any of the parts
 * @throws LS2305 when a part is missing or of another model; LS2301, LS2302 as {@link readGguf}
 */
export async function readGgufParts(file: string, signal?: AbortSignal): Promise<readonly GgufFile[]> {
  const opened = await readGguf(file);
  const count = number(opened, 'split.count') ?? 1;
  if (count <= 1) return [opened];
  const [, prefix, , named] = partName.exec(path.basename(file)) ?? [];
  if (prefix === undefined || Number(named) !== count)
    throw apart(say('{0} is one of {1} parts and is not named as one', file, String(count)));
  if (!Number.isInteger(count) || count > maxParts) throw apart(say('{0} claims {1} parts', file, String(count)));
  const parts: GgufFile[] = [];
  for (let i = 0; i < count; i++) {
    throwIfCancelled(signal);
    const name = partFile(file, prefix, i, count);
    const part = path.basename(name) === path.basename(file) ? opened : await readPart(name);
    if (number(part, 'split.no') !== i || number(part, 'split.count') !== count)
      throw apart(say('{0} does not call itself part {1} of {2}', name, String(i + 1), String(count)));
    parts.push(part);
  }
  const tensors = parts.reduce((sum, part) => sum + part.tensors.size, 0);
  const stated = number(opened, 'split.tensors.count');
  if (stated !== undefined && stated !== tensors)
    throw apart(say('{0} names {1} tensors, and the parts have {2}', file, String(stated), String(tensors)));
  return parts;
}

/** The first part's path for the path of any part; any other path as it is. */
export function firstPart(file: string): string {
  const [, prefix, , count] = partName.exec(path.basename(file)) ?? [];
  return prefix === undefined ? file : partFile(file, prefix, 0, Number(count));
}

function partFile(sibling: string, prefix: string, index: number, count: number): string {
  const digits = (n: number): string => String(n).padStart(5, '0');
  return path.join(path.dirname(sibling), `${prefix}-${digits(index + 1)}-of-${digits(count)}.gguf`);
}

async function readPart(file: string): Promise<GgufFile> {
  try {
    return await readGguf(file);
  } catch (error) {
    if (error instanceof LongsightError && error.userError.code === 'LS2302')
      throw apart(say('{0} is missing or cannot be read', file), error);
    throw error;
  }
}

function number(file: GgufFile, key: string): number | undefined {
  const value = file.metadata.get(key);
  return typeof value === 'number' ? value : undefined;
}

function apart(why: Words, cause?: unknown): LongsightError {
  return fault('LS2305', why, cause);
}
