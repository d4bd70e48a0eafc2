/**
 * What was measured once about a processor, kept in LONGSIGHT_HOME/verdicts/processor.json by the processor: one home may be used from
 * several machines, and move between them.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { arch, cpus } from 'node:os';
import path from 'node:path';
import { env } from '../onnxruntime.ts';
import { z } from 'zod';
import { verdictsFolder } from '../../models/home.ts';
import { writeAtomically } from '../../models/onnx/external-data.ts';
import { storageFault } from '../../models/store/storage-faults.ts';

const verdictSchema = z.object({ digits: z.boolean() });
const fileSchema = z.object({ processors: z.record(z.string(), verdictSchema) });

/** Whether many rows are multiplied in whole numbers. */
export type ProcessorVerdict = z.infer<typeof verdictSchema>;

/** Processors that are remembered; those that were written longest ago go first. */
const remembered = 16;

/**
 * Extensions that decide which kernels ONNX Runtime has. Virtual machines of one model differ in them.
 */
const extensions = /^(avx2|avx_vnni|avx512f|avx512bw|avx512_vnni|amx_int8|asimddp|i8mm|sve|bf16)$/;

/** A processor as far as it matters to speed. */
export async function processorName(threads: number): Promise<string> {
  const model = cpus()[0]?.model.trim() ?? arch();
  const names = [...(await namedExtensions()), `${String(threads)} threads`, `ONNX Runtime ${env.versions.node ?? ''}`];
  return [model, ...names].join(', ');
}

/** Only Linux tells them in a file; elsewhere the model says enough. */
async function namedExtensions(): Promise<readonly string[]> {
  try {
    const [, flags = ''] = /^(?:flags|Features)\s*:(.*)$/m.exec(await readFile('/proc/cpuinfo', 'utf8')) ?? [];
    return flags.split(/\s+/).filter((flag) => extensions.test(flag));
  } catch {
    return [];
  }
}

/** @returns null where nothing is known of this processor */
export async function readVerdict(home: string, processor: string): Promise<ProcessorVerdict | null> {
  return (await readAll(home))[processor] ?? null;
}

/** @throws LS2005, LS2006 when it cannot be written */
export async function writeVerdict(home: string, processor: string, verdict: ProcessorVerdict): Promise<void> {
  try {
    await mkdir(verdictsFolder(home), { recursive: true });
    const others = Object.entries(await readAll(home)).filter(([name]) => name !== processor);
    const processors = Object.fromEntries([...others.slice(1 - remembered), [processor, verdict]]);
    await writeAtomically(fileOf(home), `${JSON.stringify({ processors }, null, 2)}\n`);
  } catch (error) {
    throw storageFault(error, verdictsFolder(home)) ?? error;
  }
}

async function readAll(home: string): Promise<Readonly<Record<string, ProcessorVerdict>>> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(fileOf(home), 'utf8'))).processors;
  } catch {
    // Not there, or from another version: measured again.
    return {};
  }
}

function fileOf(home: string): string {
  return path.join(verdictsFolder(home), 'processor.json');
}
