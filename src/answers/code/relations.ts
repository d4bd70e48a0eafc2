/**
 * What a piece of code uses and what uses it, as far as names and imports tell. A name is only resolved where it can hardly be
 * another: defined in the same file, in a file that is imported, or once in the whole repository; the rest is said to be unsure.
 */
import { type Sentence, say } from '../../base/sentences.ts';
import type { IndexReader, SymbolDefinition } from '../../index/types.ts';
import { partsOf } from '../../index/terms/words.ts';
import type { LineRange } from '../../protocol/answers.ts';
import { isSameName, namesInCode, withoutCommentsAndStrings } from './code-words.ts';
import { type FileText, declarationLines, fileText, innermost, linesOf } from './file-text.ts';
import { importsOf } from './import-statements.ts';
import { type ImportResolver, parent } from './imports.ts';
import { isData, isTestPath } from './module-map.ts';
import { implicitSelf, importsByName, lastPart, packageIsFolder, selfNames } from './scoping.ts';

export type Certainty = 'same file' | 'imported' | 'same package' | 'only definition of this name' | 'by name alone';

export function certaintyWords(how: Certainty): Sentence {
  switch (how) {
    case 'same file':
      return say('same file');
    case 'imported':
      return say('imported');
    case 'same package':
      return say('same package');
    case 'only definition of this name':
      return say('only definition of this name');
    case 'by name alone':
      return say('by name alone');
  }
}

interface Used {
  readonly definition: SymbolDefinition & { readonly path: string };
  readonly how: Certainty;
  /** Line of the first use. */
  readonly line: number;
}

export interface Uses {
  readonly used: readonly Used[];
  /** Names with several definitions that could be meant. */
  readonly ambiguous: readonly { readonly name: string; readonly definitions: number }[];
}

/** Names of one word (`update`, `append`) are methods of the language's own types more often than of the repository's. */
const fewestPartsOfMember = 2;
/** Keywords that stand before a parenthesis and that a parser may take for a function's name. */
const keywords = new Set([
  'noexcept',
  'decltype',
  'sizeof',
  'alignof',
  'alignas',
  'static_assert',
  'typeof',
  'defined',
]);
type Definition = Used['definition'];

