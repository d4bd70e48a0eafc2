/**
 * Relations between definitions: who uses what, what a type derives from, who imports a file. This is the interface that
 * questions of lists and checks of statements read; today it is answered from names, scopes and imports, and each relation says
 * how certain it is.
 */
import type { IndexReader, SymbolDefinition } from '../../index/types.ts';
import { basesOf, traitImplementations } from './bases.ts';
import { fileText } from './file-text.ts';
import { type Import, importsOf } from './import-statements.ts';
import { type ImportResolver, createImportResolver, parent } from './imports.ts';
import { isData } from './module-map.ts';
import { type Occurrence, filesWith, occurrencesOf } from './occurrences.ts';
import { type Certainty, type Uses, usesOf } from './relations.ts';
import { importsByName, lastPart, packageIsFolder, selfNames } from './scoping.ts';
import { looksLikeCode } from './words.ts';

export type Definition = SymbolDefinition & { readonly path: string };

export interface UseOf extends Occurrence {
  readonly how: Certainty;
  /** The line brings the name into the file and does no more. */
  readonly imports: boolean;
}

export interface Subtype {
  readonly name: string;
  /** Null: it is defined elsewhere, or by a macro, and only what it implements is here. */
  readonly definition: Definition | null;
  /** Line that says so: the declaration, or where the relation is declared elsewhere (Rust). */
  readonly path: string;
  readonly line: number;
  /** The base that the declaration names. */
  readonly base: string;
  /** How many steps below the type that was asked for, from 1. */
  readonly depth: number;
  /** `by name alone` where several types have the base's name. */
  readonly how: Certainty;
}

export interface CodeRelations {
  /** Places where any of the definitions of one name is used, the definitions themselves left out. */
  usesOf(definitions: readonly Definition[], isWanted: (path: string) => boolean): readonly UseOf[];
  /** What the lines of a definition use. */
  usedBy(definition: Definition): Uses;
  /** Types below a type; `name` need not be defined in the repository. */
  subtypesOf(name: string, options: { readonly direct: boolean }): readonly Subtype[];
  importsOf(path: string): readonly Import[];
  /** Files that import a file, or any file of a folder, of the repository; or a package by its name. */
  importersOf(target: { readonly paths: ReadonlySet<string> } | { readonly package: string }): readonly Import[];
}

const importLine =
  /^\s*(?:import\b|from\s+\S+\s+import\b|export\b[^=]*\bfrom\b|(?:pub(?:\([^)]*\))?\s+)?use\s|using\s|#\s*include\b|require(?:_relative|_once)?\b|(?:const|let|var)\b.*\brequire\()/;

/** Reads the index as it is now; make a new one for each question. */
export function createCodeRelations(reader: IndexReader): CodeRelations {
  const resolver = createImportResolver(reader);
  return {
    usesOf: (definitions, isWanted) => usesOfAny(reader, resolver, definitions, isWanted),
    usedBy: (definition) => {
      const file = fileText(reader, definition.path);
      return file ? usesOf(reader, resolver, file, definition) : { used: [], ambiguous: [] };
    },
    subtypesOf: (name, { direct }) => subtypesOf(reader, resolver, name, direct),
    importsOf: (path) => importsOf(reader, resolver, path),
    importersOf: (target) =>
      reader.files().flatMap(({ path }) => {
        const found = importsOf(reader, resolver, path).find((one) =>
          'paths' in target
            ? one.target !== null && target.paths.has(one.target) && path !== one.target
            : one.target === null && isPackage(one.specifier, target.package),
        );
        return found ? [found] : [];
      }),
  };
}

function isPackage(specifier: string, name: string): boolean {
  const plain = specifier.replace(/^node:/, '');
  return plain === name || ['/', '.', '::', '\\'].some((sign) => plain.startsWith(name + sign));
}

