/** What `manifest.json` in a model's folder says: which files belong to it, how large they are and where they came from. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../onnx/external-data.ts';
import { hasCode } from './storage-faults.ts';

const manifest = z.object({
  version: z.literal(1),
  id: z.string().min(1),
  kind: z.enum(['decoder', 'embedder']),
  /** `catalogue` or `imported`. */
  origin: z.enum(['catalogue', 'imported']),
  /** `pip`, `huggingface`, `maven`, `file`. */
  source: z.string(),
  files: z
    .array(
      z.object({
        name: z.string().min(1),
        size: z.int().nonnegative(),
        sha256: z.string(),
        /** Absolute, for a file that was imported without copying. */
        path: z.string().optional(),
      }),
    )
    .min(1),
  /** Of imported models, which the catalogue does not know. */
  displayName: z.string().optional(),
  architecture: z.string().optional(),
  contextLength: z.int().optional(),
});

export type Manifest = z.infer<typeof manifest>;
export type ManifestFile = Manifest['files'][number];

const fileName = 'manifest.json';

export function pathOf(folder: string, file: ManifestFile): string {
  return file.path ?? path.join(folder, file.name);
}

/** Written last: a folder without a manifest is no installed model. */
export async function writeManifest(folder: string, content: Manifest): Promise<void> {
  await writeAtomically(path.join(folder, fileName), `${JSON.stringify(content, null, 2)}\n`);
}

export type ManifestState =
  | { readonly state: 'absent' }
  /** Files are missing or have another size than when they were put there. */
  | { readonly state: 'damaged'; readonly reason: string }
  | { readonly state: 'whole'; readonly manifest: Manifest };

/** Reads the manifest and looks at every file's size; contents were hashed when they were put in place. */
export async function readManifest(folder: string): Promise<ManifestState> {
  let content: Manifest;
  try {
    content = manifest.parse(JSON.parse(await readFile(path.join(folder, fileName), 'utf8')));
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return { state: 'absent' };
    if (error instanceof SyntaxError || error instanceof z.ZodError)
      return { state: 'damaged', reason: `${fileName} is not readable` };
    throw error;
  }
  for (const file of content.files) {
    const size = await sizeOf(pathOf(folder, file));
    if (size === null) return { state: 'damaged', reason: `${file.name} is missing` };
    if (size !== file.size)
      return { state: 'damaged', reason: `${file.name} has ${String(size)} bytes instead of ${String(file.size)}` };
  }
  return { state: 'whole', manifest: content };
}

async function sizeOf(file: string): Promise<number | null> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}