/** Definitions of the repository that the lines of a file name. */
export function usesOf(
  reader: IndexReader,
  resolver: ImportResolver,
  file: FileText,
  range: Pick<LineRange, 'startLine' | 'endLine'>,
): Uses {
  const imports = importsOf(reader, resolver, file.path);
  // `http.HandlerFunc` of another module is none of ours, whatever ours are called.
  const foreign = new Set(imports.filter(({ target }) => target === null).map(({ specifier }) => lastPart(specifier)));
  const imported = imports.flatMap(({ target }) => target ?? []);
  const importedFiles = new Set(imported.filter((target) => reader.file(target) !== undefined));
  // A Go package is a folder: all files of it are in reach.
  const importedFolders = new Set(imported.filter((target) => !importedFiles.has(target)));
  const text = linesOf(file, range.startLine, range.endLine);
  const bound = boundNames(text, file.language);
  const byName = importsByName.has(file.language) ? namesImported(reader, file) : null;
  const symbols = reader.symbolsOf(file.path);
  // A Go method names its own object.
  const self = file.language === 'go' ? /^func\s*\(\s*(\w+)\s/m.exec(text)?.[1] : undefined;
  const used: Used[] = [];
  const ambiguous: { name: string; definitions: number }[] = [];
  const seen = new Set<string>();

  const choose = (
    possible: readonly Definition[],
    known: boolean,
    self: string | null | undefined,
  ): readonly [Certainty, readonly Definition[]] => {
    // What an object calls on itself is its own or its bases'; a method of any other type only has the same name.
    const related = self === undefined ? possible : possible.filter((d) => isOfType(d, self, file, symbols));
    const sure = known && (self === undefined || related.length > 0);
    if (sure) {
      possible = related;
      const near: (readonly [Certainty, readonly Definition[]])[] = [
        ['same file', possible.filter((d) => d.path === file.path)],
        ['imported', possible.filter((d) => importedFiles.has(d.path) || importedFolders.has(parent(d.path)))],
        [
          'same package',
          packageIsFolder.has(file.language) ? possible.filter((d) => parent(d.path) === parent(file.path)) : [],
        ],
      ];
      const found = near.find(([, candidates]) => candidates.length > 0);
      if (found) return found;
    }
    // A namespace or module has many parts and most names of one are no use of ours (`std`).
    const named = possible.filter((d) => d.kind !== 'variable' && d.kind !== 'module');
    return [sure ? 'only definition of this name' : 'by name alone', named];
  };

  for (const { name, line: at, receiver, called } of namesInCode(text, file.language)) {
    const own = selfNames.has(receiver) || (receiver !== '' && receiver === self);
    const member = receiver !== '' && !own;
    if (foreign.has(receiver) || foreign.has(name)) continue;
    if (seen.has(name) || name.length < 2 || keywords.has(name)) continue;
    const all = reader
      .definitions(name)
      .filter(
        (d) =>
          !d.local &&
          d.kind !== 'field' &&
          (!isTestPath(d.path) || isTestPath(file.path)) &&
          !isData(reader.file(d.path)),
      );
    // What is defined inside the lines is part of them, and a use in its own lines is recursion.
    const others = all.filter(
      (d) => d.path !== file.path || d.startLine < range.startLine || d.startLine > range.endLine,
    );
    if (others.length === 0 || others.length < all.length) continue;
    // `x.close()` says nothing of what x is, but for a module or a type of that name.
    const known =
      receiver === '' ||
      own ||
      /^\p{Lu}/u.test(receiver) ||
      (isModuleName(receiver, importedFiles, importedFolders) && !bound.has(receiver));
    const possible = others.filter((d) => {
      if (d.kind === 'method') return own || member || (called && implicitSelf.has(file.language));
      if (own || (member && !known)) return false;
      // A bare word that is neither called nor a type is as likely a variable of the same name.
      return called || member || d.kind === 'type' || d.kind === 'constant' || d.kind === 'module';
    });
    if (possible.length === 0 || (receiver === '' && bound.has(name))) continue;
    const isForeign = byName !== null && receiver === '' && !byName.has(name) && !byName.has('*');
    if (isForeign && !possible.some((d) => d.path === file.path)) continue;
    if (!known && !called) continue;
    seen.add(name);
    // `Type.method` is that type's, so a method of any other only has the same name.
    const isOfNamedType = /^\p{Lu}/u.test(receiver) && possible.every((d) => d.kind === 'method');
    const type = own ? typeAround(symbols, range.startLine + at - 1) : isOfNamedType ? receiver : undefined;
    const [how, found] = choose(possible, known, type);
    const [definition] = found;
    if (!definition) continue;
    // Only a name that is hardly another type's, and defined once, tells anything by itself; `Array.from` is Array's.
    const isTelling = partsOf(name).length >= fewestPartsOfMember && all.length === 1 && !isOfNamedType;
    if (how === 'by name alone' && !isTelling) continue;
    const oneOrOverloads = new Set(found.map((d) => `${d.path} ${d.scope.join('.')}`)).size === 1;
    if (oneOrOverloads) used.push({ definition, how, line: range.startLine + at - 1 });
    else if (how !== 'by name alone') ambiguous.push({ name, definitions: found.length });
  }
  // The certain ones first: only the first few are shown.
  const certain = used.filter(({ how }) => how !== 'by name alone');
  return { used: [...certain, ...used.filter(({ how }) => how === 'by name alone')], ambiguous };
}

/** The names in the import statements of a file; `*` when one takes everything. */
function namesImported(reader: IndexReader, file: FileText): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { line } of reader.importsOf(file.path)) {
    let text = file.lines[line - 1] ?? '';
    // A list of names may go on until its bracket closes; a name may stand in lines before the module (JavaScript).
    for (let at = line; at < file.lines.length && at < line + mostImportLines && isOpen(text); at++)
      text += `\n${file.lines[at] ?? ''}`;
    if (/^\s*\}/.test(text)) {
      let at = line - 1;
      while (at > 0 && at > line - mostImportLines && !/^\s*(?:import|export)\b/.test(file.lines[at] ?? '')) at -= 1;
      text = file.lines.slice(at, line).join('\n');
    }
    if (/\bimport\s+\*\s*$/m.test(text)) names.add('*');
    for (const [name] of text.matchAll(/[\p{L}_$][\p{L}\p{N}_$]*/gu)) names.add(name);
  }
  return names;
}

