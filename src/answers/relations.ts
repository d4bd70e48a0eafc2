/**
 * What a piece of code uses and what uses it, as far as names and imports tell. A name is only resolved where it can hardly be
 * another: defined in the same file, in a file that is imported, or once in the whole repository; the rest is said to be unsure.
 */
import type { IndexReader, SymbolDefinition } from '../index/types.ts';
import type { LineRange } from '../protocol/answers.ts';
import { namesInCode } from './code-words.ts';
import { type FileText, fileText, innermost, linesOf } from './file-text.ts';
import { type ImportResolver, parent } from './imports.ts';

export type Certainty = 'same file' | 'imported' | 'same package' | 'only definition of this name';

export interface Used {
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

/** Names this common are methods of the language's own types more often than of the repository's. */
const shortestMember = 5;
const selfNames = new Set(['self', 'this', 'cls', 'super', 'Self', '@']);

/** Definitions of the repository that the lines of a file name. */
export function usesOf(
  reader: IndexReader,
  resolver: ImportResolver,
  file: FileText,
  range: Pick<LineRange, 'startLine' | 'endLine'>,
): Uses {
  const imported = reader.importsOf(file.path).map(({ specifier }) => resolver.resolve(file.path, specifier));
  const importedFiles = new Set(imported.flatMap((target) => target?.file ?? []));
  // A Go package is a folder; so is a Java package: all files of it are in reach.
  const importedFolders = new Set(imported.flatMap((target) => (target && target.file === undefined ? [target.folder] : [])));
  const packageIsFolder = ['go', 'java', 'csharp', 'kotlin', 'scala'].includes(file.language);
  const used: Used[] = [];
  const ambiguous: { name: string; definitions: number }[] = [];
  const seen = new Set<string>();
  for (const { name, line: at, receiver, called } of namesInCode(linesOf(file, range.startLine, range.endLine), file.language)) {
    const line = range.startLine + at - 1;
    const member = receiver !== '' && !selfNames.has(receiver);
    if (seen.has(name) || name.length < 2 || (member && name.length < shortestMember)) continue;
    const all = reader.definitions(name).filter((definition) => !definition.local && definition.kind !== 'field');
    // What is defined inside the lines is part of them, and a use in its own lines is recursion.
    const others = all.filter((d) => d.path !== file.path || d.startLine < range.startLine || d.startLine > range.endLine);
    if (others.length === 0 || others.length < all.length) continue;
    // A bare word that is no call and no type is as likely a variable of the same name.
    const types = others.filter((d) => d.kind === 'type' || d.kind === 'constant' || d.kind === 'module');
    const possible = called || member ? others : types;
    if (possible.length === 0) continue;
    seen.add(name);
    const choices: (readonly [Certainty, typeof possible])[] = [
      ['same file', possible.filter((d) => d.path === file.path)],
      ['imported', possible.filter((d) => importedFiles.has(d.path) || importedFolders.has(parent(d.path)))],
      ['same package', packageIsFolder ? possible.filter((d) => parent(d.path) === parent(file.path)) : []],
      ['only definition of this name', possible.filter((d) => d.kind !== 'variable')],
    ];
    const [how, found] = choices.find(([, candidates]) => candidates.length > 0) ?? ['same file', []];
    const [definition] = found;
    if (!definition) continue;
    const oneOrOverloads = found.length === 1 || new Set(found.map((d) => `${d.path} ${d.scope.join('.')}`)).size === 1;
    if (oneOrOverloads) used.push({ definition, how, line });
    else ambiguous.push({ name, definitions: found.length });
  }
  return { used, ambiguous };
}

export interface Usage extends LineRange {
  /** The definition in which the name stands; null at the top of a file. */
  readonly within: SymbolDefinition | null;
  readonly chunkId: string;
}

/** Chunks looked at for uses of a name. */
const mostChunks = 200;

/** Places outside comments and strings where the name stands, but for its own definition; files that import it first. */
export function usagesOf(
  reader: IndexReader,
  resolver: ImportResolver,
  subject: LineRange & { readonly name: string },
): Usage[] {
  const texts = new Map<string, FileText | undefined>();
  const usages: Usage[] = [];
  for (const id of reader.phrase(subject.name, mostChunks)) {
    const chunk = reader.chunk(id);
    if (!chunk?.text.includes(subject.name)) continue;
    const file = texts.get(chunk.path) ?? fileText(reader, chunk.path);
    texts.set(chunk.path, file);
    if (!file) continue;
    const symbols = reader.symbolsOf(chunk.path).filter((symbol) => symbol.kind !== 'field' && symbol.kind !== 'variable');
    const seen = new Set<SymbolDefinition | null>();
    for (const { name, line: at } of namesInCode(chunk.text, chunk.language)) {
      const line = chunk.startLine + at - 1;
      const own = chunk.path === subject.path && subject.startLine <= line && line <= subject.endLine;
      if (name !== subject.name || own) continue;
      const within = innermost(symbols, line) ?? null;
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
    const test = /(?:^|[/._-])(?:tests?|specs?|examples?|docs?|bench\w*)(?:[/._-]|$)/i.test(usage.path);
    // A use inside a definition says more than an import line.
    return (test ? 4 : 0) + (usage.within ? 0 : 2) + (usage.path === subject.path || importing ? 0 : 1);
  };
  const ranks = new Map(usages.map((usage) => [usage, rank(usage)]));
  return usages.toSorted((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
}
