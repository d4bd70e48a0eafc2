/** What a model file on disk is, from its header alone: its architecture, its window, the files that belong to it. */
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { throwIfCancelled } from '../base/cancellation.ts';
import { LongsightError, fault } from '../base/errors.ts';
import type { ModelKind } from '../protocol/models.ts';
import { readGguf } from './gguf/reader.ts';
import { SafetensorsFile } from './safetensors/reader.ts';

export interface InspectedModel {
  readonly path: string;
  readonly format: 'gguf' | 'safetensors';
  readonly kind: ModelKind;
  readonly architecture: string;
  readonly displayName: string;
  /** Tokens; 0 when the file does not say. */
  readonly contextLength: number;
  readonly licence: string | null;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** Architectures that turn text into vectors; everything else is taken for a decoder. */
const embedders: ReadonlySet<string> = new Set(['bert', 'nomic-bert', 'jina-bert-v2']);

/** Headers are megabytes of vocabulary: what was read once is known while the file stays as it is. */
const known = new Map<string, { readonly stamp: string; readonly model: InspectedModel }>();

/** @throws LS2009 when there is no model, LS2301, LS2302, LS2031 when it is damaged */
export async function inspectModelFile(place: string, signal?: AbortSignal): Promise<InspectedModel> {
  throwIfCancelled(signal);
  let information;
  try {
    information = await stat(place);
  } catch (error) {
    throw fault('LS2009', place, error);
  }
  const stamp = `${String(information.size)} ${String(information.mtimeMs)}`;
  const before = known.get(place);
  if (before?.stamp === stamp) return before.model;
  const model = information.isDirectory() ? await inspectFolder(place) : await inspectGguf(place);
  known.set(place, { stamp, model });
  return model;
}

async function inspectGguf(file: string): Promise<InspectedModel> {
  const gguf = await readGguf(file);
  const text = (key: string): string | undefined => {
    const value = gguf.metadata.get(key);
    return typeof value === 'string' && value.length > 0 ? value : undefined;
  };
  const architecture = text('general.architecture') ?? 'unknown';
  const context = gguf.metadata.get(`${architecture}.context_length`);
  return {
    path: file,
    format: 'gguf',
    kind: embedders.has(architecture) ? 'embedder' : 'decoder',
    architecture,
    displayName: text('general.name') ?? path.basename(file).replace(/\.gguf$/i, ''),
    contextLength: typeof context === 'number' && Number.isInteger(context) ? context : 0,
    licence: text('general.license') ?? null,
    files: [{ path: file, size: gguf.size }],
  };
}

const configuration = z.looseObject({
  model_type: z.string(),
  max_position_embeddings: z.int().nonnegative().default(0),
});

async function inspectFolder(folder: string): Promise<InspectedModel> {
  const names = await readdir(folder);
  const weights = names.filter((name) => name.endsWith('.safetensors')).sort();
  if (!names.includes('config.json') || weights.length === 0) throw fault('LS2009', folder);
  let config: z.infer<typeof configuration>;
  try {
    config = configuration.parse(JSON.parse(await readFile(path.join(folder, 'config.json'), 'utf8')));
  } catch (error) {
    if (error instanceof LongsightError) throw error;
    throw fault('LS2009', path.join(folder, 'config.json'), error);
  }
  for (const name of weights) await (await SafetensorsFile.open(path.join(folder, name))).close();
  const belonging = [
    ...weights,
    ...names.filter(
      (name) =>
        /^(config|tokenizer|tokenizer_config|generation_config)\.json$/.test(name) || name.endsWith('.index.json'),
    ),
  ];
  return {
    path: folder,
    format: 'safetensors',
    kind: embedders.has(config.model_type) ? 'embedder' : 'decoder',
    architecture: config.model_type,
    displayName: path.basename(folder),
    contextLength: config.max_position_embeddings,
    licence: null,
    files: await Promise.all(
      belonging.map(async (name) => ({
        path: path.join(folder, name),
        size: (await stat(path.join(folder, name))).size,
      })),
    ),
  };
}
