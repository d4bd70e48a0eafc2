/**
 * The runnable form of a model file: a folder of graphs over one weights file, built once and found again by what the file is.
 *
 * `LONGSIGHT_HOME/graphs/<key>/`: `weights.bin`, `weights.json` (what lies where in it), `model.json`, and one `.onnx` a graph, of which
 * the usual ones are written at once and the others when they are first needed. The key is made of the builder's version
 * and the file's size, time and samples of its content, so that a change of either builds anew. The folder is built aside and
 * renamed under a lock between processes, so it is whole or not there; whoever comes second waits and finds it.
 */
import { createHash } from 'node:crypto';
import { access, mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { throwIfCancelled } from '../../base/cancellation.ts';
import type { Logger } from '../../base/logging.ts';
import { requireComputable } from '../gguf/dequantize.ts';
import { graphsFolder } from '../home.ts';
import { type ModelFile, type TensorSource, openModelFile, openTensors } from '../model-file.ts';
import { ExternalDataFile, writeAtomically } from '../onnx/external-data.ts';
import { acquireLock } from '../store/lock.ts';
import { requireSpace, storageFault } from '../store/storage-faults.ts';
import { type GraphSpec, graphName } from './graph-spec.ts';
import { type Hyperparameters, readHyperparameters } from './hyperparameters.ts';
import { type LlamaWeights, llamaGraph, writeLlamaWeights } from './llama.ts';
import { WeightWriter } from './weights.ts';

/** Raise it whenever the graphs or the weights' layout change. */
const builderVersion = 2;

/** The graphs that nearly every session opens. */
const usualGraphs: readonly GraphSpec[] = [
  { form: 'prefill', accuracy: 0, cache: 'f32' },
  { form: 'decode', accuracy: 4, cache: 'f32' },
  { form: 'stream', accuracy: 0, cache: 'f32' },
];

const weightsFile = 'weights.bin';
const descriptorFile = 'weights.json';

export interface PreparedModel {
  /** Folder of the graphs. */
  readonly folder: string;
  readonly hyperparameters: Hyperparameters;
  /** Bytes of the weights file. */
  readonly weightBytes: number;
  /** The model's files, of which a GGUF file's metadata hold the tokenizer and the chat template. */
  readonly file: ModelFile;
}

export interface PrepareOptions {
  readonly file: string;
  /** LONGSIGHT_HOME. */
  readonly home: string;
  readonly logger: Logger;
  /** Bytes of the file that are done, and in all; only called when there is something to build. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Finds or builds the graphs of a model file.
 * @throws LS2301, LS2302 for a bad file; LS2303, LS2304 for one that cannot be run; LS2005, LS2006 when the graphs cannot be written
 */
export async function prepareModel(options: PrepareOptions): Promise<PreparedModel> {
  const file = await openModelFile(options.file, options.signal);
  const data = openTensors(file);
  try {
    const divisors = file.tensors.get('rope_freqs.weight');
    const hyperparameters = readHyperparameters(file, divisors ? [...(await data.floats(divisors))] : null);
    requireComputable([...file.tensors.values()].map((tensor) => tensor.type));
    const folder = path.join(graphsFolder(options.home), await keyOf(file));
    const weightBytes = (await readManifest(folder)) ?? (await build(folder, file, data, hyperparameters, options));
    return { folder, hyperparameters, weightBytes, file };
  } catch (error) {
    throw storageFault(error, graphsFolder(options.home)) ?? error;
  } finally {
    await data.close();
  }
}

/**
 * The path of a graph's `.onnx` file, which is written first when it was never needed before.
 * @throws LS2005, LS2006 when it cannot be written
 */
export async function graphFile(
  { folder, hyperparameters }: Pick<PreparedModel, 'folder' | 'hyperparameters'>,
  spec: GraphSpec,
): Promise<string> {
  const file = path.join(folder, `${graphName(spec)}.onnx`);
  try {
    await access(file);
  } catch {
    // Written by us at the end of the build, and the folder counts as whole only with it.
    const weights = JSON.parse(await readFile(path.join(folder, descriptorFile), 'utf8')) as LlamaWeights;
    try {
      await writeAtomically(file, llamaGraph(spec, hyperparameters, weights));
    } catch (error) {
      throw storageFault(error, folder) ?? error;
    }
  }
  return file;
}

async function build(
  folder: string,
  file: ModelFile,
  data: TensorSource,
  hyperparameters: Hyperparameters,
  { logger, onProgress, signal }: PrepareOptions,
): Promise<number> {
  const graphs = path.dirname(folder);
  await mkdir(graphs, { recursive: true });
  const lock = await acquireLock(path.join(graphs, 'build.lock'), Number.POSITIVE_INFINITY, signal);
  const partial = `${folder}.partial`;
  const started = performance.now();
  try {
    const made = await readManifest(folder);
    if (made !== null) return made;
    await removeLeftovers(graphs, file.path);
    // The graphs of a quantised model are about as large as its file.
    await requireSpace(graphs, file.size * spaceFactor);
    await mkdir(partial);
    const weightBytes = await writeGraphs(partial, file, data, hyperparameters, (done) => {
      throwIfCancelled(signal);
      onProgress?.(done, file.size);
    });
    await writeAtomically(
      path.join(partial, 'model.json'),
      JSON.stringify({ builderVersion, source: file.path, weightBytes }),
    );
    // A folder without its manifest is one that was never finished.
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
    logger.info({ folder, weightBytes, ms: Math.round(performance.now() - started) }, 'built the graphs of a decoder');
    return weightBytes;
  } finally {
    await rm(partial, { recursive: true, force: true });
    lock?.dispose();
  }
}

async function writeGraphs(
  folder: string,
  file: ModelFile,
  data: TensorSource,
  h: Hyperparameters,
  onBytes: (done: number) => void,
): Promise<number> {
  const out = await ExternalDataFile.create(path.join(folder, weightsFile));
  try {
    const weights = await writeLlamaWeights(file, h, new WeightWriter(data, out, onBytes));
    for (const spec of usualGraphs)
      await writeAtomically(path.join(folder, `${graphName(spec)}.onnx`), llamaGraph(spec, h, weights));
    await writeAtomically(path.join(folder, descriptorFile), JSON.stringify(weights));
    await out.commit();
    return out.size;
  } finally {
    await out.dispose();
  }
}

const manifestSchema = z.object({ builderVersion: z.int(), source: z.string(), weightBytes: z.int() });

/** Size of the weights of a finished folder; null when it is not there, not whole or not of this builder. */
async function readManifest(folder: string): Promise<number | null> {
  const manifest = await manifestOf(folder);
  if (manifest?.builderVersion !== builderVersion) return null;
  try {
    await access(path.join(folder, descriptorFile));
    const { size } = await stat(path.join(folder, weightsFile));
    return size === manifest.weightBytes ? size : null;
  } catch {
    // Somebody tidied up in the cache: what is missing is built again.
    return null;
  }
}

async function manifestOf(folder: string): Promise<z.infer<typeof manifestSchema> | null> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(path.join(folder, 'model.json'), 'utf8')));
  } catch {
    // Not there, or not ours: in both cases it has to be built.
    return null;
  }
}

/** Removes what dead processes left half-built, and graphs of earlier states of the same file; called under the lock. */
async function removeLeftovers(graphs: string, source: string): Promise<void> {
  for (const entry of await readdir(graphs, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const folder = path.join(graphs, entry.name);
    if (entry.name.endsWith('.partial') || (await manifestOf(folder))?.source === source)
      await rm(folder, { recursive: true, force: true });
  }
}

/** 5-bit weights take 8 bits in the graph, embeddings with minimums a copy. */
const spaceFactor = 1.3;

const samples = 64;
const sampleBytes = 64 * 1024;

async function keyOf(file: ModelFile): Promise<string> {
  const hash = createHash('sha256').update(`builder ${String(builderVersion)}, ${String(file.size)} bytes`);
  const handle = await open(file.path, 'r');
  try {
    hash.update(String((await handle.stat()).mtimeMs));
    const step = Math.max(sampleBytes, Math.floor(file.size / samples));
    const buffer = new Uint8Array(sampleBytes);
    for (let at = 0; at < file.size; at += step) {
      const { bytesRead } = await handle.read(buffer, 0, sampleBytes, at);
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
  return hash.digest('hex').slice(0, 32);
}
