/** Short lists in one column: a scope's names, the scopes of all chunks, the imports of a file. */
import type { ImportReference } from '../types.ts';

const betweenChunks = '\x1e';

/** Names joined by line feeds; no name holds one. */
export function packScope(scope: readonly string[]): string {
  return scope.join('\n');
}

export function unpackScope(packed: string): string[] {
  return packed === '' ? [] : packed.split('\n');
}

export function packScopes(scopes: readonly string[]): string {
  return scopes.join(betweenChunks);
}

/** One packed scope for each chunk. */
export function unpackScopes(packed: string): string[] {
  return packed.split(betweenChunks);
}

export function packImports(imports: readonly ImportReference[]): string {
  return imports.map(({ line, specifier }) => `${line} ${specifier}`).join('\n');
}

export function unpackImports(packed: string): ImportReference[] {
  if (packed === '') return [];
  return packed.split('\n').map((entry) => {
    const space = entry.indexOf(' ');
    return { line: Number(entry.slice(0, space)), specifier: entry.slice(space + 1) };
  });
}
