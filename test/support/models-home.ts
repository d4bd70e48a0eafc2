/** A LONGSIGHT_HOME for a run in the editor: the machine's own models and graphs, an index of its own. */
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { silentLogger } from '../../src/base/logging.ts';
import { graphsFolder, longsightHome, modelsFolder, verdictsFolder } from '../../src/models/home.ts';
import { getModel } from '../../src/models/store.ts';
import { overNetwork } from '../../tools/over-network.ts';
import { defaultDecoder, defaultEmbedder } from './models.ts';

/**
 * Links these models of the machine and all of its graphs into a home: whatever else the machine has would answer in their place.
 * Locks and downloads are the home's own.
 */
export function linkModels(home: string, ids: readonly string[]): void {
  const machine = longsightHome();
  mkdirSync(modelsFolder(home), { recursive: true });
  for (const id of ids) {
    const model = path.join(modelsFolder(machine), id);
    if (existsSync(model)) symlinkSync(model, path.join(modelsFolder(home), id), 'dir');
  }
  mkdirSync(graphsFolder(machine), { recursive: true });
  symlinkSync(graphsFolder(machine), graphsFolder(home), 'dir');
}

/** Makes the home in an empty or missing folder, and gets the default models first when the machine has none. */
export async function makeModelsHome(folder: string): Promise<string> {
  const machine = longsightHome();
  for (const id of [defaultDecoder, defaultEmbedder])
    await overNetwork(() => getModel(id, { home: machine, logger: silentLogger }));
  mkdirSync(folder, { recursive: true });
  linkModels(folder, [defaultDecoder, defaultEmbedder]);
  mkdirSync(verdictsFolder(machine), { recursive: true });
  symlinkSync(verdictsFolder(machine), verdictsFolder(folder), 'dir');
  return folder;
}
