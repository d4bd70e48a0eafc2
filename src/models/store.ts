/**
 * The models on this machine: the catalogue's, the user's own files, and those Ollama and LM Studio keep. Lists, gets,
 * imports, removes, and turns what a user calls a model into files.
 */
import { copyFile, lstat, mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { throwIfCancelled } from '../base/cancellation.ts';
import { LongsightError, fault } from '../base/errors.ts';
import { say } from '../base/sentences.ts';
import type { ModelKind, ModelListing } from '../protocol/models.ts';
import { runsArchitecture } from './architecture-support.ts';
import { type CatalogueEntry, entryCalled, readCatalogue } from './catalogue.ts';
import { type DownloadOptions, downloadModel, downloadsFolder, lockModel } from './download.ts';
import { modelsFolder } from './home.ts';
import { type InspectedModel, inspectModelFile, withoutPart } from './inspect-model.ts';
import { foundListing, importedListing, support } from './listing.ts';
import { type Manifest, pathOf, readManifest, writeManifest } from './store/manifest.ts';
import { requireSpace, storageFault } from './store/storage-faults.ts';
import { type StoreOptions, survey } from './survey.ts';

/** A model as the runtime needs it: what it is and where its files lie. */
export interface ResolvedModel {
  readonly id: string;
  readonly displayName: string;
  readonly kind: ModelKind;
  readonly origin: ModelListing['origin'];
  readonly architecture: string;
  /** Tokens. */
  readonly contextLength: number;
  /** The catalogue's Jinja template in place of the file's own, or null. */
  readonly chatTemplate: string | null;
  /** Absolute paths by the catalogue's file names; one entry for a single file. */
  readonly files: Readonly<Record<string, string>>;
  /** The GGUF, safetensors or ONNX file, or the folder of a safetensors model with its config.json. */
  readonly weights: string;
  readonly format: 'gguf' | 'safetensors' | 'onnx';
  /** Bytes of the weights. */
  readonly size: number;
  /** SHA-256 of the weights where it is known without reading them. */
  readonly sha256: string | null;
}

/** @throws LS2010, and LS2006 when the models folder cannot be read */
export async function listModels(options: StoreOptions): Promise<readonly ModelListing[]> {
  const { catalogue, imported, found } = await survey(options);
  const known = await Promise.all(
    catalogue.map(async (entry): Promise<ModelListing> => {
      const installed = await readManifest(path.join(modelsFolder(options.home), entry.id));
      const manifest = installed.state === 'whole' ? installed.manifest : null;
      const size = (manifest ?? entry).files.reduce((sum, file) => sum + file.size, 0);
      const weights = manifest?.files[0];
      return {
        id: entry.id,
        displayName: entry.displayName,
        kind: entry.kind,
        licence: entry.licence.name,
        architecture: entry.architecture,
        size,
        recommendedMemory: entry.recommendedMemory,
        contextLength: entry.contextLength,
        state: manifest ? 'installed' : 'available',
        path: weights ? pathOf(path.join(modelsFolder(options.home), entry.id), weights) : null,
        origin: 'catalogue',
        isDefault: entry.default,
        ...support(entry.architecture, { say: entry.note, values: [] }),
      };
    }),
  );
  return [...known, ...imported.map((manifest) => importedListing(options.home, manifest)), ...found.map(foundListing)];
}

/** Downloads a catalogue model, called as {@link entryCalled} says; see {@link downloadModel}. @throws LS2002 for one the catalogue does not have */
export async function getModel(name: string, options: StoreOptions & DownloadOptions): Promise<ModelListing> {
  const entry = entryCalled(options.catalogue ?? (await readCatalogue()), name);
  if (entry) await downloadModel(entry, options);
  const id = entry?.id ?? name;
  const listing = (await listModels(options)).find(
    (candidate) => candidate.id === id && candidate.state !== 'available',
  );
  if (!listing) throw fault('LS2002', id);
  return listing;
}

/**
 * Makes a GGUF file (or all parts of a split one), or a folder with config.json and safetensors, one of the models. Files stay
 * where they are unless `copy` is set; then they are copied into the models folder.
 * @throws LS2009 when it is no model, LS2301, LS2031, LS2305 when it is damaged, LS2005, LS2006
 */
export async function importModel(
  file: string,
  options: StoreOptions & { readonly copy?: boolean; readonly signal?: AbortSignal },
): Promise<ModelListing> {
  const source = path.resolve(file);
  const inspected = await inspectModelFile(source, options.signal);
  const id = importedId(source);
  const folder = path.join(modelsFolder(options.home), id);
  try {
    const lock = await lockModel(options.home, id, 5000, options.signal);
    if (!lock) throw fault('LS2008', id);
    try {
      await mkdir(folder, { recursive: true });
      const files = [];
      for (const part of inspected.files) {
        throwIfCancelled(options.signal);
        const name = path.basename(part.path);
        if (options.copy) await copyInto(part.path, path.join(folder, name), part.size);
        files.push({ name, size: part.size, sha256: '', ...(options.copy ? {} : { path: part.path }) });
      }
      const manifest: Manifest = {
        version: 1,
        id,
        kind: inspected.kind,
        origin: 'imported',
        source: 'file',
        files,
        displayName: inspected.displayName,
        architecture: inspected.architecture,
        contextLength: inspected.contextLength,
      };
      await writeManifest(folder, manifest);
      return importedListing(options.home, manifest);
    } finally {
      lock.dispose();
    }
  } catch (error) {
    throw storageFault(error, modelsFolder(options.home)) ?? error;
  }
}

/** Deletes a model's files, or only our reference to a file that was imported in place. @throws LS2001, LS2008, LS2012 */
export async function removeModel(id: string, options: StoreOptions): Promise<void> {
  if (/^(ollama|lm-studio):/.test(id)) throw fault('LS2012', id);
  const folder = path.join(modelsFolder(options.home), id);
  if (!isPlainName(id) || !(await isFolder(folder))) throw fault('LS2001', id);
  try {
    const lock = await lockModel(options.home, id, 1000);
    if (!lock) throw fault('LS2008', id);
    try {
      // Renamed first: from then on nobody takes half a folder for a model.
      const doomed = path.join(downloadsFolder(options.home), `${id}.removed`);
      await rm(doomed, { recursive: true, force: true });
      await rename(folder, doomed);
      await rm(doomed, { recursive: true, force: true });
    } finally {
      lock.dispose();
    }
  } catch (error) {
    throw storageFault(error, folder) ?? error;
  }
}

/**
 * The files behind what a user calls a model.
 * @param model a catalogue id or its beginning, an id of {@link listModels}, the path of a file or folder, or null for the best decoder on
 *   this machine: the default of the catalogue last, whatever the user took the trouble to get first
 * @returns null only for null: when there is no decoder on this machine
 * @throws LS2001 not on this machine, LS2002 unknown, LS2009 no model, LS2014 one with an adapter, LS2011, LS2304 cannot be run yet, LS2013 incomplete
 */
export async function resolveModel(model: string | null, options: StoreOptions): Promise<ResolvedModel | null> {
  if (model === null) return resolveBest(options);
  const { catalogue, imported, found } = await survey(options);
  const entry = catalogue.find(({ id }) => id === model);
  if (entry) return resolveEntry(entry, options);
  const manifest = imported.find(({ id }) => id === model);
  const own = found.find(({ id }) => id === model);
  if (own?.hasAdapter) throw fault('LS2014', say('{0} adds one to its base model', own.displayName));
  const file = manifest ? importedListing(options.home, manifest).path : (own?.path ?? path.resolve(model));
  if (file === null || (!manifest && !own && !(await isThere(file)))) {
    const called = entryCalled(catalogue, model);
    if (called) return resolveEntry(called, options);
    throw fault('LS2002', model);
  }
  const resolved = fromInspection(await inspectModelFile(file), manifest?.id ?? own?.id ?? model);
  return requireSupport({
    ...resolved,
    origin: manifest ? 'imported' : (own?.origin ?? 'file'),
    sha256: own?.sha256 ?? null,
    ...(own ? { displayName: own.displayName } : {}),
  });
}

async function resolveBest(options: StoreOptions): Promise<ResolvedModel | null> {
  const listings = await listModels(options);
  const usable = listings.filter(
    ({ kind, state, unsupported }) => kind === 'decoder' && state === 'installed' && unsupported === undefined,
  );
  const best = usable.find(({ isDefault }) => !isDefault) ?? usable[0];
  return best ? resolveModel(best.id, options) : null;
}

async function resolveEntry(entry: CatalogueEntry, options: StoreOptions): Promise<ResolvedModel> {
  const folder = path.join(modelsFolder(options.home), entry.id);
  const installed = await readManifest(folder);
  if (installed.state === 'absent') throw fault('LS2001', entry.id);
  if (installed.state === 'damaged') throw fault('LS2013', entry.id, installed.reason);
  const files = installed.manifest.files;
  const [weights] = files;
  if (!weights) throw fault('LS2013', entry.id);
  return requireSupport({
    id: entry.id,
    displayName: entry.displayName,
    kind: entry.kind,
    origin: 'catalogue',
    architecture: entry.architecture,
    contextLength: entry.contextLength,
    chatTemplate: entry.chatTemplate,
    files: Object.fromEntries(files.map((file) => [file.name, pathOf(folder, file)])),
    weights: pathOf(folder, weights),
    format: weights.name.endsWith('.onnx') ? 'onnx' : weights.name.endsWith('.safetensors') ? 'safetensors' : 'gguf',
    size: weights.size,
    sha256: weights.sha256 || null,
  });
}

function requireSupport(model: ResolvedModel): ResolvedModel {
  if (!runsArchitecture(model.architecture)) throw fault('LS2011', model.architecture);
  return model;
}

function fromInspection(inspected: InspectedModel, id: string): ResolvedModel {
  return {
    id,
    displayName: inspected.displayName,
    kind: inspected.kind,
    origin: 'file',
    architecture: inspected.architecture,
    contextLength: inspected.contextLength,
    chatTemplate: null,
    files: Object.fromEntries(inspected.files.map((file) => [path.basename(file.path), file.path])),
    weights: inspected.path,
    format: inspected.format,
    size: inspected.files.reduce((sum, file) => sum + file.size, 0),
    sha256: null,
  };
}

/** The file's or folder's own name, made fit for a folder of ours. */
function importedId(source: string): string {
  const name = withoutPart(path.basename(source))
    .replace(/\.(gguf|safetensors)$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '');
  return `imported-${name || 'model'}`;
}

function isPlainName(id: string): boolean {
  return /^[A-Za-z0-9][\w.-]*$/.test(id);
}

async function copyInto(from: string, to: string, size: number): Promise<void> {
  await requireSpace(path.dirname(to), size);
  const partial = `${to}.partial`;
  try {
    await copyFile(from, partial);
    await rename(partial, to);
  } finally {
    await rm(partial, { force: true });
  }
}

async function isThere(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (error instanceof LongsightError) throw error;
    return false;
  }
}

async function isFolder(folder: string): Promise<boolean> {
  try {
    return (await lstat(folder)).isDirectory();
  } catch {
    return false;
  }
}
