/**
 * Adapters (LoRA and its kin) are not applied, and that is said: an adapter alone is no model, and a base model without the adapter
 * that its folder or manifest names would be another model than the one that was asked for.
 */
import { say } from '../base/sentences.ts';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fault } from '../base/errors.ts';
import { type ModelFile, openModelFile } from './model-file.ts';
import { hasCode } from './store/storage-faults.ts';

/** PEFT's file beside the weights of an adapter. */
const peftConfig = 'adapter_config.json';
const peftWeights = /^adapter_model\.(?:safetensors|bin)$/;

/** Under an entry of the list. */
export const adapterNotApplied = say('Its adapter is not applied, and without it the model would be a different one.');

/** @throws LS2014 for an adapter, and for a folder whose model is meant to be run with one; what {@link openModelFile} throws */
export async function openWholeModel(place: string, signal?: AbortSignal): Promise<ModelFile> {
  const beside = await namesBeside(place);
  const isPeft = beside.has(peftConfig);
  // Without weights that are read here it is an adapter all the same.
  if (isPeft && ![...beside].some(isWeights)) throw fault('LS2014', say('{0} is an adapter alone', place));
  const file = await openModelFile(place, signal);
  if (file.metadata.get('general.type') === 'adapter') throw fault('LS2014', say('{0} is an adapter alone', place));
  if (isPeft && file.parts.every((part) => peftWeights.test(path.basename(part.path))))
    throw fault('LS2014', say('{0} is an adapter alone', place));
  // Who names a file of weights means that file.
  const isFolder = path.resolve(place) === path.resolve(file.folder);
  if (isPeft && isFolder && [...beside].some((name) => peftWeights.test(name)))
    throw fault('LS2014', say('{0} contains a model with an adapter', place));
  return file;
}

function isWeights(name: string): boolean {
  return /\.(?:safetensors|gguf)$/i.test(name);
}

async function namesBeside(place: string): Promise<ReadonlySet<string>> {
  for (const folder of [place, path.dirname(place)])
    try {
      return new Set(await readdir(folder));
    } catch (error) {
      if (!hasCode(error, 'ENOTDIR')) throw fault('LS2302', say('{0} (it cannot be opened)', place), error);
    }
  return new Set();
}