const mostImportLines = 60;

function isOpen(text: string): boolean {
  const count = (signs: RegExp): number => text.match(signs)?.length ?? 0;
  return count(/[({]/g) > count(/[)}]/g) || text.endsWith('\\');
}

/** The name of the type whose code a line is; null when there is none. */
function typeAround(symbols: readonly SymbolDefinition[], line: number): string | null {
  const visible = symbols.filter(({ local, kind }) => !local && (kind === 'type' || kind === 'method'));
  const within = innermost(visible, line);
  return within?.kind === 'type' ? within.name : (within?.scope.at(-1) ?? null);
}

/** Whether a definition belongs to the type of this name or to one that the head of its declaration names. */
function isOfType(
  definition: Definition,
  type: string | null,
  file: FileText,
  symbols: readonly SymbolDefinition[],
): boolean {
  const owner = definition.scope.at(-1);
  if (type === null || owner === undefined) return false;
  if (owner === type) return true;
  return symbols
    .filter(({ name, kind }) => name === type && kind === 'type')
    .some((symbol) => {
      const head = declarationLines(file, symbol);
      const text = head ? linesOf(file, head.startLine, head.endLine) : '';
      return namesInCode(text, file.language).some(({ name }) => name === owner);
    });
}

/** Names that the lines bind themselves: parameters, variables, loop variables. */
function boundNames(text: string, language: string): ReadonlySet<string> {
  const bare = withoutCommentsAndStrings(text, language);
  const names = new Set<string>();
  for (const match of bare.matchAll(
    /(?<![\p{L}\p{N}_$.])([\p{L}_$][\p{L}\p{N}_$]*)\s*(?::=|=(?![=>])|\bin\b|,[^()=\n]*(?::=|=(?![=>])|\bin\b))/gu,
  ))
    names.add(match[1] ?? '');
  const parameters = /\(([^()]*(?:\([^()]*\)[^()]*)*)\)/.exec(bare)?.[1] ?? '';
  for (const parameter of parameters.split(','))
    for (const [name] of parameter.matchAll(/[\p{L}_$][\p{L}\p{N}_$]*/gu)) names.add(name);
  return names;
}

function isModuleName(receiver: string, files: ReadonlySet<string>, folders: ReadonlySet<string>): boolean {
  const ends = (path: string): boolean => path.slice(path.lastIndexOf('/') + 1).replace(/\..*$/, '') === receiver;
  return [...files, ...folders].some(ends);
}

export interface Usage extends LineRange {
  /** The definition in which the name stands; null at the top of a file. */
  readonly within: SymbolDefinition | null;
  readonly chunkId: string;
}

/** Chunks looked at for uses of a name. */
const mostChunks = 200;

function holds(text: string, name: string): boolean {
  return text.toLowerCase().includes(name.toLowerCase());
}

/**
 * Lines outside of the definition that hold its name in any way: in a comment, a string, a data file, a use that could not be
 * read as one. Null when it cannot be known: no word of the name can be looked up, or there are too many places.
 */
