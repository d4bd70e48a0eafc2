/** What a model on disk is, from its headers alone: its architecture, its window, the files that belong to it. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { throwIfCancelled } from '../base/cancellation.ts';
import { fault } from '../base/errors.ts';
import type { ModelKind } from '../protocol/models.ts';
import { openWholeModel } from './adapters.ts';
import { Settings } from './description/settings.ts';
import type { ModelFile } from './model-file.ts';

export interface InspectedModel {
  readonly path: string;
  readonly format: 'gguf' | 'safetensors';
  readonly kind: ModelKind;
  readonly architecture: string;
  readonly displayName: string;
  /** Tokens; 0 when the file does not say. */
  readonly contextLength: number;
  readonly licence: string | null;
  /** Weights first. */
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** Architectures that turn text into vectors; everything else is taken for a decoder. */
const embedders: ReadonlySet<string> = new Set(['bert', 'nomic-bert', 'jina-bert-v2']);

/** Headers are megabytes of vocabulary: what was read once is known while its files stay as they are. */
const known = new Map<string, { readonly stamp: string; readonly model: InspectedModel }>();

/** @throws LS2009 when there is no model, LS2014 for an adapter, LS2301, LS2302, LS2031, LS2305 when it is damaged */
export async function inspectModelFile(place: string, signal?: AbortSignal): Promise<InspectedModel> {
  throwIfCancelled(signal);
  try {
    await stat(place);
  } catch (error) {
    throw fault('LS2009', place, error);
  }
  const before = known.get(place);
  if (before && (await stampOf(before.model)) === before.stamp) return before.model;
  const file = await openWholeModel(place, signal);
  const model = file.format === 'gguf' ? describeGguf(file) : await describeSafetensors(file);
  known.set(place, { stamp: await stampOf(model), model });
  return model;
}

async function stampOf({ path: place, files }: InspectedModel): Promise<string> {
  const stamps = [place, ...files.map((file) => file.path)].map(async (file) => {
    const { size, mtimeMs } = await stat(file);
    return `${String(size)} ${String(mtimeMs)}`;
  });
  return (await Promise.allSettled(stamps)).map((s) => (s.status === 'fulfilled' ? s.value : 'missing')).join();
}

function describeGguf(file: ModelFile): InspectedModel {
  const text = (key: string): string | undefined => {
    const value = file.metadata.get(key);
    return typeof value === 'string' && value.length > 0 ? value : undefined;
  };
  const architecture = text('general.architecture') ?? 'unknown';
  return {
    path: file.path,
    format: 'gguf',
    kind: embedders.has(architecture) ? 'embedder' : 'decoder',
    architecture,
    displayName: text('general.name') ?? withoutPart(path.basename(file.path)).replace(/\.gguf$/i, ''),
    contextLength: tokens(file.metadata.get(`${architecture}.context_length`)),
    licence: text('general.license') ?? null,
    files: file.parts,
  };
}

/** A file's name without the number that a part of a split model carries. */
export function withoutPart(name: string): string {
  return name.replace(/-\d{5}-of-\d{5}(?=\.(gguf|safetensors)$)/i, '');
}

/** What else belongs to a model of Hugging Face's layout, beside the weights. */
const belonging =
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map)\.json$|^tokenizer\.model$|^chat_template\.(jinja|json)$|\.safetensors\.index\.json$/;

/** @throws LS2009 without a config.json, LS2304 when that does not name the architecture */
async function describeSafetensors(file: ModelFile): Promise<InspectedModel> {
  const { config, folder } = file;
  if (!config) throw fault('LS2009', path.join(folder, 'config.json'));
  const settings = new Settings(file);
  const { architecture } = settings;
  const names = (await readdir(folder)).filter((name) => belonging.test(name)).sort();
  const others = names.map((name) => path.join(folder, name));
  return {
    path: file.path,
    format: 'safetensors',
    kind: embedders.has(architecture) ? 'embedder' : 'decoder',
    architecture,
    displayName: path.basename(folder),
    contextLength: tokens(settings.stated('contextLength')),
    licence: null,
    files: [
      ...file.parts,
      ...(await Promise.all(others.map(async (name) => ({ path: name, size: (await stat(name)).size })))),
    ],
  };
}

function tokens(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
