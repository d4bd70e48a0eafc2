/** `model.json` in a folder of graphs: what it was built from and by which builder; written last, so a folder with it is whole. */
import { readFile, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../onnx/external-data.ts';
import { isSealed } from './seals.ts';

const schema = z.object({
  builderVersion: z.int(),
  /** The path it was built from. */
  source: z.string(),
  /** SHA-256 of the model's files. */
  sha256: z.string(),
  /** Of files that were found to have that hash, the latest last. */
  stamps: z.array(z.string()),
  weightBytes: z.int(),
});

export type GraphManifest = z.infer<typeof schema>;

/** The tensors' bytes, beside the graphs. */
export const weightsFile = 'weights.bin';
/** What lies where in it. */
export const descriptorFile = 'weights.json';
/** Held by whoever uses the folder. */
export const inUseFile = 'in-use.lock';

const manifestFile = 'model.json';
/** As many copies of one model are known at a time. */
const maxStamps = 8;

/** null when it is not there, or not ours: in both cases the graphs have to be built. */
export async function readGraphManifest(folder: string): Promise<GraphManifest | null> {
  try {
    return schema.parse(JSON.parse(await readFile(path.join(folder, manifestFile), 'utf8')));
  } catch {
    return null;
  }
}

export async function writeGraphManifest(folder: string, manifest: GraphManifest): Promise<void> {
  const stamps = [...new Set(manifest.stamps)].slice(-maxStamps);
  await writeAtomically(path.join(folder, manifestFile), JSON.stringify({ ...manifest, stamps }));
}

/** Whether nobody has tidied up in the folder since it was written, and its weights are those that were written. */
export async function isWhole(folder: string): Promise<boolean> {
  return (await isSealed(path.join(folder, descriptorFile))) && (await isSealed(path.join(folder, weightsFile)));
}

/** When the graphs were last opened, in milliseconds of the epoch. */
export async function lastUsed(folder: string): Promise<number> {
  return (await stat(path.join(folder, manifestFile))).mtimeMs;
}

export async function markUsed(folder: string): Promise<void> {
  const now = new Date();
  await utimes(path.join(folder, manifestFile), now, now);
}
