/** Paths that a question names ("in src/foo.py", "the parser/ folder"): which files they mean. */
import type { FileTable } from './file-table.ts';

/** A name that fits more files than this names none of them. */
const mostFiles = 400;

/** How much each way of naming counts: the whole path, its end, its end without the ending, a folder it is in. */
const values = { whole: 1, end: 0.9, withoutEnding: 0.8, folder: 0.5 };

/**
 * Files that the question's path-like words mean, by number, with 0..1 for how plainly. `http.client` or "read/write" mean nothing
 * when no path has them, so what looks like a path is only one if a file answers to it. Leading folders that the repository does
 * not have are dropped, for paths in error messages begin somewhere else; case is put aside.
 * @param mask 1 for files that are searched
 */
export function namedFiles(files: FileTable, named: readonly string[], mask: Uint8Array): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const name of named) {
    const segments = name
      .toLowerCase()
      .split('/')
      .filter((part) => part !== '' && part !== '.');
    const fromRoot = name.startsWith('/');
    const isFolder = name.endsWith('/');
    for (let dropped = 0; dropped < segments.length; dropped++) {
      // What is left of a long path when its folders are gone is a name that any file may have.
      if (dropped > 0 && (fromRoot || segments.length - dropped < 2)) break;
      const hits = filesAt(files, mask, segments.slice(dropped), { fromRoot, isFolder });
      if (hits.size === 0) continue;
      if (hits.size <= mostFiles)
        for (const [file, value] of hits) found.set(file, Math.max(value, found.get(file) ?? 0));
      break;
    }
  }
  return found;
}

function filesAt(
  files: FileTable,
  mask: Uint8Array,
  segments: readonly string[],
  { fromRoot, isFolder }: { readonly fromRoot: boolean; readonly isFolder: boolean },
): ReadonlyMap<number, number> {
  const hits = new Map<number, number>();
  const wanted = segments.join('/');
  const several = segments.length > 1;
  for (let file = 0; file < mask.length; file++) {
    if (!mask[file]) continue;
    const path = files.facts(file).path.toLowerCase();
    if (path === wanted) hits.set(file, values.whole);
    else if (fromRoot) continue;
    else if (path.endsWith(`/${wanted}`)) hits.set(file, values.end);
    else if ((isFolder || several) && `/${path}`.includes(`/${wanted}/`)) hits.set(file, values.folder);
    // `src/foo` may leave the ending out.
    else if (several && `/${withoutEnding(path)}`.endsWith(`/${wanted}`)) hits.set(file, values.withoutEnding);
  }
  return hits;
}

function withoutEnding(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') + 1 ? path.slice(0, dot) : path;
}
