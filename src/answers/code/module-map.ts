/** The module map: folders with what they hold, what they define and which of the others they import. */
import type { IndexReader, IndexedFile, SymbolDefinition } from '../../index/types.ts';
import { type ImportResolver, parent } from './imports.ts';

export interface DefinedIn {
  readonly symbol: SymbolDefinition;
  readonly path: string;
}

export interface Module {
  /** Empty for the top of the repository. */
  readonly folder: string;
  readonly files: readonly IndexedFile[];
  readonly lines: number;
  /** By lines, most first. */
  readonly languages: readonly string[];
  readonly main: readonly DefinedIn[];
  /** Folders of other modules with the number of imports. */
  readonly dependsOn: ReadonlyMap<string, number>;
  readonly isSupport: boolean;
}

const mostMain = 4;
/** Languages that hold no definitions worth a map. */
const data = new Set([
  'json',
  'jsonc',
  'yaml',
  'toml',
  'markdown',
  'plaintext',
  'text',
  'xml',
  'csv',
  'ini',
  'properties',
  'restructuredtext',
  'html',
  'css',
  'lock',
  'ignore',
  'diff',
  'svg',
]);
const support =
  /(?:^|\/)(?:tests?|__tests__|specs?|e2e|examples?|_examples?|samples?|docs?|www|website|benches|benchmarks?|bench|fixtures?|testdata|scripts?|tools?|\.[^/]+)(?:\/|$)/i;

/** True for folders of tests, examples, documents and tools. */
export function isSupportFolder(folder: string): boolean {
  return support.test(folder);
}

/** True for a file that is named as one of tests. */
export function isTestFile(path: string): boolean {
  return /(?:^|[._-])(?:tests?|specs?)[._]|[a-z]Tests?\.\w+$/.test(path.slice(path.lastIndexOf('/') + 1));
}

/** True for tests, examples and what lies in their folders. */
export function isTestPath(path: string): boolean {
  return isSupportFolder(parent(path)) || isTestFile(path);
}

/** True for files that hold data or text, not code. */
export function isData(file: Pick<IndexedFile, 'language'> | undefined): boolean {
  return file === undefined || data.has(file.language);
}

/**
 * The folder of the map that a folder belongs to: itself, or its ancestor at most `depth` levels below the scope. Folders of
 * tests, examples and tools are told as one, for their inside is not the repository's shape.
 */
export function moduleFolder(folder: string, scope: string, depth: number): string {
  const rolled = rollUp(folder, scope, depth);
  if (isSupportFolder(scope)) return rolled;
  const parts = rolled.split('/');
  const first = parts.findIndex((_, at) => isSupportFolder(parts.slice(0, at + 1).join('/')));
  return first < 0 ? rolled : parts.slice(0, first + 1).join('/');
}

/** Modules below a folder: its folders, those deeper than `depth` counted into the ones above them. */
export function moduleMap(reader: IndexReader, resolver: ImportResolver, scope: string, depth: number): Module[] {
  const inside = reader.files().filter(({ path }) => scope === '' || path.startsWith(`${scope}/`));
  const groups = new Map<string, IndexedFile[]>();
  for (const file of inside) {
    const folder = moduleFolder(parent(file.path), scope, depth);
    const group = groups.get(folder);
    if (group) group.push(file);
    else groups.set(folder, [file]);
  }
  return [...groups]
    .toSorted(([a], [b]) => Number(support.test(a)) - Number(support.test(b)) || (a < b ? -1 : 1))
    .map(([folder, files]) => ({
      folder,
      files,
      lines: files.reduce((sum, { lines }) => sum + lines, 0),
      languages: languagesOf(files),
      main: mainDefinitions(reader, files, mostMain),
      dependsOn: dependencies(reader, resolver, folder, files, scope, depth, groups),
      isSupport: support.test(folder),
    }));
}