export function mentionsOf(reader: IndexReader, subject: LineRange & { readonly name: string }): number | null {
  if (!/[\p{L}\p{N}]/u.test(subject.name)) return null;
  const chunks = reader.phrase(subject.name, mostChunks);
  if (chunks.length >= mostChunks) return null;
  const lines = new Set<string>();
  for (const id of chunks) {
    const chunk = reader.chunk(id);
    chunk?.text.split('\n').forEach((text, at) => {
      const line = chunk.startLine + at;
      const own = chunk.path === subject.path && subject.startLine <= line && line <= subject.endLine;
      if (!own && holds(text, subject.name)) lines.add(`${chunk.path}:${String(line)}`);
    });
  }
  return lines.size;
}

/** Places outside comments and strings where the name stands, but for its own definition; files that import it first. */
export function usagesOf(
  reader: IndexReader,
  resolver: ImportResolver,
  /** `isMacro`: used as `name!`, as Rust's are. */
  subject: LineRange & { readonly name: string; readonly isMacro?: boolean },
): Usage[] {
  const texts = new Map<string, FileText | undefined>();
  const bareLines = new Map<string, readonly string[]>();
  const usages: Usage[] = [];
  // Names in code are read without the sign that makes them private (JavaScript) or an object's own (Ruby).
  const bare = subject.name.replace(/^[#@$]+/, '');
  for (const id of reader.phrase(subject.name, mostChunks)) {
    const chunk = reader.chunk(id);
    if (!chunk || !holds(chunk.text, subject.name) || isData(chunk)) continue;
    const file = texts.get(chunk.path) ?? fileText(reader, chunk.path);
    texts.set(chunk.path, file);
    if (!file) continue;
    const symbols = reader
      .symbolsOf(chunk.path)
      .filter((symbol) => symbol.kind !== 'field' && symbol.kind !== 'variable');
    const seen = new Set<SymbolDefinition | null>();
    const defined = new Set<SymbolDefinition>();
    // A chunk may begin inside a comment: only the whole file tells what is one.
    const bareFile =
      bareLines.get(chunk.path) ?? withoutCommentsAndStrings(file.lines.join('\n'), chunk.language).split('\n');
    bareLines.set(chunk.path, bareFile);
    const code = bareFile.slice(chunk.startLine - 1, chunk.endLine).join('\n');
    for (const { name, line: at } of namesInCode(code, chunk.language, (one) =>
      isSameName(one, bare, chunk.language),
    )) {
      const line = chunk.startLine + at - 1;
      const own = chunk.path === subject.path && subject.startLine <= line && line <= subject.endLine;
      if (own) continue;
      if (subject.isMacro === true && !(file.lines[line - 1] ?? '').includes(`${name}!`)) continue;
      const within = innermost(symbols, line) ?? null;
      // The name with which another definition begins is that one's, not a use.
      if (
        within &&
        isSameName(within.name, name, chunk.language) &&
        within.startLine >= chunk.startLine &&
        !defined.has(within)
      ) {
        defined.add(within);
        continue;
      }
      // One use a definition is enough: its lines are one click away.
      if (seen.has(within)) continue;
      seen.add(within);
      usages.push({ path: chunk.path, startLine: line, endLine: line, within, chunkId: chunk.id });
    }
  }
  const rank = (usage: Usage): number => {
    const importing = reader
      .importsOf(usage.path)
      .some(({ specifier }) => resolver.resolve(usage.path, specifier)?.file === subject.path);
    const test = isTestPath(usage.path);
    // A use inside a definition says more than an import line.
    return (test ? 4 : 0) + (usage.within ? 0 : 2) + (usage.path === subject.path || importing ? 0 : 1);
  };
  // An import line says nothing beside a use in the same file.
  const used = new Set(usages.filter(({ within }) => within).map(({ path }) => path));
  const telling = usages.filter(({ within, path }) => within || !used.has(path));
  const ranks = new Map(telling.map((usage) => [usage, rank(usage)]));
  return telling.toSorted((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
}
