/** A LONGSIGHT_HOME for a run in the editor: the machine's own models and graphs, an index of its own. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { silentLogger } from '../../src/base/logging.ts';
import { graphsFolder, longsightHome, modelsFolder, verdictsFolder } from '../../src/models/home.ts';
import { getModel } from '../../src/models/store.ts';
import { defaultDecoder, defaultEmbedder } from './models.ts';

/** Makes the home in an empty or missing folder, and gets the default models first when the machine has none. */
export async function makeModelsHome(folder: string): Promise<string> {
  const machine = longsightHome();
  for (const id of [defaultDecoder, defaultEmbedder]) await getModel(id, { home: machine, logger: silentLogger });
  mkdirSync(folder, { recursive: true });
  for (const shared of [modelsFolder, graphsFolder, verdictsFolder]) {
    mkdirSync(shared(machine), { recursive: true });
    symlinkSync(shared(machine), shared(folder), 'dir');
  }
  return folder;
}