/** The folder's ancestor, or itself, at most `depth` levels below the scope. */
function rollUp(folder: string, scope: string, depth: number): string {
  const below = scope === '' ? folder : folder.slice(scope.length).replace(/^\//, '');
  const kept = below.split('/').filter(Boolean).slice(0, depth);
  return [scope, ...kept].filter(Boolean).join('/');
}

/** The depth at which a tree of folders has at most so many, at least 1. */
export function depthFor(folders: readonly string[], scope: string, most: number): number {
  let depth = 1;
  while (depth < 12) {
    const next = new Set(folders.map((folder) => moduleFolder(folder, scope, depth + 1)));
    if (next.size > most) return depth;
    depth += 1;
  }
  return depth;
}

function languagesOf(files: readonly IndexedFile[]): string[] {
  const lines = new Map<string, number>();
  for (const file of files) lines.set(file.language, (lines.get(file.language) ?? 0) + file.lines);
  return [...lines].toSorted((a, b) => b[1] - a[1]).map(([language]) => language);
}

/** What other files see first: documented, exported, top-level definitions, types before functions, larger before smaller. */
export function mainDefinitions(
  reader: IndexReader,
  files: readonly Pick<IndexedFile, 'path' | 'language'>[],
  most: number,
): DefinedIn[] {
  const weigh = ({ symbol }: DefinedIn): number =>
    (symbol.kind === 'type' ? 3 : symbol.kind === 'function' ? 2 : 0) +
    (symbol.documentation === '' ? 0 : 2) +
    Math.min(Math.log2(symbol.endLine - symbol.startLine + 2) / 2, 4);
  // Tests and the settings of tools do not say what a folder is, unless it holds nothing else.
  const code = files.filter(({ path }) => !isTestPath(path) && !/\.config\.\w+$/.test(path));
  return (code.length > 0 ? code : files)
    .flatMap(({ path, language }) =>
      reader
        .symbolsOf(path)
        .filter(
          (symbol) =>
            !isData({ language }) &&
            !symbol.local &&
            symbol.scope.length === 0 &&
            symbol.kind !== 'module' &&
            isPublic(symbol, language),
        )
        .map((symbol) => ({ symbol, path })),
    )
    .toSorted(
      (a, b) =>
        weigh(b) - weigh(a) || (a.path < b.path ? -1 : a.path > b.path ? 1 : a.symbol.startLine - b.symbol.startLine),
    )
    .filter((one, at, all) => all.findIndex(({ symbol }) => symbol.name === one.symbol.name) === at)
    .slice(0, most);
}

/** Whether a definition is meant for others, by the conventions of its language; where there is no convention, yes. */
function isPublic({ name, signature }: SymbolDefinition, language: string): boolean {
  switch (language) {
    case 'python':
      return !name.startsWith('_');
    case 'go':
      return /^\p{Lu}/u.test(name);
    case 'rust':
      return /\bpub\b/.test(signature) || signature === '';
    case 'java':
    case 'csharp':
      return !/\bprivate\b/.test(signature);
    default:
      return !name.startsWith('_') && !/^\s*(?:static|private)\b/.test(signature);
  }
}

function dependencies(
  reader: IndexReader,
  resolver: ImportResolver,
  folder: string,
  files: readonly IndexedFile[],
  scope: string,
  depth: number,
  groups: ReadonlyMap<string, unknown>,
): Map<string, number> {
  const found = new Map<string, number>();
  for (const { path } of files) {
    for (const { specifier } of reader.importsOf(path)) {
      const target = resolver.resolve(path, specifier);
      if (!target || (scope !== '' && target.folder !== scope && !target.folder.startsWith(`${scope}/`))) continue;
      const other = moduleFolder(target.folder, scope, depth);
      if (other !== folder && groups.has(other)) found.set(other, (found.get(other) ?? 0) + 1);
    }
  }
  return new Map([...found].toSorted((a, b) => b[1] - a[1]));
}
