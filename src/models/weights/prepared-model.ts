/**
 * The runnable form of a model file: a folder of graphs over one weights file, in the cache of graphs.
 *
 * The folder holds `weights.bin`, `weights.json` (what lies where in it), and one `.onnx` a graph, of which the usual ones are
 * written at once and the others when they are first needed; `columns.bin` and `columns.json` where prompts are computed in whole
 * numbers (column-bytes.ts).
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { throwIfCancelled } from '../../base/cancellation.ts';
import type { Logger } from '../../base/logging.ts';
import { requireComputable } from '../gguf/dequantize.ts';
import { type OpenGraphs, openGraphs } from '../graph-cache/graph-cache.ts';
import { descriptorFile, weightsFile } from '../graph-cache/manifest.ts';
import { graphsFolder } from '../home.ts';
import { type ModelFile, contentFiles, openModelFile, openTensors } from '../model-file.ts';
import { isSealed, writeSealed } from '../graph-cache/seals.ts';
import { ExternalDataFile, writeAtomically } from '../onnx/external-data.ts';
import { storageFault } from '../store/storage-faults.ts';
import { type GraphSpec, graphName } from '../graphs/graph-spec.ts';
import { roundsFloats } from '../graphs/byte-blocks.ts';
import { blockCoding } from '../graphs/byte-blocks.ts';
import { columnBytes } from '../graphs/column-bytes.ts';
import { decoderGraph } from '../graphs/decoder-graph.ts';
import { type DecoderWeights, matricesOfManyRows, writeDecoderWeights } from './decoder-weights.ts';
import type { Hyperparameters } from '../description/hyperparameters.ts';
import { type ModelDescription, describeModel } from '../description/model-description.ts';
import { graphWeightBytes } from './weight-sizes.ts';
import { WeightWriter } from './weights.ts';

/** Raise it whenever the graphs or the weights' layout change. */
const builderVersion = 10;

/** The graphs that nearly every session opens. */
const usualGraphs: readonly GraphSpec[] = [
  { form: 'prefill', accuracy: 0, cache: 'f32' },
  { form: 'decode', accuracy: 4, cache: 'f32' },
  { form: 'stream', accuracy: 0, cache: 'f32' },
];

/** A model whose graphs are kept while it is not disposed of, at the latest until the process ends. */
export interface PreparedModel extends OpenGraphs {
  readonly hyperparameters: Hyperparameters;
  /** Whether weights are computed with as they stand in the file, none of them in blocks of few bits. */
  readonly isExact: boolean;
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
  const { home, logger, onProgress, signal } = options;
  const file = await openModelFile(options.file, signal);
  const data = openTensors(file);
  try {
    const description = await describeModel(file, data);
    const { hyperparameters } = description;
    const rounds = roundsFloats(file.tensors.values());
    requireComputable([...file.tensors.values()].map((tensor) => tensor.type));
    const graphs = await openGraphs({
      home,
      builderVersion,
      sources: contentFiles(file),
      expectedBytes: expectedBytes(file, rounds),
      build: (folder) => {
        if (rounds) logger.info({ model: file.path }, 'its 16-bit weights are rounded to 8-bit blocks');
        const onBytes = (done: number): void => {
          throwIfCancelled(signal);
          onProgress?.(done, file.size);
        };
        return writeGraphs(folder, description, (out) => new WeightWriter(data, out, onBytes, rounds));
      },
      logger,
      ...(signal && { signal }),
    });
    return { ...graphs, hyperparameters, isExact: isExact(file), file };
  } catch (error) {
    throw storageFault(error, graphsFolder(home)) ?? error;
  } finally {
    await data.close();
  }
}

/** Whether the weights are computed with as the file has them, in float32. */
function isExact({ tensors }: ModelFile): boolean {
  return !roundsFloats(tensors.values()) && [...tensors.values()].every(({ type }) => type.block === 1);
}

/** What a model would be once it is prepared, as far as memory goes, from its header alone. */
export type PreparedSizes = Pick<PreparedModel, 'hyperparameters' | 'weightBytes' | 'isExact'>;

/** @throws LS2301, LS2302 for a bad file; LS2303, LS2304 for one that cannot be run */
export async function preparedSizes(place: string, signal?: AbortSignal): Promise<PreparedSizes> {
  const file = await openModelFile(place, signal);
  const data = openTensors(file);
  try {
    const description = await describeModel(file, data);
    requireComputable([...file.tensors.values()].map((tensor) => tensor.type));
    const weightBytes = await graphWeightBytes(description, roundsFloats(file.tensors.values()));
    return { hyperparameters: description.hyperparameters, weightBytes, isExact: isExact(file) };
  } finally {
    await data.close();
  }
}

/**
 * Makes what graphs of the accuracy `digits` are computed with, where it is not there yet.
 * @param onProgress told how much is done and of how much, and may throw to stop
 * @throws LS2005, LS2006 when it cannot be written
 */
export async function prepareDigits(
  { folder }: Pick<PreparedModel, 'folder'>,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  try {
    await columnBytes(folder, matricesOfManyRows(await readWeights(folder)), onProgress);
  } catch (error) {
    throw storageFault(error, folder) ?? error;
  }
}

/** Written by us at the end of the build, and the folder counts as whole only with it. */
async function readWeights(folder: string): Promise<DecoderWeights> {
  return JSON.parse(await readFile(path.join(folder, descriptorFile), 'utf8')) as DecoderWeights;
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
  if (await isSealed(file)) return file;
  const weights = await readWeights(folder);
  try {
    const columns = spec.accuracy === 'digits' ? await columnBytes(folder, matricesOfManyRows(weights)) : {};
    await writeSealed(file, decoderGraph(spec, hyperparameters, weights, columns));
  } catch (error) {
    throw storageFault(error, folder) ?? error;
  }
  return file;
}

async function writeGraphs(
  folder: string,
  description: ModelDescription,
  writerTo: (out: ExternalDataFile) => WeightWriter,
): Promise<number> {
  const out = await ExternalDataFile.create(path.join(folder, weightsFile));
  try {
    const weights = await writeDecoderWeights(description, writerTo(out));
    for (const spec of usualGraphs)
      await writeSealed(
        path.join(folder, `${graphName(spec)}.onnx`),
        decoderGraph(spec, description.hyperparameters, weights),
      );
    await writeAtomically(path.join(folder, descriptorFile), JSON.stringify(weights));
    await out.commit();
    return out.size;
  } finally {
    await out.dispose();
  }
}

/**
 * Of the weights and a little more: q in 4 or 8 bits, a float32 scale and correction a block, the embedding once again in 8 bits,
 * everything that is not in blocks in float32.
 */
function expectedBytes({ tensors }: ModelFile, rounds: boolean): number {
  let bytes = 16_000_000;
  for (const tensor of tensors.values()) {
    const elements = tensor.shape.reduce((a, b) => a * b, 1);
    const layout = blockCoding(tensor, rounds)?.layout;
    const perBlock = layout ? (layout.hasMinimum ? 8 : 4) / layout.block : 0;
    // Matrices may come once more, a byte an element (column-bytes.ts).
    bytes += elements * (layout ? layout.bits / 8 + perBlock + 1 : 4);
    if (layout && /embd|embed|wte/.test(tensor.name)) bytes += elements * (1 + perBlock);
  }
  return bytes;
}
