/** Completion of @files, #symbols and folders in a question: what begins like the letters typed first, then what holds them. */
import type { StoreReader } from '../../index/store/reader.ts';
import type { Completion } from '../../protocol/engine.ts';

export interface CompletionRequest {
  readonly prefix: string;
  readonly kind: 'file' | 'symbol' | 'folder';
  readonly limit: number;
}

export function complete(
  reader: Pick<StoreReader, 'files' | 'symbolsLike'>,
  { prefix, kind, limit }: CompletionRequest,
): readonly Completion[] {
  switch (kind) {
    case 'symbol':
      return reader.symbolsLike(prefix, limit).map(({ path, ...symbol }) => ({
        label: [...symbol.scope, symbol.name].join('.'),
        path,
        startLine: symbol.startLine,
        endLine: symbol.endLine,
      }));
    case 'file':
      return best(
        reader.files().map(({ path }) => path),
        prefix,
        limit,
      );
    case 'folder':
      return best(foldersOf(reader.files().map(({ path }) => path)), prefix, limit);
  }
}

function foldersOf(paths: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const path of paths)
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const folder = path.slice(0, slash);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  return [...folders].sort();
}

/** The name begins so, then the path does, then the path holds it; shorter paths first among equals. */
function best(paths: readonly string[], prefix: string, limit: number): readonly Completion[] {
  const wanted = prefix.toLowerCase();
  const rank = (path: string): number => {
    const lower = path.toLowerCase();
    if (lower.slice(lower.lastIndexOf('/') + 1).startsWith(wanted)) return 0;
    if (lower.startsWith(wanted)) return 1;
    return lower.includes(wanted) ? 2 : 3;
  };
  return paths
    .map((path) => ({ path, rank: rank(path) }))
    .filter((one) => one.rank < 3)
    .sort((a, b) => a.rank - b.rank || a.path.length - b.path.length || (a.path < b.path ? -1 : 1))
    .slice(0, limit)
    .map(({ path }) => ({ label: path, path }));
}
