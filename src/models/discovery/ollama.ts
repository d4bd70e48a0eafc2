/**
 * Models that Ollama keeps: `manifests/<registry>/<namespace>/<name>/<tag>` is an OCI manifest whose layer of type
 * application/vnd.ollama.image.model names the GGUF blob `blobs/sha256-<hex>`.
 */
import { readFile, readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { Logger } from '../../base/logging.ts';
import { hasCode } from '../store/storage-faults.ts';
import type { FoundModel } from './found-model.ts';

const modelLayer = 'application/vnd.ollama.image.model';
const adapterLayer = 'application/vnd.ollama.image.adapter';
const manifest = z.looseObject({
  layers: z.array(z.looseObject({ mediaType: z.string(), digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) })),
});

/** Folders in which Ollama may keep models: OLLAMA_MODELS, the user's, the Linux service's. */
export function ollamaFolders(): readonly string[] {
  const chosen = process.env.OLLAMA_MODELS;
  if (chosen) return [chosen];
  const own = path.join(homedir(), '.ollama', 'models');
  return process.platform === 'linux' ? [own, '/usr/share/ollama/.ollama/models'] : [own];
}

/** A manifest that cannot be read is logged and passed over: it is not ours to mend. */
export async function findOllamaModels(folder: string, logger: Logger): Promise<readonly FoundModel[]> {
  const manifests = path.join(folder, 'manifests');
  const found: FoundModel[] = [];
  for (const entry of await listFiles(manifests, logger)) {
    try {
      const { layers } = manifest.parse(JSON.parse(await readFile(path.join(manifests, entry), 'utf8')));
      const hasAdapter = layers.some((layer) => layer.mediaType === adapterLayer);
      const digest = layers.find((layer) => layer.mediaType === modelLayer)?.digest;
      if (digest === undefined) continue;
      const blob = path.join(folder, 'blobs', digest.replace(':', '-'));
      const { size } = await stat(blob);
      const name = modelName(entry);
      found.push({
        id: `ollama:${name}`,
        displayName: `${name} (Ollama)`,
        origin: 'ollama',
        path: blob,
        size,
        sha256: digest.slice('sha256:'.length),
        licence: null,
        ...(hasAdapter && { hasAdapter }),
      });
    } catch (error) {
      logger.debug({ manifest: entry, error: String(error) }, 'Ollama manifest passed over');
    }
  }
  return found.sort((a, b) => a.id.localeCompare(b.id, 'en'));
}

/** `registry.ollama.ai/library/llama3.2/3b` is what Ollama calls `llama3.2:3b`; other namespaces and registries are named. */
function modelName(entry: string): string {
  const parts = entry.split(path.sep);
  const tag = parts.pop() ?? '';
  const [registry, namespace, ...rest] = parts;
  const name = rest.join('/');
  if (registry === 'registry.ollama.ai')
    return namespace === 'library' ? `${name}:${tag}` : `${namespace ?? ''}/${name}:${tag}`;
  return `${parts.join('/')}:${tag}`;
}

async function listFiles(folder: string, logger: Logger): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) logger.debug({ folder, error: String(error) }, 'Ollama folder passed over');
    return [];
  }
}
