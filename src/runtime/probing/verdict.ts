/** What a probe found out about a model on this machine, kept in LONGSIGHT_HOME/verdicts under the hash of its weights. */
import { sentenceSchema } from '../../protocol/sentence-schema.ts';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { verdictsFolder } from '../../models/home.ts';
import { type HashedModel, knownModelHash, modelHash } from '../../models/model-hash.ts';
import { writeAtomically } from '../../models/onnx/external-data.ts';
import { hasCode, storageFault } from '../../models/store/storage-faults.ts';
import type { ProbeReport } from '../../protocol/models.ts';
import { readingTestSchema } from '../reading-test/report-schema.ts';
import { readingTestVersion } from '../reading-test/run.ts';

const verdictSchema = z.object({
  readingTestVersion: z.int(),
  report: z.object({
    id: z.string(),
    provider: z.string(),
    providers: z.array(z.object({ name: z.string(), usable: z.boolean(), reason: sentenceSchema })),
    prefillTokensPerSecond: z.number(),
    decodeTokensPerSecond: z.number(),
    effectiveWindow: z.number(),
    window: z
      .object({
        atLeast: z.number(),
        failedAt: z.number().nullable(),
        ended: z.enum(['limit', 'failed', 'time']),
        limit: z.number(),
        seconds: z.number(),
        allowedSeconds: z.number(),
      })
      .exactOptional(),
    readingTest: readingTestSchema,
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
    // What cannot be understood is from another version: the probe is run again.
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

/** Tokens that a prompt may have by the last probe of these weights; null when none says so. */
export async function readEffectiveWindow(model: HashedModel, home: string): Promise<number | null> {
  // Probes before this figure was told apart from the time it took say nothing; nor does one in which nothing was found at all.
  return (await readProbe(model, home))?.window?.atLeast || null;
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
