/** What the reading test found about a model, kept in LONGSIGHT_HOME/verdicts under the hash of its weights: other weights are tested again. */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { verdictsFolder } from '../../models/home.ts';
import { type HashedModel, knownModelHash, modelHash } from '../../models/model-hash.ts';
import { writeAtomically } from '../../models/onnx/external-data.ts';
import { hasCode, storageFault } from '../../models/store/storage-faults.ts';
import type { ReadingTestReport } from '../../protocol/models.ts';
import { readProbe } from '../probing/verdict.ts';
import { readingTestSchema } from './report-schema.ts';
import { readingTestVersion } from './run.ts';

const schema = z.object({ readingTestVersion: z.int(), readingTest: readingTestSchema });

/** The verdict on these weights; null before the test ran, and when it is of another version of the test. */
export async function readVerdict(model: HashedModel, home: string): Promise<ReadingTestReport | null> {
  const hash = await knownModelHash(model, home);
  if (hash === null) return null;
  try {
    const kept = schema.parse(JSON.parse(await readFile(fileOf(home, hash), 'utf8')));
    if (kept.readingTestVersion === readingTestVersion) return kept.readingTest;
  } catch (error) {
    // What cannot be understood is from another version: the test is run again.
    if (!hasCode(error, 'ENOENT') && !(error instanceof SyntaxError) && !(error instanceof z.ZodError)) throw error;
  }
  return (await readProbe(model, home))?.readingTest ?? null;
}

/** @throws LS2005, LS2006 when it cannot be written, CancelledError */
export async function keepVerdict(
  model: HashedModel,
  home: string,
  readingTest: ReadingTestReport,
  signal?: AbortSignal,
): Promise<void> {
  const hash = await modelHash(model, home, signal);
  try {
    await mkdir(verdictsFolder(home), { recursive: true });
    await writeAtomically(fileOf(home, hash), `${JSON.stringify({ readingTestVersion, readingTest }, null, 2)}\n`);
  } catch (error) {
    throw storageFault(error, verdictsFolder(home)) ?? error;
  }
}

function fileOf(home: string, hash: string): string {
  return path.join(verdictsFolder(home), `${hash}.reading-test.json`);
}
