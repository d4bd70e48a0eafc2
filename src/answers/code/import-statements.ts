/** What a file imports, as files and folders of the repository. */
import type { IndexReader } from '../../index/types.ts';
import { fileText } from './file-text.ts';
import type { ImportResolver } from './imports.ts';

export interface Import {
  readonly path: string;
  readonly line: number;
  readonly specifier: string;
  /** The file or folder of the repository that is meant; null: of another package. */
  readonly target: string | null;
}

/** The imports of a file, in order; the modules that a Python statement takes from a package are imports of their own. */
export function importsOf(reader: IndexReader, resolver: ImportResolver, path: string): Import[] {
  const lines = path.endsWith('.py') ? (fileText(reader, path)?.lines ?? []) : [];
  return reader.importsOf(path).flatMap(({ specifier, line }) => {
    const found = resolver.resolve(path, specifier);
    const whole = { path, line, specifier, target: found ? (found.file ?? found.folder) : null };
    return path.endsWith('.py') && found ? [whole, ...modulesOf(lines, resolver, whole)] : [whole];
  });
}

/** `from . import a, b` imports the modules `a` and `b` where the package has files of these names. */
function modulesOf(file: readonly string[], resolver: ImportResolver, { path, line, specifier }: Import): Import[] {
  if (!/^\s*from\b/.test(file[line - 1] ?? '')) return [];
  const lines = file.slice(line - 1, line + mostNameLines);
  const statement = /\bimport\s+(?:\(([^)]*)\)|([^\n]*))/.exec(lines.join('\n').replaceAll(/#[^\n]*/g, ''));
  if (!statement) return [];
  return [...(statement[1] ?? statement[2] ?? '').matchAll(/([A-Za-z_]\w*)(?:\s+as\s+\w+)?/g)].flatMap(
    ([, name = '']) => {
      const module = specifier.endsWith('.') ? specifier + name : `${specifier}.${name}`;
      const target = resolver.resolve(path, module)?.file;
      const isOwn =
        target !== undefined && new RegExp(String.raw`(?:^|/)${name}(?:\.pyi?|/__init__\.py)$`).test(target);
      return isOwn ? [{ path, line, specifier: module, target }] : [];
    },
  );
}

/** Lines that a list of imported names may take. */
const mostNameLines = 40;
