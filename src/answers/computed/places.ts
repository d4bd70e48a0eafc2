/** The part of a repository that a phrase names: `the middleware package`, `src/links`, `sessions.py`, `the client module`. */
import type { IndexReader } from '../../index/types.ts';
import { parent } from '../code/imports.ts';
import { isTestPath } from '../code/module-map.ts';

const manifests = new Set([
  'package.json',
  'go.mod',
  'Cargo.toml',
  '__init__.py',
  'pyproject.toml',
  'index.ts',
  'mod.rs',
  'composer.json',
]);
const placeWords = 'package|module|folder|directory|dir|file|crate|library|namespace|subpackage|sub-package';

/** The source of a pattern for a place; it is resolved by {@link placeNamed}. */
export const placePattern = String.raw`(?<place>(?:(?:the|its)\s+)?(?:(?:${placeWords})\s+)?\x60?[@\w./-]+\x60?(?:\s+(?:${placeWords}))?)`;

export interface NamedPlace {
  /** As it is shown. */
  readonly label: string;
  readonly holds: (path: string) => boolean;
  /** The folder; null: files. */
  readonly folder: string | null;
}

/** The file or folder of this name; null when there is none, or when the words may mean something else. */
export function placeNamed(reader: IndexReader, phrase: string): NamedPlace | null {
  const match = new RegExp(
    String.raw`^(?:(?:the|its)\s+)?(?<before>(?:${placeWords})\s+)?\x60?(?<name>[@\w./-]+?)\x60?(?<after>\s+(?:${placeWords}))?$`,
    'i',
  ).exec(phrase.trim());
  const name = match?.groups?.['name']?.replace(/^\.\//, '').replace(/\/$/, '');
  if (match === null || name === undefined || name === '') return null;
  const isSaid = match.groups?.['before'] !== undefined || match.groups?.['after'] !== undefined;
  const files = reader.files().map(({ path }) => path);
  const exact = files.filter((path) => path === name || path.endsWith(`/${name}`));
  if (exact.length > 0 && /\.\w+$/.test(name)) return placeOfFiles(exact, name);
  const folders = new Set<string>();
  for (const path of files) for (let folder = parent(path); folder !== ''; folder = parent(folder)) folders.add(folder);
  const isNamed = (folder: string): boolean => folder === name || folder.endsWith(`/${name}`);
  const found = best(reader, [...folders].filter(isNamed));
  // A word alone may be any noun; with a slash, or said to be a package, it is a place.
  if (found.length > 0 && (isSaid || name.includes('/') || !/^(?:the|its)\s/i.test(phrase)))
    return {
      label: found.length === 1 ? (found[0] ?? name) : name,
      holds: (path) => found.some((folder) => path.startsWith(`${folder}/`)),
      folder: found.length === 1 ? (found[0] ?? null) : null,
    };
  if (!isSaid && !/[./]/.test(name)) return null;
  const dotted = name.replaceAll('.', '/').replace(/^@[^/]+\//, '');
  const asModule = files.filter((path) => {
    const bare = path.replace(/\.\w+$/, '');
    return bare === dotted || bare.endsWith(`/${dotted}`);
  });
  const own = asModule.filter((path) => !isTestPath(path));
  if (asModule.length > 0) return placeOfFiles(own.length > 0 ? own : asModule, name);
  const packages = best(
    reader,
    [...folders].filter((folder) => folder === dotted || folder.endsWith(`/${dotted}`)),
  );
  return packages.length === 0
    ? null
    : {
        label: packages[0] ?? name,
        holds: (path) => packages.some((folder) => path.startsWith(`${folder}/`)),
        folder: packages[0] ?? null,
      };
}

function placeOfFiles(paths: readonly string[], name: string): NamedPlace {
  const all = new Set(paths);
  return { label: paths.length === 1 ? (paths[0] ?? name) : name, holds: (path) => all.has(path), folder: null };
}

/** Folders with a manifest before others, the code's before those of tests, the least deep before deeper ones. */
function best(reader: IndexReader, folders: readonly string[]): string[] {
  const rank = (folder: string): number =>
    (isTestPath(`${folder}/x`) ? 1000 : 0) +
    ([...manifests].some((name) => reader.file(`${folder}/${name}`) !== undefined) ? 0 : 100) +
    folder.split('/').length;
  const least = Math.min(...folders.map(rank));
  return folders.filter((folder) => rank(folder) === least);
}
