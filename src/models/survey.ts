/** What models there are, from all three places: the catalogue, the models folder, the folders of Ollama and LM Studio. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type Logger, silentLogger } from '../base/logging.ts';
import { type CatalogueEntry, readCatalogue } from './catalogue.ts';
import type { FoundModel } from './discovery/found-model.ts';
import { findLmStudioModels, lmStudioFolders } from './discovery/lm-studio.ts';
import { findOllamaModels, ollamaFolders } from './discovery/ollama.ts';
import { modelsFolder } from './home.ts';
import { type InspectedModel, inspectModelFile } from './inspect-model.ts';
import { type Manifest, readManifest } from './store/manifest.ts';
import { storageFault } from './store/storage-faults.ts';

export interface StoreOptions {
  /** LONGSIGHT_HOME. */
  readonly home: string;
  /** In place of the catalogue that ships with Longsight; for tests. */
  readonly catalogue?: readonly CatalogueEntry[];
  /** Folders of Ollama and LM Studio; left out: where those programs keep their models. */
  readonly ollama?: readonly string[];
  readonly lmStudio?: readonly string[];
  readonly logger?: Logger;
}

export interface Survey {
  readonly catalogue: readonly CatalogueEntry[];
  readonly imported: readonly Manifest[];
  readonly found: readonly (FoundModel & { readonly inspected: InspectedModel })[];
}

/** Looks at everything; what another program keeps and cannot be read is passed over. @throws LS2006, LS2010 */
export async function survey(options: StoreOptions): Promise<Survey> {
  const logger = options.logger ?? silentLogger;
  const catalogue = options.catalogue ?? (await readCatalogue());
  const [imported, ...found] = await Promise.all([
    importedModels(options, new Set(catalogue.map(({ id }) => id)), logger),
    ...(options.ollama ?? ollamaFolders()).map((folder) => findOllamaModels(folder, logger)),
    ...(options.lmStudio ?? lmStudioFolders()).map((folder) => findLmStudioModels(folder, logger)),
  ]);
  const readable = await Promise.all(
    found.flat().map(async (model) => {
      try {
        return { ...model, inspected: await inspectModelFile(model.path) };
      } catch (error) {
        logger.debug({ model: model.id, error: String(error) }, 'found model passed over');
        return null;
      }
    }),
  );
  return { catalogue, imported, found: readable.filter((model) => model !== null) };
}

async function importedModels(
  options: StoreOptions,
  catalogued: ReadonlySet<string>,
  logger: Logger,
): Promise<readonly Manifest[]> {
  const folder = modelsFolder(options.home);
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw storageFault(error, folder) ?? error;
  }
  const manifests: Manifest[] = [];
  for (const name of names.filter((candidate) => !candidate.startsWith('.') && !catalogued.has(candidate)).sort()) {
    const read = await readManifest(path.join(folder, name));
    if (read.state === 'whole') manifests.push(read.manifest);
    else if (read.state === 'damaged') logger.warn({ model: name, reason: read.reason }, 'imported model passed over');
  }
  return manifests;
}
