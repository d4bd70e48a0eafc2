/** The SHA-256 of a model's weights, which names what was found out about them; computed once for a file we did not download. */
import { mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { contentHash } from './graph-cache/content-hash.ts';
import { verdictsFolder } from './home.ts';
import { writeAtomically } from './onnx/external-data.ts';
import type { ResolvedModel } from './store.ts';
import { hasCode, storageFault } from './store/storage-faults.ts';

const cacheSchema = z.record(z.string(), z.object({ stamp: z.string(), sha256: z.string() }));

/** What a model is known by: its files, or a hash that stands for them. */
export type HashedModel = Pick<ResolvedModel, 'sha256' | 'weights' | 'files'>;

/** The hash as far as it is known without reading the weights; null otherwise. */
export async function knownModelHash(model: HashedModel, home: string): Promise<string | null> {
  if (model.sha256 !== null) return model.sha256;
  const entry = (await readCache(home))[model.weights];
  return entry && entry.stamp === (await stampOf(model)) ? entry.sha256 : null;
}

/** Reads the weights when it must (about a second a gigabyte), and remembers. @throws LS2005, LS2006, CancelledError */
export async function modelHash(model: HashedModel, home: string, signal?: AbortSignal): Promise<string> {
  const known = await knownModelHash(model, home);
  if (known !== null) return known;
  const stamp = await stampOf(model);
  const sha256 = await contentHash(filesOf(model), signal);
  try {
    await mkdir(verdictsFolder(home), { recursive: true });
    const cache = { ...(await readCache(home)), [model.weights]: { stamp, sha256 } };
    await writeAtomically(cacheFile(home), JSON.stringify(cache));
  } catch (error) {
    throw storageFault(error, verdictsFolder(home)) ?? error;
  }
  return sha256;
}

function filesOf(model: HashedModel): readonly string[] {
  const files = Object.values(model.files).sort();
  return files.length > 0 ? files : [model.weights];
}

async function stampOf(model: HashedModel): Promise<string> {
  const stamps = await Promise.all(filesOf(model).map((file) => stat(file)));
  return stamps.map(({ size, mtimeMs }) => `${String(size)} ${String(mtimeMs)}`).join(', ');
}

function cacheFile(home: string): string {
  return path.join(verdictsFolder(home), 'hashes.json');
}

/** A cache that cannot be understood is an empty one: everything in it can be computed again. */
async function readCache(home: string): Promise<z.infer<typeof cacheSchema>> {
  try {
    return cacheSchema.parse(JSON.parse(await readFile(cacheFile(home), 'utf8')));
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError || error instanceof z.ZodError) return {};
    throw error;
  }
}
