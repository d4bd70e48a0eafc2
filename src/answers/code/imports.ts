/**
 * From an import as written to a file or folder of the repository. It knows relative paths, packages of the repository itself
 * (package.json names, the go.mod module) and dotted module paths; what it cannot find for certain it leaves unresolved.
 */
import path from 'node:path';
import type { IndexReader } from '../../index/types.ts';
import { fileText } from './file-text.ts';

interface ImportTarget {
  /** The imported file; undefined when the import names a folder (a Go package, a package of the repository). */
  readonly file?: string;
  readonly folder: string;
}

export interface ImportResolver {
  resolve(from: string, specifier: string): ImportTarget | undefined;
}

const endings = [
  '',
  '.ts',
  '.tsx',
  '.mts',
  '.cts',
  '.d.ts',
  '.js',
  '.jsx',
  '.mjs',
  '.cjs',
  '.vue',
  '.svelte',
  '.py',
  '.pyi',
  '.go',
  '.rs',
  '.java',
  '.kt',
  '.scala',
  '.cs',
  '.rb',
  '.php',
  '.h',
  '.hpp',
  '.c',
  '.cc',
  '.cpp',
];
const folderFiles = ['index', '__init__', 'mod', 'lib'];

/** Works on the files that the index holds now; make a new one when they change. */
export function createImportResolver(reader: IndexReader): ImportResolver {
  const files = new Set(reader.files().map((file) => file.path));
  const folders = new Set<string>(['']);
  /** Paths and folders by their last part without ending. */
  const byStem = new Map<string, string[]>();
  const remember = (key: string, value: string): void => void byStem.set(key, [...(byStem.get(key) ?? []), value]);
  for (const file of files) {
    remember(stemOfPath(file), file);
    for (let folder = parent(file); folder !== '' && !folders.has(folder); folder = parent(folder)) {
      folders.add(folder);
      remember(path.posix.basename(folder), folder);
    }
  }
  const packages = packagesOf(reader, files);

  const at = (place: string): ImportTarget | undefined => {
    const clean = path.posix.normalize(place).replace(/^\.$|\/$/, '');
    if (clean.startsWith('..')) return undefined;
    for (const ending of endings) if (files.has(clean + ending)) return fileTarget(clean + ending);
    // TypeScript imports `./x.js` and means `./x.ts`.
    const bare = clean.replace(/\.[cm]?jsx?$/, '');
    if (bare !== clean) for (const ending of endings) if (files.has(bare + ending)) return fileTarget(bare + ending);
    for (const name of folderFiles)
      for (const ending of endings.slice(1)) {
        const file = clean === '' ? name + ending : `${clean}/${name}${ending}`;
        if (files.has(file)) return fileTarget(file);
      }
    return folders.has(clean) ? { folder: clean } : undefined;
  };

  const resolve = (from: string, specifier: string): ImportTarget | undefined => {
    const wanted = specifier.trim().replace(/^["'<`]|["'>`;]$/g, '');
    if (wanted === '') return undefined;
    const here = parent(from);
    if (/^\.{1,2}(?:\/|$)/.test(wanted) && !from.endsWith('.py')) return at(path.posix.join(here, wanted));
    const dots = /^\.+/.exec(wanted)?.[0].length ?? 0;
    if (dots > 0) {
      const up = '../'.repeat(dots - 1);
      return at(path.posix.join(here, up, wanted.slice(dots).replaceAll('.', '/')));
    }
    for (const [name, folder] of packages) {
      if (wanted !== name && !wanted.startsWith(`${name}/`)) continue;
      const rest = wanted.slice(name.length + 1);
      const target = at(path.posix.join(folder, 'src', rest)) ?? at(path.posix.join(folder, rest));
      return target ?? { folder };
    }
    // A Go import is a folder of this module or none of ours.
    if (from.endsWith('.go')) return undefined;
    const dotted = /\.(?:py|pyi|java|kt|scala|cs)$/.test(from);
    const parts = wanted.split(dotted ? /[./]/ : /::|\\|\//).filter((part) => part !== '' && part !== '*');
    const rust = from.endsWith('.rs');
    if (rust && !['crate', 'self', 'super'].includes(parts[0] ?? '')) return undefined;
    const own = rust ? parts.filter((part) => !['crate', 'self', 'super'].includes(part)) : parts;
    // The last part may be an item of the module, or a member of a class.
    for (const drop of rust || dotted ? [0, 1] : [0]) {
      const target = nearest(own.slice(0, own.length - drop), from);
      if (target) return target;
    }
    return undefined;
  };

  /** The file or folder whose path ends with the parts; nothing when several do equally near to the importing file. */
  const nearest = (parts: readonly string[], from: string): ImportTarget | undefined => {
    const last = parts.at(-1);
    if (last === undefined) return undefined;
    const tail = parts.join('/').replace(/\.\w+$/, '');
    const ends = (candidate: string): boolean => {
      const bare = files.has(candidate)
        ? candidate.slice(0, candidate.length - path.posix.extname(candidate).length)
        : candidate;
      if (bare !== tail && !bare.endsWith(`/${tail}`)) return false;
      // One bare word (`os`, `http`) is the standard library unless it lies beside the importing file or at a source root.
      return (
        parts.length > 1 ||
        ['', 'src', 'lib', parent(from)].includes(parent(candidate)) ||
        /\.[hc](?:pp|c)?$/.test(from)
      );
    };
    const found = (byStem.get(stemOfPath(last)) ?? []).filter((candidate) => candidate !== from && ends(candidate));
    const sameKind = found.filter(
      (candidate) =>
        !files.has(candidate) ||
        path.posix.extname(candidate) === path.posix.extname(from) ||
        /\.h(?:pp)?$/.test(candidate),
    );
    const shared = sameKind.map((candidate) => sharedParts(candidate, from));
    const most = Math.max(...shared);
    const best = sameKind.filter((_, index) => shared[index] === most);
    const [only] = best;
    if (only === undefined || best.length > 1) return undefined;
    return files.has(only) ? fileTarget(only) : (at(only) ?? { folder: only });
  };

  return { resolve };
}

function fileTarget(file: string): ImportTarget {
  return { file, folder: parent(file) };
}

/** Folder of a path; empty for the top. */
export function parent(file: string): string {
  const cut = file.lastIndexOf('/');
  return cut < 0 ? '' : file.slice(0, cut);
}

function stemOfPath(file: string): string {
  const name = path.posix.basename(file);
  const dot = name.indexOf('.', 1);
  return dot < 0 ? name : name.slice(0, dot);
}

function sharedParts(a: string, b: string): number {
  const x = a.split('/');
  const y = b.split('/');
  let shared = 0;
  while (shared < x.length && x[shared] === y[shared]) shared += 1;
  return shared;
}

/** Names under which the repository's own packages are imported, longest first, with their folders. */
function packagesOf(reader: IndexReader, files: ReadonlySet<string>): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  for (const file of files) {
    const pattern = file.endsWith('package.json')
      ? /"name"\s*:\s*"([^"]+)"/
      : path.posix.basename(file) === 'go.mod'
        ? /^module\s+(\S+)/m
        : undefined;
    const name = pattern && pattern.exec(fileText(reader, file)?.lines.join('\n') ?? '')?.[1];
    if (name !== undefined) found.push([name, parent(file)]);
  }
  return found.toSorted((a, b) => b[0].length - a[0].length);
}
