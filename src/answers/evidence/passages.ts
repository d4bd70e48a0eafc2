/**
 * From a ranked chunk to the passage that answers: search finds the file, this finds the definition in it.
 *
 * Every definition of the file is scored by the question's words: each word counts by its rarity among the definitions of that
 * file (what sets one definition apart from its neighbours is not what sets the file apart from the repository), and adds up
 * what its name, its documentation, the names around it and, saturating as in BM25, its code hold of it.
 */
import type { Chunk, SymbolDefinition } from '../../index/types.ts';
import { type FileText, chunkAt, linesOf } from '../code/file-text.ts';
import { wordsOf } from '../code/words.ts';

/** A run of lines of one file, with the definition it shows when it shows one. */
export interface Passage {
  readonly chunk: Chunk;
  readonly symbol: SymbolDefinition | null;
  readonly startLine: number;
  readonly endLine: number;
  /** How well the words of the question fit, for passages of one file. */
  readonly fit: number;
}

/** What a word in each field is worth; one in the code as much as it saturates. */
const weights = { name: 1.6, documentation: 0.7, scope: 0.3, code: 1 } as const;
/** BM25's saturation and length normalisation, for the code. */
const k1 = 1.5;
const b = 0.3;
/** A word that the path explains brought the question to this file; it says little about where in it. */
const inPath = 0.3;
/** A value answers fewer questions than what computes it. */
const ofKind: Readonly<Partial<Record<SymbolDefinition['kind'], number>>> = {
  variable: 0.5,
  constant: 0.6,
  field: 0.5,
  module: 0.5,
};
/** The chunk that search chose knows more than these words: its definitions are favoured. */
const chosenChunk = 1.3;
/** A definition that the question names by its exact name is the one. */
const named = 4;
/** A definition longer than this is not shown whole. */
const mostLines = 80;

/** By the list of a file's chunks, which is another one when the file changed. */
const made = new WeakMap<readonly Chunk[], readonly Candidate[]>();

interface Candidate {
  readonly symbol: SymbolDefinition;
  readonly name: ReadonlySet<string>;
  readonly documentation: ReadonlySet<string>;
  readonly scope: ReadonlySet<string>;
  readonly code: ReadonlyMap<string, number>;
  /** Words of the code. */
  readonly length: number;
}

/**
 * The passages of a file that fit the question, best first; at least one.
 * @param chosen the chunk that search ranked
 * @param words the question's content words as stems
 * @param names names of code that stand in the question
 */
export function passagesOf(
  file: FileText,
  symbols: readonly SymbolDefinition[],
  chosen: Chunk,
  words: readonly string[],
  names: readonly string[],
): Passage[] {
  const visible = symbols.filter((symbol) => !symbol.local);
  const candidates = candidatesIn(file, visible);
  const mean = candidates.reduce((sum, { length }) => sum + length, 0) / Math.max(candidates.length, 1);
  const holds = (one: Candidate, word: string): boolean =>
    one.name.has(word) || one.code.has(word) || one.documentation.has(word);
  const holders = new Map(words.map((word) => [word, candidates.filter((one) => holds(one, word)).length] as const));
  const ofPath = new Set(wordsOf(file.path));
  const scored = candidates
    .map((one) => {
      const { symbol } = one;
      let fit = 0;
      for (const word of words) {
        const held = holders.get(word) ?? 0;
        const rarity = Math.log(1 + (candidates.length - held + 0.5) / (held + 0.5)) * (ofPath.has(word) ? inPath : 1);
        const count = one.code.get(word) ?? 0;
        const code = count === 0 ? 0 : count / (count + k1 * (1 - b + (b * one.length) / mean));
        fit +=
          rarity *
          (code * weights.code +
            (one.name.has(word) ? weights.name : 0) +
            (one.documentation.has(word) ? weights.documentation : 0) +
            (one.scope.has(word) ? weights.scope : 0));
      }
      if (symbol.startLine <= chosen.endLine && chosen.startLine <= symbol.endLine) fit *= chosenChunk;
      fit *= ofKind[symbol.kind] ?? 1;
      if (names.includes(symbol.name)) fit = Math.max(fit, 1) * named;
      return { symbol, fit };
    })
    .filter(({ fit }) => fit > 0)
    .toSorted((x, y) => y.fit - x.fit);
  const passages = scored.map(({ symbol, fit }) => passageOf(file, symbol, chosen, fit));
  if (passages.length > 0) return passages;
  return [{ chunk: chosen, symbol: null, startLine: chosen.startLine, endLine: chosen.endLine, fit: 0 }];
}

/** The definitions of a file as words; kept while the file is as it is. */
function candidatesIn(file: FileText, symbols: readonly SymbolDefinition[]): readonly Candidate[] {
  const known = made.get(file.chunks);
  if (known) return known;
  const all = symbols.map((symbol) => candidate(file, symbol, symbols));
  if (file.chunks.length > 0) made.set(file.chunks, all);
  return all;
}

/** The fields of one definition as words; of a type only its head, for its members speak for themselves. */
function candidate(file: FileText, symbol: SymbolDefinition, all: readonly SymbolDefinition[]): Candidate {
  let bodyEnd = symbol.endLine;
  for (const other of all) {
    if (other !== symbol && other.startLine > symbol.startLine && other.endLine <= symbol.endLine)
      bodyEnd = Math.min(bodyEnd, other.startLine - 1);
  }
  const code = new Map<string, number>();
  const words = wordsOf(linesOf(file, symbol.startLine, bodyEnd));
  for (const word of words) code.set(word, (code.get(word) ?? 0) + 1);
  return {
    symbol,
    name: new Set(wordsOf(symbol.name)),
    documentation: new Set(wordsOf(symbol.documentation)),
    scope: new Set(symbol.scope.flatMap(wordsOf)),
    code,
    length: words.length,
  };
}

/** The lines of a definition, or of the part that search chose when it is long and that part is not its beginning. */
function passageOf(file: FileText, symbol: SymbolDefinition, chosen: Chunk, fit: number): Passage {
  const chunk = chunkAt(file, symbol.startLine) ?? chosen;
  if (symbol.endLine - symbol.startLine < mostLines)
    return { chunk, symbol, startLine: symbol.startLine, endLine: symbol.endLine, fit };
  const inside = symbol.startLine < chosen.startLine && chosen.endLine <= symbol.endLine;
  if (inside) return { chunk: chosen, symbol, startLine: chosen.startLine, endLine: chosen.endLine, fit };
  const endLine = Math.min(symbol.endLine, Math.max(chunk.endLine, symbol.startLine + mostLines / 4));
  return {
    chunk,
    symbol,
    startLine: symbol.startLine,
    endLine: Math.min(endLine, symbol.startLine + mostLines - 1),
    fit,
  };
}
