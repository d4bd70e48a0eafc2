/** Paths that a question names ("in src/foo.py", "the parser/ folder"): which files they mean. */
import type { FileTable } from './file-table.ts';

/** A name that fits more files than this names none of them. */
const mostFiles = 400;

/**
 * Files that the question's path-like words mean, by number: 1 for a file that is named, .5 for one in a folder that is named.
 * `http.client` or "read/write" mean nothing when no path has them, so what looks like a path is only one if a file answers to it.
 * @param mask 1 for files that are searched
 */
export function namedFiles(files: FileTable, named: readonly string[], mask: Uint8Array): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const name of named) {
    const segments = name.split('/').filter((part) => part !== '' && part !== '.');
    if (segments.length === 0) continue;
    const wanted = segments.join('/');
    const folder = name.endsWith('/') || segments.length > 1;
    const hits = new Map<number, number>();
    for (let file = 0; file < mask.length; file++) {
      if (!mask[file]) continue;
      const path = `/${files.facts(file).path}`;
      if (path.endsWith(`/${wanted}`)) hits.set(file, 1);
      else if (folder && path.includes(`/${wanted}/`)) hits.set(file, 0.5);
      // `src/foo` may leave the ending out.
      else if (segments.length > 1 && withoutEnding(path).endsWith(`/${wanted}`)) hits.set(file, 1);
    }
    if (hits.size > mostFiles) continue;
    for (const [file, value] of hits) found.set(file, Math.max(value, found.get(file) ?? 0));
  }
  return found;
}

function withoutEnding(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') + 1 ? path.slice(0, dot) : path;
}
