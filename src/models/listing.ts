/** Models as the doors list them, whether imported or found. */
import { type Sentence, joined, say } from '../base/sentences.ts';
import path from 'node:path';
import type { ModelListing } from '../protocol/models.ts';
import { adapterNotApplied } from './adapters.ts';
import { runsArchitecture } from './architecture-support.ts';
import { modelsFolder } from './home.ts';
import { type Manifest, pathOf } from './store/manifest.ts';
import type { Survey } from './survey.ts';

export function importedListing(home: string, manifest: Manifest): ModelListing {
  const [weights] = manifest.files;
  const architecture = manifest.architecture ?? 'unknown';
  const size = manifest.files.reduce((sum, file) => sum + file.size, 0);
  const folder = path.join(modelsFolder(home), manifest.id);
  // A GGUF model is its (first) file, one of safetensors its folder.
  const place = weights ? pathOf(folder, weights) : folder;
  return {
    id: manifest.id,
    displayName: manifest.displayName ?? manifest.id,
    kind: manifest.kind,
    licence: 'as the file states',
    architecture,
    size,
    recommendedMemory: comfortableMemory(size),
    contextLength: manifest.contextLength ?? 0,
    state: 'installed',
    path: manifest.files.length > 1 && !/\.gguf$/i.test(place) ? path.dirname(place) : place,
    origin: 'imported',
    isDefault: false,
    ...support(architecture, say('Imported.')),
  };
}

export function foundListing({ inspected, ...model }: Survey['found'][number]): ModelListing {
  const size = inspected.files.reduce((sum, file) => sum + file.size, 0);
  const keptBy = say('Kept by {0}; used where it is.', model.origin === 'ollama' ? 'Ollama' : 'LM Studio');
  return {
    id: model.id,
    displayName: model.displayName,
    kind: inspected.kind,
    licence: model.licence ?? inspected.licence ?? 'as the file states',
    architecture: inspected.architecture,
    size,
    recommendedMemory: comfortableMemory(size),
    contextLength: inspected.contextLength,
    state: 'found',
    path: model.path,
    origin: model.origin,
    isDefault: false,
    ...(model.hasAdapter
      ? { note: joined([keptBy, adapterNotApplied], ' '), unsupported: adapterNotApplied }
      : support(inspected.architecture, keptBy)),
  };
}

/** Weights, their repacked graph, and a few thousand tokens of KV cache. */
function comfortableMemory(size: number): number {
  return Math.ceil(size * 1.3 + 5e8);
}

export function support(architecture: string, note: Sentence): Pick<ModelListing, 'note' | 'unsupported'> {
  if (runsArchitecture(architecture)) return { note };
  const unsupported = say('Longsight cannot run models of the architecture "{0}" yet.', architecture);
  return { note: joined([note, unsupported], ' '), unsupported };
}
