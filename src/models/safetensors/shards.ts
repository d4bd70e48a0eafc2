/**
 * Finds the weight files of a safetensors model: one file, or the shards that `model.safetensors.index.json` names
 * (Hugging Face's layout: `weight_map` gives the shard of each tensor).
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { throwIfCancelled } from '../../base/cancellation.ts';
import { LongsightError, fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import { UnusableJson, readJsonFile } from '../json-file.ts';
import { shownName } from '../shown-name.ts';
import { type SafetensorsHeader, readSafetensors } from './reader.ts';

export interface Shards {
  /** Where config.json and the tokenizer lie, if they are there. */
  readonly folder: string;
  readonly headers: readonly SafetensorsHeader[];
  /** config.json, or null when the folder has none. */
  readonly config: Readonly<Record<string, unknown>> | null;
}

const indexSuffix = '.safetensors.index.json';
const shardName = /^(.*)-\d{5}-of-\d{5}\.safetensors$/;
const maxShards = 4096;

/** Names without folders: an index leads nowhere but into its own folder. */
const fileName = z.string().regex(/^[^/\\\0]{1,255}\.safetensors$/);
const indexSchema = z.object({ weight_map: z.record(z.string(), fileName) });
const configSchema = z.record(z.string(), z.unknown());

/**
 * @param place a weight file, an index file, or the folder of a model
 * @throws LS2009 when there are no weights, LS2031 when a file is damaged, LS2305 when the shards do not fit the index
 */
export async function readShards(place: string, signal?: AbortSignal): Promise<Shards> {
  const isFolder = (await stat(place)).isDirectory();
  const folder = isFolder ? place : path.dirname(place);
  const index = isFolder ? await indexIn(folder) : await indexOf(place);
  const headers = index === null ? [await readSafetensors(await onlyFile(place, isFolder))] : await read(index, signal);
  return { folder, headers, config: await readConfig(folder) };
}

/** The index a folder's model has, if it has one; a whole `model.safetensors` goes before it. */
async function indexIn(folder: string): Promise<string | null> {
  const names = await readdir(folder);
  if (names.includes('model.safetensors')) return null;
  const indexes = names.filter((name) => name.endsWith(indexSuffix)).sort();
  const chosen = indexes.find((name) => name === `model${indexSuffix}`) ?? indexes[0];
  return chosen === undefined ? null : path.join(folder, chosen);
}

/** The index that a file is, or that a shard belongs to. */
async function indexOf(file: string): Promise<string | null> {
  if (file.endsWith(indexSuffix)) return file;
  const [, prefix] = shardName.exec(path.basename(file)) ?? [];
  if (prefix === undefined) return null;
  const index = path.join(path.dirname(file), `${prefix}${indexSuffix}`);
  return (await stat(index).catch(() => null)) === null ? null : index;
}

async function onlyFile(place: string, isFolder: boolean): Promise<string> {
  if (!isFolder) return place;
  const names = (await readdir(place)).filter((name) => name.endsWith('.safetensors')).sort();
  const chosen = names.find((name) => name === 'model.safetensors') ?? names[0];
  if (chosen === undefined) throw fault('LS2009', place);
  if (chosen !== 'model.safetensors' && names.length > 1)
    throw fault('LS2305', say('{0} has {1} weight files and no index of them', place, String(names.length)));
  return path.join(place, chosen);
}

async function read(index: string, signal?: AbortSignal): Promise<SafetensorsHeader[]> {
  const parsed = indexSchema.safeParse(await json(index, 'LS2031'));
  if (!parsed.success) throw fault('LS2031', say('{0} (it is not an index of weight files)', index), parsed.error);
  const shardOf = new Map(Object.entries(parsed.data.weight_map));
  const names = [...new Set(shardOf.values())].sort();
  if (names.length === 0 || names.length > maxShards)
    throw fault('LS2031', say('{0} (it names {1} weight files)', index, String(names.length)));
  const headers: SafetensorsHeader[] = [];
  for (const name of names) {
    throwIfCancelled(signal);
    const header = await shard(path.join(path.dirname(index), name));
    // A shard may hold more than the index takes from it, such as tables that are computed nowadays.
    const tensors = new Map([...header.tensors].filter(([tensor]) => shardOf.get(tensor) === name));
    headers.push({ ...header, tensors });
  }
  const missing = [...shardOf.keys()].find((tensor) => !headers.some(({ tensors }) => tensors.has(tensor)));
  if (missing !== undefined)
    throw fault('LS2305', say('{0} is not in the file in which the index puts it', shownName(missing)));
  return headers;
}

async function shard(file: string): Promise<SafetensorsHeader> {
  try {
    return await readSafetensors(file);
  } catch (error) {
    if (error instanceof LongsightError && error.userError.code === 'LS2009')
      throw fault('LS2305', say('{0} is missing or cannot be read', file), error);
    throw error;
  }
}

async function readConfig(folder: string): Promise<Readonly<Record<string, unknown>> | null> {
  const file = path.join(folder, 'config.json');
  if ((await stat(file).catch(() => null)) === null) return null;
  const parsed = configSchema.safeParse(await json(file, 'LS2009'));
  if (!parsed.success) throw fault('LS2009', say('{0} (it is not an object)', file), parsed.error);
  return parsed.data;
}

async function json(file: string, code: 'LS2009' | 'LS2031'): Promise<unknown> {
  try {
    return await readJsonFile(file);
  } catch (error) {
    throw fault(code, `${file} (${error instanceof UnusableJson ? error.message : 'it cannot be read'})`, error);
  }
}
