/** What the trial of reuse found about a model, kept in LONGSIGHT_HOME/verdicts by the key of its graphs: other weights are tried again. */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { verdictsFolder } from '../../models/home.ts';
import { writeAtomically } from '../../models/onnx/external-data.ts';
import { hasCode, storageFault } from '../../models/store/storage-faults.ts';

/** Of another version of the trial a verdict says nothing. */
const version = 1;

const formSchema = z.object({
  /** Share of tokens at which the model prefers what it prefers after a full prefill, each behind what that one wrote. */
  agreement: z.number(),
  /** Mean Kullback-Leibler divergence of the next token from a full prefill's, nats. */
  divergence: z.number(),
  /** The most that a logit was off. */
  off: z.number(),
});
const verdictSchema = z.object({
  /** Tokens that were compared. */
  tokens: z.int(),
  /** Keys and values that were kept coarsely on disk. */
  coarse: formSchema,
  /** Parts of the prompt before that were moved. */
  moved: formSchema,
  /** Chunks that were read apart and joined. */
  joined: formSchema,
});
const fileSchema = z.object({ version: z.int(), verdict: verdictSchema });

export type ReuseVerdict = z.infer<typeof verdictSchema>;
export type ReuseForm = 'coarse' | 'moved' | 'joined';

const fewestAgreeing = 0.95;

/** Whether a form of reuse is as good as a full prefill; one that was not tried is not. */
export function holds(verdict: ReuseVerdict | null | undefined, form: ReuseForm): boolean {
  return (verdict?.[form].agreement ?? 0) >= fewestAgreeing;
}

/** @param model key of its graphs @returns null before it was tried */
export async function readReuseVerdict(home: string, model: string): Promise<ReuseVerdict | null> {
  try {
    const kept = fileSchema.parse(JSON.parse(await readFile(fileOf(home, model), 'utf8')));
    return kept.version === version ? kept.verdict : null;
  } catch (error) {
    // What cannot be understood is from another version: it is tried again.
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

/** @throws LS2005, LS2006 when it cannot be written */
export async function keepReuseVerdict(home: string, model: string, verdict: ReuseVerdict): Promise<void> {
  try {
    await mkdir(verdictsFolder(home), { recursive: true });
    await writeAtomically(fileOf(home, model), `${JSON.stringify({ version, verdict }, null, 2)}\n`);
  } catch (error) {
    throw storageFault(error, verdictsFolder(home)) ?? error;
  }
}

function fileOf(home: string, model: string): string {
  return path.join(verdictsFolder(home), `${model}.reuse.json`);
}
