/** Where a name occurs in the code of a repository, outside of comments and strings, and the definition around each place. */
import type { IndexReader, SymbolDefinition } from '../../index/types.ts';
import { isSameName, namesInCode, withoutCommentsAndStrings } from './code-words.ts';
import { type FileText, chunkAt, declarationLines, fileText, innermost } from './file-text.ts';
import { isData } from './module-map.ts';

export interface Occurrence {
  readonly path: string;
  readonly line: number;
  /** The line as it is in the file, without the white space around it. */
  readonly text: string;
  /** What stands before a dot in front of the name; empty when there is no dot. */
  readonly receiver: string;
  readonly called: boolean;
  /** The definition in which it stands; null at the top of a file. */
  readonly within: SymbolDefinition | null;
  /** Whether it is the name of a definition, not a use of one. */
  readonly defines: boolean;
  readonly chunkId: string;
}

/** Chunks looked at for one name. */
const mostChunks = 3000;

/** Paths of the files that hold a name, in code or elsewhere; null when they are too many to look at. */
export function filesWith(reader: IndexReader, name: string): string[] | null {
  const ids = reader.phrase(name.replace(/^[#@$]+/, ''), mostChunks);
  if (ids.length >= mostChunks) return null;
  return [...new Set(ids.flatMap((id) => reader.chunk(id)?.path ?? []))].toSorted();
}

/** Every place of a name in the code of these files, by path and line. */
export function occurrencesOf(reader: IndexReader, name: string, isWanted: (path: string) => boolean): Occurrence[] {
  const paths = filesWith(reader, name) ?? reader.files().map(({ path }) => path);
  return paths.filter(isWanted).flatMap((path) => {
    const file = fileText(reader, path);
    return file && !isData(file) ? inFile(reader, file, name.replace(/^[#@$]+/, '')) : [];
  });
}

function inFile(reader: IndexReader, file: FileText, name: string): Occurrence[] {
  const whole = file.lines.join('\n');
  if (!whole.includes(name) && !whole.toLowerCase().includes(name.toLowerCase())) return [];
  // A chunk may begin inside a comment: only the whole file tells what is one.
  const code = withoutCommentsAndStrings(whole, file.language).split('\n');
  const symbols = reader.symbolsOf(file.path);
  const enclosing = symbols.filter(({ kind, local }) => kind !== 'field' && kind !== 'variable' && !local);
  const heads = symbols
    .filter((symbol) => isSameName(symbol.name.replace(/^[#@$]+/, ''), name, file.language))
    .map((symbol) => ({
      symbol,
      ...(declarationLines(file, symbol) ?? { startLine: symbol.startLine, endLine: symbol.startLine }),
    }));
  const named = new Set<SymbolDefinition>();
  const found: Occurrence[] = [];
  for (const [at, text] of code.entries()) {
    if (!text.toLowerCase().includes(name.toLowerCase())) continue;
    const line = at + 1;
    // The line after it may hold the parenthesis of a call.
    for (const one of namesInCode(text, file.language).filter((other) => isSameName(other.name, name, file.language))) {
      const head = heads.find(
        ({ symbol, startLine, endLine }) => startLine <= line && line <= endLine && !named.has(symbol),
      );
      if (head) named.add(head.symbol);
      found.push({
        path: file.path,
        line,
        text: (file.lines[at] ?? '').trim(),
        receiver: one.receiver,
        called: one.called,
        within: definitionOver(enclosing, line, text),
        defines: head !== undefined,
        chunkId: chunkAt(file, line)?.id ?? '',
      });
    }
  }
  return found;
}

/** The definition around a line; of a decorator the one it stands over. */
function definitionOver(symbols: readonly SymbolDefinition[], line: number, text: string): SymbolDefinition | null {
  const below = /^\s*@\w/.test(text)
    ? symbols.find(
        ({ startLine, kind }) => startLine > line && startLine <= line + mostDecorators && kind !== 'constant',
      )
    : undefined;
  return below ?? innermost(symbols, line) ?? null;
}

/** Lines between a decorator and what it stands over. */
const mostDecorators = 12;
