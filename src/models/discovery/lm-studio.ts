/** Models that LM Studio keeps: `<folder>/<publisher>/<repository>/<file>.gguf`. */
import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Logger } from '../../base/logging.ts';
import { firstPart } from '../gguf/split.ts';
import { hasCode } from '../store/storage-faults.ts';
import type { FoundModel } from './found-model.ts';

/** Where LM Studio keeps its models: today's folder and the one of earlier versions. */
export function lmStudioFolders(): readonly string[] {
  return [path.join(homedir(), '.lmstudio', 'models'), path.join(homedir(), '.cache', 'lm-studio', 'models')];
}

/** Projectors of vision models and the later parts of split files are no models of their own. */
function isModel(name: string): boolean {
  return /\.gguf$/i.test(name) && !/^mmproj/i.test(name) && firstPart(name) === name;
}

export async function findLmStudioModels(folder: string, logger: Logger): Promise<readonly FoundModel[]> {
  const found: FoundModel[] = [];
  try {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isDirectory() || !isModel(entry.name)) continue;
      const file = path.join(entry.parentPath, entry.name);
      const { size } = await stat(file);
      const name = path
        .relative(folder, file)
        .split(path.sep)
        .join('/')
        .replace(/(-00001-of-\d{5})?\.gguf$/i, '');
      found.push({
        id: `lm-studio:${name}`,
        displayName: `${path.basename(name)} (LM Studio)`,
        origin: 'lm-studio',
        path: file,
        size,
        sha256: null,
        licence: null,
      });
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) logger.debug({ folder, error: String(error) }, 'LM Studio folder passed over');
  }
  return found.sort((a, b) => a.id.localeCompare(b.id, 'en'));
}
