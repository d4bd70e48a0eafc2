/** Paths of files in a repository: relative to its root, forward slashes, and never a way out of it. */
import path from 'node:path';

/**
 * True for a path that names something below the root: not empty, not absolute, without `.`, `..` or empty parts, without
 * NUL, and not inside a `.git` folder. Git's index is a file like any other and may hold anything.
 */
export function isSafeRelativePath(relative: string): boolean {
  if (relative === '' || relative.includes('\0')) return false;
  if (path.sep === '\\' && (relative.includes('\\') || relative.includes(':'))) return false;
  for (const part of relative.split('/')) {
    if (part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git') return false;
  }
  return true;
}

/** The path relative to the root with forward slashes; undefined when it lies outside of the root or is the root itself. */
export function relativeTo(root: string, absolute: string): string | undefined {
  const relative = path.relative(root, absolute);
  if (relative === '' || path.isAbsolute(relative)) return undefined;
  const slashes = path.sep === '\\' ? relative.replaceAll('\\', '/') : relative;
  return slashes === '..' || slashes.startsWith('../') ? undefined : slashes;
}

/** The absolute path in the platform's own form. */
export function absoluteOf(root: string, relative: string): string {
  return path.join(root, ...relative.split('/'));
}

/** `a/b/c` for `a/b/c/d`, and the empty string for a file in the root. */
export function folderOf(relative: string): string {
  const slash = relative.lastIndexOf('/');
  return slash < 0 ? '' : relative.slice(0, slash);
}

/** The last part of the path. */
export function nameOf(relative: string): string {
  return relative.slice(relative.lastIndexOf('/') + 1);
}
