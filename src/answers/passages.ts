/**
 * From a ranked chunk to the passage that answers: search finds the file, this finds the definition in it.
 *
 * Every definition of the file is scored by the question's words with BM25 over four fields (name, enclosing names,
 * documentation, code), a word's weight being its rarity among the definitions of that file: what sets one definition of a
 * file apart from its neighbours is not what sets the file apart from the repository.
 */
import type { Chunk, SymbolDefinition } from '../index/types.ts';
import { type FileText, chunkAt, linesOf } from './file-text.ts';
import { wordsOf } from './words.ts';

/** A run of lines of one file, with the definition it shows when it shows one. */
export interface Passage {
  readonly chunk: Chunk;
  readonly symbol: SymbolDefinition | null;
  readonly startLine: number;
  readonly endLine: number;
  /** How well the words of the question fit, for passages of one file. */
  readonly fit: number;
}

const weights = { name: 4, scope: 1, documentation: 1.2, code: 1 } as const;
/** BM25's saturation and length normalisation. */
const k1 = 1.5;
const b = 0.3;
/** The chunk that search chose knows more than these words: its definitions are favoured. */
const chosenChunk = 1.3;
/** A definition that the question names by its exact name is the one. */
const named = 4;
/** A definition longer than this is not shown whole. */
const mostLines = 80;

interface Candidate {
  readonly symbol: SymbolDefinition;
  readonly counts: ReadonlyMap<string, number>;
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
  const candidates = visible.map((symbol) => candidate(file, symbol, visible));
  const mean = candidates.reduce((sum, { length }) => sum + length, 0) / Math.max(candidates.length, 1);
  const holders = new Map(
    words.map((word) => [word, candidates.filter(({ counts }) => counts.has(word)).length] as const),
  );
  const scored = candidates
    .map(({ symbol, counts, length }) => {
      let fit = 0;
      for (const word of words) {
        const count = counts.get(word) ?? 0;
        const held = holders.get(word) ?? 0;
        if (count === 0) continue;
        const rarity = Math.log(1 + (candidates.length - held + 0.5) / (held + 0.5));
        fit += (rarity * count * (k1 + 1)) / (count + k1 * (1 - b + (b * length) / mean));
      }
      if (symbol.startLine <= chosen.endLine && chosen.startLine <= symbol.endLine) fit *= chosenChunk;
      if (names.includes(symbol.name)) fit = Math.max(fit, 1) * named;
      return { symbol, fit };
    })
    .filter(({ fit }) => fit > 0)
    .toSorted((x, y) => y.fit - x.fit);
  const passages = scored.map(({ symbol, fit }) => passageOf(file, symbol, chosen, fit));
  if (passages.length > 0) return passages;
  return [{ chunk: chosen, symbol: null, startLine: chosen.startLine, endLine: chosen.endLine, fit: 0 }];
}

/** The fields of one definition as weighted word counts; of a type only its head, for its members speak for themselves. */
function candidate(file: FileText, symbol: SymbolDefinition, all: readonly SymbolDefinition[]): Candidate {
  let bodyEnd = symbol.endLine;
  for (const other of all) {
    if (other !== symbol && other.startLine > symbol.startLine && other.endLine <= symbol.endLine)
      bodyEnd = Math.min(bodyEnd, other.startLine - 1);
  }
  const counts = new Map<string, number>();
  let length = 0;
  const add = (text: string, weight: number): void => {
    for (const word of wordsOf(text)) {
      counts.set(word, (counts.get(word) ?? 0) + weight);
      length += weight;
    }
  };
  add(symbol.name, weights.name);
  add(symbol.scope.join(' '), weights.scope);
  add(symbol.documentation, weights.documentation);
  add(linesOf(file, symbol.startLine, bodyEnd), weights.code);
  return { symbol, counts, length };
}

/** The lines of a definition, or of the part that search chose when it is long and that part is not its beginning. */
function passageOf(file: FileText, symbol: SymbolDefinition, chosen: Chunk, fit: number): Passage {
  const chunk = chunkAt(file, symbol.startLine) ?? chosen;
  if (symbol.endLine - symbol.startLine < mostLines)
    return { chunk, symbol, startLine: symbol.startLine, endLine: symbol.endLine, fit };
  const inside = symbol.startLine < chosen.startLine && chosen.endLine <= symbol.endLine;
  if (inside) return { chunk: chosen, symbol, startLine: chosen.startLine, endLine: chosen.endLine, fit };
  const endLine = Math.min(symbol.endLine, Math.max(chunk.endLine, symbol.startLine + mostLines / 4));
  return { chunk, symbol, startLine: symbol.startLine, endLine: Math.min(endLine, symbol.startLine + mostLines - 1), fit };
}
