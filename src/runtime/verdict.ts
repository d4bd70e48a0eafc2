/** What a probe found out about a model on this machine, kept in LONGSIGHT_HOME/verdicts under the hash of its weights. */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { verdictsFolder } from '../models/home.ts';
import { type HashedModel, knownModelHash, modelHash } from '../models/model-hash.ts';
import { writeAtomically } from '../models/onnx/external-data.ts';
import { hasCode, storageFault } from '../models/store/storage-faults.ts';
import type { ProbeReport } from '../protocol/models.ts';
import { readingTestVersion } from './reading-test.ts';

const verdictSchema = z.object({
  readingTestVersion: z.int(),
  report: z.object({
    id: z.string(),
    provider: z.string(),
    providers: z.array(z.object({ name: z.string(), usable: z.boolean(), reason: z.string() })),
    prefillTokensPerSecond: z.number(),
    decodeTokensPerSecond: z.number(),
    effectiveWindow: z.number(),
    readingTest: z.object({ questions: z.int(), correct: z.int(), needed: z.int(), passed: z.boolean() }),
  }),
});

/** The report of the last probe of these weights; null when there is none, or when it is from another reading test. */
export async function readProbe(model: HashedModel, home: string): Promise<ProbeReport | null> {
  const hash = await knownModelHash(model, home);
  if (hash === null) return null;
  try {
    const verdict = verdictSchema.parse(JSON.parse(await readFile(fileOf(home, hash), 'utf8')));
    return verdict.readingTestVersion === readingTestVersion ? verdict.report : null;
  } catch (error) {
    // What cannot be understood is from another version: the probe is run anew.
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

/** Whether the model passed the reading test; null before it ran. */
export async function readVerdict(model: HashedModel, home: string): Promise<boolean | null> {
  return (await readProbe(model, home))?.readingTest.passed ?? null;
}

/** @throws LS2005, LS2006 when it cannot be written, CancelledError */
export async function writeProbe(
  model: HashedModel,
  home: string,
  report: ProbeReport,
  signal?: AbortSignal,
): Promise<void> {
  const hash = await modelHash(model, home, signal);
  try {
    await mkdir(verdictsFolder(home), { recursive: true });
    await writeAtomically(fileOf(home, hash), `${JSON.stringify({ readingTestVersion, report }, null, 2)}\n`);
  } catch (error) {
    throw storageFault(error, verdictsFolder(home)) ?? error;
  }
}

function fileOf(home: string, hash: string): string {
  return path.join(verdictsFolder(home), `${hash}.json`);
}
