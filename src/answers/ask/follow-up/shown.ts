/** What an earlier turn showed, found again in the index as it is now: the client's list, or the places its text names. */
import type { SymbolDefinition } from '../../../index/types.ts';
import type { LineRange, Turn, TurnSource } from '../../../protocol/answers.ts';
import { innermost, qualifiedName } from '../../code/file-text.ts';
import type { AnswersRepository } from '../../dependencies.ts';

export type Place = Pick<AnswersRepository, 'reader' | 'repositoryRoot' | 'name'>;

/** A definition, or lines of a file that are none. */
export interface Shown extends LineRange {
  readonly from: Place;
  readonly symbol: SymbolDefinition | null;
  /** The number under which the answer cites it; left out: it does not. */
  readonly number?: number;
}

/** Places that are looked for in the text of an answer. */
const mostInText = 40;

/** What the turn showed, in its order, each place once; what is gone from the index is left out. */
export function shownBy(turn: Turn, places: readonly Place[]): Shown[] {
  const found = turn.sources
    ? turn.sources.flatMap((source) => locate(source, places) ?? [])
    : inText(turn.answer, places);
  return found.filter((one, at) => found.findIndex((other) => isSame(one, other)) === at);
}

export function isSame(a: Shown, b: Shown): boolean {
  return (
    a.from === b.from &&
    a.path === b.path &&
    (a.symbol && b.symbol ? qualifiedName(a.symbol) === qualifiedName(b.symbol) : a.startLine === b.startLine)
  );
}

/** The place as it is now: by its symbol's name where it has one, for lines move when a file is edited. */
export function locate(source: TurnSource, places: readonly Place[]): Shown | null {
  const { repository, path, symbol: name, startLine, number } = source;
  const from =
    places.find((place) => place.repositoryRoot === repository) ?? places.find((place) => holds(place, path));
  const file = from?.reader.file(path);
  if (!from || !file) return null;
  const symbols = from.reader.symbolsOf(path);
  const ofName = symbols
    .filter((symbol) => qualifiedName(symbol) === name)
    .toSorted((a, b) => Math.abs(a.startLine - startLine) - Math.abs(b.startLine - startLine))[0];
  const numbered = number === undefined ? {} : { number };
  if (ofName) return { from, path, symbol: ofName, startLine: ofName.startLine, endLine: ofName.endLine, ...numbered };
  if (startLine > Math.max(file.lines, 1)) return null;
  const endLine = Math.min(source.endLine, Math.max(file.lines, 1));
  return { from, path, symbol: null, startLine, endLine: Math.max(endLine, startLine), ...numbered };
}

function holds({ reader }: Place, path: string): boolean {
  return reader.file(path) !== undefined;
}

/** Places that a text names as `path:3-9`, with the number behind them where there is one, then the names in backticks. */
function inText(text: string, places: readonly Place[]): Shown[] {
  const found: Shown[] = [];
  for (const match of text.matchAll(
    /([\p{L}\p{N}_@.+/-]+\.[A-Za-z0-9]+):(\d{1,7})(?:-(\d{1,7}))?`?(?: \[(\d{1,3})\])?/gu,
  )) {
    if (found.length >= mostInText) break;
    const [, named = '', start, end, number] = match;
    const startLine = Number(start);
    const endLine = Math.max(Number(end ?? start), startLine);
    for (const from of places) {
      // Where there are several repositories a path follows the name of its own.
      const path = from.name !== null && named.startsWith(`${from.name}/`) ? named.slice(from.name.length + 1) : named;
      if (!holds(from, path)) continue;
      const symbol = innermost(from.reader.symbolsOf(path), startLine);
      // A range inside of a definition is a part of it.
      const isWhole = symbol && symbol.startLine >= startLine - 1;
      const numbered = number === undefined ? {} : { number: Number(number) };
      found.push({ from, path, symbol: isWhole ? symbol : null, startLine, endLine, ...numbered });
      break;
    }
  }
  if (found.length > 0) return found;
  for (const [, name = ''] of text.matchAll(/`([\p{L}_$][\p{L}\p{N}_$.]*)(?:\(\))?`/gu)) {
    if (found.length >= mostInText) break;
    const one = definitionsOf(name, places)[0];
    if (one) found.push(one);
  }
  return found;
}

/** Definitions of a name, qualified or not, that others see. */
export function definitionsOf(name: string, places: readonly Place[]): Shown[] {
  const parts = name.split('.');
  const last = parts.at(-1) ?? name;
  const scope = parts.at(-2);
  return places.flatMap((from) =>
    from.reader
      .definitions(last)
      .filter((symbol) => !symbol.local && (scope === undefined || symbol.scope.at(-1) === scope))
      .map(({ path, ...symbol }): Shown => ({
        from,
        path,
        symbol,
        startLine: symbol.startLine,
        endLine: symbol.endLine,
      })),
  );
}
