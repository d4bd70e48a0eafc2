/**
 * The parts of a file that can be read for themselves, and how well each fits a question: a definition, a part of a long one, the
 * lines between definitions. Fit adds up, for each word of the question by its worth, what the unit's name, its documentation,
 * the names around it and, saturating as in BM25, its code hold of it.
 */
import type { Chunk, IndexReader, SymbolDefinition } from '../../../index/types.ts';
import { namesInCode } from '../../code/code-words.ts';
import { type FileText, fileText, innermost, linesOf } from '../../code/file-text.ts';
import { wordsOf } from '../../code/words.ts';
import type { Lines } from './documentation-lines.ts';
import { wholeRange } from './forms.ts';
import type { QuestionWords } from './question-words.ts';

interface Bare extends Lines {
  readonly file: FileText;
  /** The definition that it is, or is a part of. */
  readonly symbol: SymbolDefinition | null;
  /** All of a definition, a part of a long one, or lines that are none. */
  readonly kind: 'definition' | 'part' | 'lines';
}

/** A unit as words, whatever is asked. */
interface Words extends Bare {
  readonly code: ReadonlyMap<string, number>;
  /** Words of the code. */
  readonly length: number;
  readonly name: ReadonlySet<string>;
  readonly documentation: ReadonlySet<string>;
  readonly scope: ReadonlySet<string>;
  readonly path: ReadonlySet<string>;
  /** Names in its code. */
  readonly names: ReadonlySet<string>;
  /** What its words are worth for what it is. */
  readonly factor: number;
}

export interface Unit extends Bare {
  /** How well the words of the question fit; comparable over files. */
  readonly fit: number;
  /** What each of the question's words adds to it, in their order. */
  readonly byWord: readonly number[];
  /** What anything is worth for being of its kind: 1 for a function. */
  readonly factor: number;
  /** Names in its code. */
  readonly names: ReadonlySet<string>;
}

/** What is defined within so few lines is read with them. */
const readWhole = 12;
/** A longer definition is read in parts, as the syntax tree divides it. */
const mostDefinitionLines = 60;
const weights = { name: 1.6, documentation: 0.7, scope: 0.3, path: 0.3, code: 1 } as const;
/** BM25's saturation and length normalisation, with the length of a usual unit in words. */
const k1 = 1.5;
const b = 0.3;
const usualLength = 120;
/** A value answers fewer questions than what computes it. */
const ofKind: Readonly<Partial<Record<SymbolDefinition['kind'], number>>> = {
  variable: 0.5,
  constant: 0.7,
  field: 0.5,
  module: 0.5,
};

/** A type that only lists data says what things are called, not what is done with them. */
const dataType = 0.6;
const declares = /^(?:\w+\s+)*(?:type|interface|protocol)\b/;
/** Lines outside of definitions. */
const lines = 0.8;
/** Files whose units are kept as words between questions, those that were asked for last. */
const keptFiles = 96;
/** By the list of a file's chunks, which is another one when the file changed. */
const kept = new Map<readonly Chunk[], readonly Words[]>();

/** The units of a file with their fit, in the order of their lines; none of a file that is not in the index. */
export function unitsOf(reader: IndexReader, path: string, words: QuestionWords): Unit[] {
  return wordsOfUnits(reader, path).map((unit) => {
    const byWord = fitsOf(unit, words);
    const { file, symbol, kind, startLine, endLine, factor, names } = unit;
    return {
      file,
      symbol,
      kind,
      startLine,
      endLine,
      factor,
      names,
      byWord,
      fit: byWord.reduce((sum, fit) => sum + fit, 0),
    };
  });
}

function wordsOfUnits(reader: IndexReader, path: string): readonly Words[] {
  const chunks = reader.chunksOf(path);
  const known = kept.get(chunks);
  const file = known ? undefined : fileText(reader, path);
  const units = known ?? (file ? divided(reader, file) : []);
  // The last asked for is the last in the map.
  kept.delete(chunks);
  if (chunks.length > 0) kept.set(chunks, units);
  for (const oldest of kept.keys()) {
    if (kept.size <= keptFiles) break;
    kept.delete(oldest);
  }
  return units;
}

