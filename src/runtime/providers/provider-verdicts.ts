/** What was found out about the execution providers of this machine, kept in LONGSIGHT_HOME/verdicts/providers.json until a driver changes. */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { verdictsFolder } from '../../models/home.ts';
import { writeAtomically } from '../../models/onnx/external-data.ts';
import { hasCode, storageFault } from '../../models/store/storage-faults.ts';
import type { Provider } from '../../protocol/providers.ts';
import { type ProviderOutcome, outcomeSchema } from './providers.ts';

const fileSchema = z.object({ fingerprint: z.string(), outcomes: z.record(z.string(), outcomeSchema) });

type Outcomes = Readonly<Record<string, ProviderOutcome>>;

/** By the provider's name; empty when nothing is known under these drivers. */
export async function readOutcomes(home: string, fingerprint: string): Promise<Outcomes> {
  try {
    const kept = fileSchema.parse(JSON.parse(await readFile(fileOf(home), 'utf8')));
    return kept.fingerprint === fingerprint ? kept.outcomes : {};
  } catch (error) {
    // What cannot be understood is from another version: the providers are tried again.
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError || error instanceof z.ZodError) return {};
    throw error;
  }
}

/** @throws LS2005, LS2006 when it cannot be written */
export async function writeOutcome(
  home: string,
  fingerprint: string,
  provider: Provider,
  outcome: ProviderOutcome,
): Promise<void> {
  try {
    await mkdir(verdictsFolder(home), { recursive: true });
    const outcomes = { ...(await readOutcomes(home, fingerprint)), [provider]: outcome };
    await writeAtomically(fileOf(home), `${JSON.stringify({ fingerprint, outcomes }, null, 2)}\n`);
  } catch (error) {
    throw storageFault(error, verdictsFolder(home)) ?? error;
  }
}

function fileOf(home: string): string {
  return path.join(verdictsFolder(home), 'providers.json');
}