function usesOfAny(
  reader: IndexReader,
  resolver: ImportResolver,
  definitions: readonly Definition[],
  isWanted: (path: string) => boolean,
): UseOf[] {
  const [first] = definitions;
  if (!first) return [];
  const isMember = ({ kind }: Definition): boolean => kind === 'method' || kind === 'field';
  const members = definitions.filter(isMember);
  const others = definitions.filter((one) => !isMember(one));
  const owners = new Set(members.flatMap(({ scope }) => scope.at(-1) ?? []));
  const family = familyOf(reader, resolver, owners);
  const memberPaths = new Set(members.map(({ path }) => path));
  const paths = new Set(others.map(({ path }) => path));
  const folders = new Set([...paths].map(parent));
  const all = reader.definitions(first.name).filter(({ local }) => !local);
  const isOnly = all.every(({ path, scope }) =>
    definitions.some((d) => d.path === path && d.scope.join() === scope.join()),
  );
  /** What the imports of a file say of ours: whether it imports them, and the names that come from elsewhere. */
  const reach = new Map<string, { readonly ours: boolean; readonly foreign: ReadonlySet<string> }>();
  const reachOf = (path: string): { readonly ours: boolean; readonly foreign: ReadonlySet<string> } => {
    const known = reach.get(path);
    if (known) return known;
    const imports = importsOf(reader, resolver, path);
    const made = {
      // A package is imported by its folder's own file, which hands on what lies below it.
      ours: imports.some(
        ({ target }) =>
          target !== null &&
          (paths.has(target) || folders.has(target) || [...folders].some((folder) => isFrontOf(target, folder))),
      ),
      foreign: new Set(
        imports.flatMap(({ target, specifier }) =>
          target === null && lastPart(specifier) !== '' ? [lastPart(specifier)] : [],
        ),
      ),
    };
    reach.set(path, made);
    return made;
  };
  const asMember = (one: Occurrence, language: string): Certainty | null => {
    const own = memberPaths.has(one.path);
    const around = one.within?.kind === 'type' ? one.within.name : one.within?.scope.at(-1);
    // A Go method names its own object.
    const self = language === 'go' ? /^func\s*\(\s*(\w+)\s/.exec(one.within?.signature ?? '')?.[1] : undefined;
    if (selfNames.has(one.receiver) || (self !== undefined && one.receiver === self))
      return around !== undefined && family.has(around) ? (own ? 'same file' : 'imported') : null;
    if (owners.has(one.receiver)) return own ? 'same file' : 'imported';
    if (one.receiver === '') {
      // A bare name is a method's only where the object may be left out.
      if (importsByName.has(language) || language === 'go' || language === 'rust') return null;
      return around !== undefined && family.has(around) ? 'same file' : 'by name alone';
    }
    return isOnly && looksLikeCode(first.name) ? 'only definition of this name' : 'by name alone';
  };
  const asOther = (one: Occurrence, language: string): Certainty | null => {
    // A function of a module is not a method of some object.
    if (selfNames.has(one.receiver)) return null;
    if (one.receiver === '' && paths.has(one.path)) return 'same file';
    if (reachOf(one.path).ours) return 'imported';
    if (one.receiver === '' && packageIsFolder.has(language) && folders.has(parent(one.path))) return 'same package';
    if (importsByName.has(language) || (one.receiver !== '' && language === 'go')) return null;
    return isOnly ? 'only definition of this name' : 'by name alone';
  };
  const certainty = (one: Occurrence): Certainty | null => {
    if (reachOf(one.path).foreign.has(one.receiver)) return null;
    const language = reader.file(one.path)?.language ?? '';
    return (others.length > 0 ? asOther(one, language) : null) ?? (members.length > 0 ? asMember(one, language) : null);
  };
  const found: UseOf[] = [];
  for (const one of occurrencesOf(reader, first.name, isWanted)) {
    if (one.defines) continue;
    // What is in the definition's own lines is recursion, or its parts.
    if (definitions.some((d) => d.path === one.path && d.startLine <= one.line && one.line <= d.endLine)) continue;
    // A receiver or a return type in the type's own methods is no use of it.
    if (first.kind === 'type' && one.within?.scope.includes(first.name) === true) continue;
    const how = certainty(one);
    if (how) found.push({ ...one, how, imports: isImported(reader, one) });
  }
  return found;
}

/** `pkg/__init__.py`, `src/index.ts` and `mod.rs` hand on what lies in and below their folder. */
function isFrontOf(file: string, folder: string): boolean {
  if (!/(?:^|\/)(?:__init__\.py|index\.[cm]?[jt]sx?|mod\.rs|lib\.rs)$/.test(file)) return false;
  const above = parent(file);
  return above === '' || folder === above || folder.startsWith(`${above}/`);
}

/** Whether a line only imports: a statement's line, or one of its list of names. */
function isImported(reader: IndexReader, { path, line, text, within }: Occurrence): boolean {
  if (importLine.test(text)) return true;
  if (within !== null || !/^[\w$\s,*]+(?:\s+as\s+\w+)?,?$/.test(text)) return false;
  return reader.importsOf(path).some((one) => Math.abs(one.line - line) < 60);
}

/** Types by these names and all below them. */
function familyOf(reader: IndexReader, resolver: ImportResolver, names: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([
    ...names,
    ...[...names].flatMap((name) => subtypesOf(reader, resolver, name, false).map(({ name: below }) => below)),
  ]);
}

type Declared = Pick<Subtype, 'name' | 'definition' | 'path' | 'line'>;

function keyOf({ path, scope, name, startLine }: Definition): string {
  return `${path} ${[...scope, name].join('.')} ${String(startLine)}`;
}

/** Steps that are followed below a type. */
const deepest = 12;

function subtypesOf(reader: IndexReader, resolver: ImportResolver, name: string, direct: boolean): Subtype[] {
  const found: Subtype[] = [];
  const seen = new Set<string>();
  let level = [name];
  for (let depth = 1; level.length > 0 && depth <= (direct ? 1 : deepest); depth++) {
    const next: string[] = [];
    for (const base of level) {
      const bases = reader.definitions(base).filter(({ kind, local }) => kind === 'type' && !local);
      const isNear = (path: string): boolean =>
        bases.some((one) => one.path === path || parent(one.path) === parent(path)) ||
        importsOf(reader, resolver, path).some(({ target }) => bases.some((one) => one.path === target));
      for (const one of directSubtypes(reader, base)) {
        const key = one.definition ? keyOf(one.definition) : `${one.path} ${one.name}`;
        if (seen.has(key)) continue;
        seen.add(key);
        found.push({
          ...one,
          base,
          depth,
          how: bases.length <= 1 ? 'only definition of this name' : isNear(one.path) ? 'imported' : 'by name alone',
        });
        next.push(one.name);
      }
    }
    level = [...new Set(next)].filter((one) => one !== name);
  }
  return found;
}

function directSubtypes(reader: IndexReader, base: string): Declared[] {
  const paths = filesWith(reader, base) ?? reader.files().map(({ path }) => path);
  const declared = paths.flatMap((path) => {
    const file = fileText(reader, path);
    if (!file || isData(file)) return [];
    const symbols = reader.symbolsOf(path);
    const below = symbols
      .filter((symbol) => symbol.kind === 'type' && symbol.name !== base && basesOf(symbol, file).includes(base))
      .map((symbol): Declared => ({
        name: symbol.name,
        definition: { ...symbol, path },
        path,
        line: symbol.startLine,
      }));
    const implemented = traitImplementations(file, symbols)
      .filter(({ trait }) => trait === base)
      .map(({ type, line }): Declared => ({
        name: type,
        definition: typeNamed(reader, type, path) ?? null,
        path,
        line,
      }));
    return [...below, ...implemented];
  });
  return [...declared, ...goImplementations(reader, base)];
}

function typeNamed(reader: IndexReader, name: string, path: string): Definition | undefined {
  const types = reader.definitions(name).filter(({ kind, local }) => kind === 'type' && !local);
  return types.find((one) => one.path === path) ?? types.find((one) => parent(one.path) === parent(path)) ?? types[0];
}

/** Types of Go that have every method of an interface of the repository, by the methods' names. */
function goImplementations(reader: IndexReader, base: string): Declared[] {
  const [type] = reader
    .definitions(base)
    .filter(
      (d) =>
        d.kind === 'type' && !d.local && reader.file(d.path)?.language === 'go' && /\binterface\b/.test(d.signature),
    );
  if (!type) return [];
  const methods = reader
    .symbolsOf(type.path)
    .filter(
      ({ kind, scope, startLine }) =>
        kind === 'method' && scope.at(-1) === base && type.startLine <= startLine && startLine <= type.endLine,
    )
    .map(({ name }) => name);
  const [rarest] = methods
    .map((name) => ({ name, definitions: reader.definitions(name).filter(({ kind }) => kind === 'method') }))
    .toSorted((a, b) => a.definitions.length - b.definitions.length);
  const owners = new Map<string, Definition>();
  for (const { path, scope } of rarest?.definitions ?? []) {
    const owner = scope.at(-1);
    if (owner === undefined || owner === base || !path.endsWith('.go')) continue;
    const inFolder = (name: string): boolean =>
      reader
        .definitions(name)
        .some((d) => d.kind === 'method' && d.scope.at(-1) === owner && parent(d.path) === parent(path));
    const definition = reader
      .definitions(owner)
      .find((d) => d.kind === 'type' && parent(d.path) === parent(path) && !/\binterface\b/.test(d.signature));
    if (definition && methods.every(inFolder)) owners.set(`${definition.path} ${owner}`, definition);
  }
  return [...owners.values()].map((definition) => ({
    name: definition.name,
    definition,
    path: definition.path,
    line: definition.startLine,
  }));
}
