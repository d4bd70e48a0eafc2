/** What a package hands out: the names that its front file (`index.ts`, `__init__.py`) exports, its re-exports followed. */
import type { IndexReader } from '../../index/types.ts';
import { fileText } from '../code/file-text.ts';
import { createImportResolver } from '../code/imports.ts';

export interface PublicNames {
  has(path: string, name: string): boolean;
}

const fronts = [
  'src/index.ts',
  'src/index.tsx',
  'src/index.js',
  'index.ts',
  'index.tsx',
  'index.js',
  'index.mjs',
  'src/main.ts',
  '__init__.py',
];

/** Null where the package has no such file: then visibility alone decides. */
export function publicNamesOf(reader: IndexReader, folder: string): PublicNames | null {
  const prefix = folder === '' ? '' : `${folder}/`;
  const front = fronts.map((name) => prefix + name).find((path) => reader.file(path) !== undefined);
  if (front === undefined) return null;
  const resolver = createImportResolver(reader);
  /** By file: names, or `*` for all that it exports. */
  const open = new Map<string, Set<string>>();
  const add = (path: string, name: string): void => {
    const names = open.get(path) ?? new Set<string>();
    open.set(path, names.add(name));
  };
  const seen = new Set<string>();
  const follow = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const text = fileText(reader, path)?.lines.join('\n') ?? '';
    add(path, '*');
    if (path.endsWith('.py')) {
      for (const [, from = '', names = ''] of text.matchAll(/^from\s+(\S+)\s+import\s+(\([^)]*\)|[^\n]*)/gm)) {
        const file = resolver.resolve(path, from)?.file;
        if (file === undefined) continue;
        if (/^\s*\*/.test(names)) follow(file);
        for (const [, name = ''] of names.replaceAll(/#[^\n]*/g, '').matchAll(/([A-Za-z_]\w*)(?:\s+as\s+\w+)?/g))
          add(file, name);
      }
      return;
    }
    const bare = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/[^\n]*/gm, '');
    for (const [, names, from = ''] of bare.matchAll(
      /^\s*export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{([^}]*)\})\s+from\s+['"]([^'"]+)['"]/gm,
    )) {
      const file = resolver.resolve(path, from)?.file;
      if (file === undefined) continue;
      if (names === undefined) follow(file);
      else
        for (const [, name = ''] of names.matchAll(/(?:type\s+)?([A-Za-z_$][\w$]*)(?:\s+as\s+[\w$]+)?/g))
          add(file, name);
    }
  };
  follow(front);
  return { has: (path, name) => open.get(path)?.has(name) === true || open.get(path)?.has('*') === true };
}