/** The units of a file as words, in the order of their kinds and lines. */
function divided(reader: Pick<IndexReader, 'symbolsOf'>, file: FileText): Words[] {
  const symbols = reader.symbolsOf(file.path).filter(({ local }) => !local);
  const outer = symbols.filter(
    (symbol) => symbol.kind !== 'module' || symbol.endLine - symbol.startLine < mostDefinitionLines,
  );
  const units: Bare[] = [];
  const taken = new Uint8Array(file.lines.length + 2);
  for (const symbol of outer) {
    const range = wholeRange(file, symbol);
    const inner = outer.filter(
      (one) => one !== symbol && one.startLine >= symbol.startLine && one.endLine <= symbol.endLine,
    );
    // A field or a variable inside of what is read whole anyway is no unit of its own.
    const around = innermostAround(outer, symbol);
    if (around && around.endLine - around.startLine < readWhole) continue;
    taken.fill(1, range.startLine, range.endLine + 1);
    const isLong = symbol.endLine - symbol.startLine >= mostDefinitionLines;
    if (symbol.kind === 'type' || !isLong || inner.length > 3) {
      units.push({ file, symbol, kind: 'definition', ...range });
      continue;
    }
    for (const chunk of file.chunks) {
      const startLine = Math.max(chunk.startLine, range.startLine);
      const endLine = Math.min(chunk.endLine, range.endLine);
      if (startLine <= endLine) units.push({ file, symbol, kind: 'part', startLine, endLine });
    }
  }
  for (const chunk of file.chunks) {
    let startLine = chunk.startLine;
    for (let line = chunk.startLine; line <= chunk.endLine + 1; line++) {
      const isFree = line <= chunk.endLine && taken[line] === 0;
      if (isFree) continue;
      if (startLine < line && linesOf(file, startLine, line - 1).trim() !== '')
        units.push({ file, symbol: null, kind: 'lines', startLine, endLine: line - 1 });
      startLine = line + 1;
    }
  }
  const ofPath = new Set(wordsOf(file.path));
  return units.map((unit) => asWords(unit, outer, ofPath));
}

function innermostAround(symbols: readonly SymbolDefinition[], symbol: SymbolDefinition): SymbolDefinition | undefined {
  return innermost(
    symbols.filter((one) => one !== symbol && one.endLine - one.startLine > symbol.endLine - symbol.startLine),
    symbol.startLine,
    symbol.endLine,
  );
}

function asWords(unit: Bare, all: readonly SymbolDefinition[], path: ReadonlySet<string>): Words {
  const { file, symbol, kind, startLine, endLine } = unit;
  // Of a type only its head: its members speak for themselves.
  let last = endLine;
  if (symbol && kind === 'definition')
    for (const other of all)
      if (
        other !== symbol &&
        other.kind !== 'field' &&
        other.startLine > symbol.startLine &&
        other.endLine <= symbol.endLine
      )
        last = Math.min(last, other.startLine - 1);
  const code = new Map<string, number>();
  const text = linesOf(file, startLine, last);
  const own = wordsOf(text);
  for (const word of own) code.set(word, (code.get(word) ?? 0) + 1);
  const isData = symbol?.kind === 'type' && (!text.includes('(') || declares.test(symbol.signature));
  return {
    ...unit,
    code,
    length: own.length,
    name: new Set(symbol ? wordsOf(symbol.name) : []),
    documentation: new Set(symbol ? wordsOf(symbol.documentation) : []),
    scope: new Set(symbol?.scope.flatMap(wordsOf)),
    path,
    names: new Set(namesInCode(text, file.language).map(({ name: used }) => used)),
    factor: symbol ? (isData ? dataType : (ofKind[symbol.kind] ?? 1)) : lines,
  };
}

function fitsOf(unit: Words, words: QuestionWords): number[] {
  return [...words.weights].map(([word, worth]) => {
    let fit = fitOf(unit, word);
    for (const { stem, share } of words.near.get(word) ?? []) fit = Math.max(fit, share * fitOf(unit, stem));
    return unit.factor * worth * fit;
  });
}

function fitOf({ code, length, name, documentation, scope, path }: Words, word: string): number {
  const count = code.get(word) ?? 0;
  const inCode = count === 0 ? 0 : count / (count + k1 * (1 - b + (b * length) / usualLength));
  return (
    inCode * weights.code +
    (name.has(word) ? weights.name : 0) +
    (documentation.has(word) ? weights.documentation : 0) +
    (scope.has(word) ? weights.scope : 0) +
    (path.has(word) ? weights.path : 0)
  );
}
