/**
 * The runnable form of an embedder: our int8 graph, built once from safetensors to `LONGSIGHT_HOME/graphs/embedder-<key>/`,
 * or an ONNX file that a source delivered ready made.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { throwIfCancelled } from '../../base/cancellation.ts';
import { fault } from '../../base/errors.ts';
import { graphsFolder } from '../home.ts';
import { openModelFile, openTensors } from '../model-file.ts';
import { isSealed, writeSealed } from '../graph-cache/seals.ts';
import type { ResolvedModel } from '../store.ts';
import { storageFault } from '../store/storage-faults.ts';
import { type BertBytes, type BertConfiguration, bertBuilderVersion, buildBert } from './bert.ts';

/** `unit-vector`: ids in, the pooled and normalised vector out. `hidden-states`: BERT's three inputs, a row a token out. */
export type EmbedderGraphForm = 'unit-vector' | 'hidden-states';

export interface PreparedEmbedder {
  /** Model and form: vectors of different ids must not be compared. */
  readonly id: string;
  /** Absolute path of the `.onnx` file. */
  readonly graph: string;
  readonly form: EmbedderGraphForm;
  /** Absolute path of the tokenizer.json. */
  readonly tokenizer: string;
  /** Tokens, special ones included. */
  readonly maxTokens: number;
}

const configurationSchema = z.looseObject({
  num_hidden_layers: z.int().positive().max(128),
  num_attention_heads: z.int().positive().max(256),
  hidden_size: z.int().positive().max(65_536),
  intermediate_size: z
    .int()
    .positive()
    .max(1 << 20),
  max_position_embeddings: z
    .int()
    .positive()
    .max(1 << 20),
  layer_norm_eps: z.number().positive(),
});

/**
 * @param bytes how this processor multiplies them whole; the vectors are the same
 * @throws LS2013 when a file of the model is missing, LS2031 when it is damaged, LS2005, LS2006 when the graph cannot be written
 */
export async function prepareEmbedder(
  model: ResolvedModel,
  home: string,
  bytes: BertBytes,
  signal?: AbortSignal,
): Promise<PreparedEmbedder> {
  const tokenizer = requireFile(model, 'tokenizer.json');
  const shared = { tokenizer, maxTokens: model.contextLength };
  if (model.format === 'onnx') {
    const id = `${model.id}/onnx-${(model.sha256 ?? '').slice(0, 8)}`;
    return { ...shared, id, graph: model.weights, form: 'hidden-states' };
  }
  const version = `int8-v${String(bertBuilderVersion)}`;
  const key = createHash('sha256')
    .update(JSON.stringify([version, bytes, model.sha256 ?? (await stampOf(model.weights))]))
    .digest('hex')
    .slice(0, 24);
  const graph = path.join(graphsFolder(home), `embedder-${key}`, 'model.onnx');
  if (!(await isSealed(graph))) await build(model, graph, bytes, signal);
  return { ...shared, id: `${model.id}/${version}`, graph, form: 'unit-vector' };
}

/** Two processes may build the same graph at once: both write the same bytes and rename, so either result is whole. */
async function build(
  model: ResolvedModel,
  graph: string,
  bytes: BertBytes,
  signal: AbortSignal | undefined,
): Promise<void> {
  const configuration = await readConfiguration(requireFile(model, 'config.json'));
  const file = await openModelFile(model.weights, signal);
  const source = openTensors(file);
  try {
    const built = await buildBert({ file, source }, configuration, bytes);
    throwIfCancelled(signal);
    await mkdir(path.dirname(graph), { recursive: true });
    await writeSealed(graph, built);
  } catch (error) {
    throw storageFault(error, path.dirname(graph)) ?? error;
  } finally {
    await source.close();
  }
}

async function readConfiguration(file: string): Promise<BertConfiguration> {
  let parsed: z.infer<typeof configurationSchema>;
  try {
    parsed = configurationSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw fault('LS2009', file, error);
  }
  return {
    layers: parsed.num_hidden_layers,
    heads: parsed.num_attention_heads,
    hidden: parsed.hidden_size,
    intermediate: parsed.intermediate_size,
    positions: parsed.max_position_embeddings,
    epsilon: parsed.layer_norm_eps,
  };
}

function requireFile(model: ResolvedModel, name: string): string {
  const file = model.files[name];
  if (file === undefined) throw fault('LS2013', model.id, `there is no ${name}`);
  return file;
}

async function stampOf(file: string): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  return `${String(size)} ${String(mtimeMs)}`;
}
