/** What an explanation is about: a definition, a range of lines, or a whole file. */
import { say } from '../../base/sentences.ts';
import { fault } from '../../base/errors.ts';
import type { IndexReader, SymbolDefinition } from '../../index/types.ts';
import type { ExplainRequest, LineRange } from '../../protocol/answers.ts';
import { type FileText, fileText, innermost } from '../code/file-text.ts';

export interface Subject extends LineRange {
  readonly file: FileText;
  /** The definition that is explained, or that holds the range; null for a file and for lines outside definitions. */
  readonly symbol: SymbolDefinition | null;
  readonly kind: 'definition' | 'range' | 'file';
  readonly contentHash: string;
}

/**
 * A single line stands for the smallest definition that holds it; a range that covers a definition's lines to within its first
 * and last stands for that definition; other ranges stand for themselves.
 * @throws LS6014 when the path is not in the index, LS6015 when the lines are not in the file
 */
export function subjectOf(reader: IndexReader, request: ExplainRequest): Subject {
  const path = request.path.replaceAll('\\', '/').replace(/^\.\//, '');
  const file = fileText(reader, path);
  const indexed = reader.file(path);
  if (!file || !indexed) throw fault('LS6014', path);
  const { contentHash } = indexed;
  const { startLine } = request;
  if (startLine === undefined)
    return {
      path,
      file,
      contentHash,
      symbol: null,
      kind: 'file',
      startLine: 1,
      endLine: Math.max(file.lines.length, 1),
    };
  const endLine = request.endLine ?? startLine;
  if (
    !Number.isInteger(startLine) ||
    !Number.isInteger(endLine) ||
    startLine < 1 ||
    endLine < startLine ||
    startLine > Math.max(file.lines.length, 1)
  )
    throw fault(
      'LS6015',
      say(
        '{0} ends at line {1}, and {2} was asked for',
        path,
        String(file.lines.length),
        endLine === startLine ? String(startLine) : `${startLine}-${endLine}`,
      ),
    );
  const last = Math.min(endLine, Math.max(file.lines.length, 1));
  const symbols = reader.symbolsOf(path);
  const of = (symbol: SymbolDefinition): Subject => ({
    path,
    file,
    contentHash,
    symbol,
    kind: 'definition',
    startLine: symbol.startLine,
    endLine: symbol.endLine,
  });
  if (startLine === last) {
    // A variable's line inside a function asks about the function, unless it is all there is.
    const symbol =
      innermost(
        symbols.filter(({ kind, local }) => !local || (kind !== 'variable' && kind !== 'constant')),
        startLine,
      ) ?? innermost(symbols, startLine);
    return symbol ? of(symbol) : { path, file, contentHash, symbol: null, kind: 'range', startLine, endLine: last };
  }
  const covered = symbols
    .filter((symbol) => startLine <= symbol.startLine && symbol.endLine <= last)
    .toSorted((a, b) => b.endLine - b.startLine - (a.endLine - a.startLine));
  const [largest] = covered;
  const code = (from: number, to: number): boolean => file.lines.slice(from - 1, to).some((line) => line.trim() !== '');
  if (largest && !code(startLine, largest.startLine - 1) && !code(largest.endLine + 1, last)) return of(largest);
  return {
    path,
    file,
    contentHash,
    symbol: innermost(symbols, startLine, last) ?? null,
    kind: 'range',
    startLine,
    endLine: last,
  };
}
