/**
 * What the best pieces of a dossier are related to: the definitions that they call and name, and the places that use them. What an
 * answer rests on is often one call away from where its words are.
 */
import { type Sentence, say } from '../../../base/sentences.ts';
import type { IndexReader, SymbolDefinition } from '../../../index/types.ts';
import { namesInCode } from '../../code/code-words.ts';
import { type FileText, linesOf, qualifiedName } from '../../code/file-text.ts';
import type { ImportResolver } from '../../code/imports.ts';
import { isTestPath } from '../../code/module-map.ts';
import { usagesOf, usesOf } from '../../code/relations.ts';
import type { Piece } from './piece.ts';

export interface Related {
  readonly path: string;
  readonly symbol: SymbolDefinition;
  /** The line of the relation, where it is in the related place. */
  readonly line: number | null;
  /** Share of the worth of the piece that it is related to. */
  readonly share: number;
  readonly parent: Piece;
  readonly reason: Sentence;
}

/** What each relation leaves of the worth of its piece; a name that may be another's leaves less. */
const shares = { uses: 0.7, usesType: 0.3, usesByName: 0.45, usedBy: 0.32 } as const;
/** A definition used in more places is a tool of the whole repository; its users say little of it. */
const mostUsers = 12;
/** Chunks that hold its name in any way. */
const mostPlaces = 60;
const mostUsersTaken = 4;

/** What the lines of a piece use. */
export function usedBy(reader: IndexReader, resolver: ImportResolver, piece: Piece): Related[] {
  const reason = say('used in {0}', nameOf(piece));
  const related = usesOf(reader, resolver, piece.file, piece)
    .used.filter(({ definition }) => definition.kind !== 'variable' && definition.kind !== 'module')
    .map(({ definition, how }): Related => {
      const share =
        how === 'by name alone' ? shares.usesByName : definition.kind === 'type' ? shares.usesType : shares.uses;
      return { path: definition.path, symbol: definition, line: null, share, parent: piece, reason };
    });
  const known = new Set(related.map(({ symbol }) => symbol.name));
  const members = membersCalled(reader, piece).filter(({ name }) => !known.has(name));
  return [
    ...related,
    ...members.map((symbol): Related => ({
      path: symbol.path,
      symbol,
      line: null,
      share: shares.usesByName,
      parent: piece,
      reason,
    })),
  ];
}

/**
 * Methods that are called on something whose type cannot be told: where several types have such a method, that of the one which
 * the same lines name.
 */
function membersCalled(
  reader: IndexReader,
  { file, startLine, endLine, symbol }: Piece,
): (SymbolDefinition & { readonly path: string })[] {
  const names = namesInCode(linesOf(file, startLine, endLine), file.language);
  const there = new Set(names.map(({ name }) => name));
  const called = new Set(
    names.filter((one) => one.called && one.receiver !== '' && one.name !== symbol?.name).map(({ name }) => name),
  );
  return [...called].flatMap((name) => {
    const own = reader
      .definitions(name)
      .filter(
        ({ kind, local, scope, path }) =>
          kind === 'method' && !local && !isTestPath(path) && there.has(scope.at(-1) ?? ''),
      );
    return own.length === 1 ? own : [];
  });
}

/** The definitions that use what a piece defines, those of the same file and of files that import it first. */
export function usersOf(reader: IndexReader, resolver: ImportResolver, piece: Piece): Related[] {
  const { symbol } = piece;
  if (!symbol || symbol.kind === 'variable' || symbol.kind === 'field' || symbol.name.length < 3) return [];
  if (reader.phrase(symbol.name, mostPlaces + 1).length > mostPlaces) return [];
  const isMacro = piece.file.language === 'rust' && symbol.signature.startsWith('macro_rules!');
  const usages = usagesOf(reader, resolver, {
    path: piece.file.path,
    startLine: symbol.startLine,
    endLine: symbol.endLine,
    name: symbol.name,
    isMacro,
  });
  if (usages.length > mostUsers) return [];
  return usages.slice(0, mostUsersTaken).flatMap(({ path, startLine, within }): Related[] =>
    within
      ? [
          {
            path,
            symbol: within,
            line: startLine,
            share: shares.usedBy,
            parent: piece,
            reason: say('uses {0}', qualifiedName(symbol)),
          },
        ]
      : [],
  );
}

function nameOf({ symbol, file }: { readonly symbol: SymbolDefinition | null; readonly file: FileText }): string {
  return symbol ? qualifiedName(symbol) : file.path;
}
