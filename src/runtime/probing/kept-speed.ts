/** The speed at which a model was read prompts with, kept in LONGSIGHT_HOME/verdicts by its weights, this processor and the threads. */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { verdictsFolder } from '../../models/home.ts';
import { type HashedModel, knownModelHash } from '../../models/model-hash.ts';
import { writeAtomically } from '../../models/onnx/external-data.ts';
import { hasCode } from '../../models/store/storage-faults.ts';
import { type PrefillSpeed, prefillSpeedSchema } from './prefill-speed.ts';

/** What the speed depends on beside the weights. */
interface Circumstances {
  readonly provider: string;
  /** As set by the user; null: as many as this machine has cores. */
  readonly threads: number | null;
}

/** Empty when nothing is known; a file that cannot be understood says nothing. */
export async function readSpeed(model: HashedModel, home: string, on: Circumstances): Promise<PrefillSpeed> {
  const file = await fileOf(model, home, on);
  if (file === null) return {};
  try {
    return prefillSpeedSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError || error instanceof z.ZodError) return {};
    throw error;
  }
}

/** @throws what the file system throws */
export async function keepSpeed(
  model: HashedModel,
  home: string,
  on: Circumstances,
  speed: PrefillSpeed,
): Promise<void> {
  const file = await fileOf(model, home, on);
  if (file === null) return;
  await mkdir(verdictsFolder(home), { recursive: true });
  await writeAtomically(file, `${JSON.stringify(speed)}\n`);
}

async function fileOf(model: HashedModel, home: string, { provider, threads }: Circumstances): Promise<string | null> {
  const hash = await knownModelHash(model, home);
  if (hash === null) return null;
  const on = createHash('sha256')
    .update(`${cpus()[0]?.model ?? ''}\n${provider}\n${String(threads)}`)
    .digest('hex');
  return path.join(verdictsFolder(home), `${hash}.speed-${on.slice(0, 12)}.json`);
}
