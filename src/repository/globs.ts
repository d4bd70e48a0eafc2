/** The user's include and exclude globs, compiled once. */
import picomatch from 'picomatch';

export interface Globs {
  /** The first glob that matches the path; undefined when none does. */
  match(path: string): string | undefined;
  /** Whether something below the folder could match; a glob's fixed beginning decides. */
  mayMatchBelow(folder: string): boolean;
  readonly isEmpty: boolean;
}

/**
 * Globs as in VS Code's settings: `**`, `*`, `?`, `{a,b}`, `[…]`; a glob without a slash matches the name in any folder, and a
 * glob that names a folder matches all below it. Dot files match like any other; case matters.
 */
export function compileGlobs(globs: readonly string[]): Globs {
  const compiled = globs
    .map((glob) =>
      glob
        .trim()
        .replace(/^\.?\//, '')
        .replace(/\/$/, ''),
    )
    .filter((glob) => glob !== '')
    .map((glob) => {
      const anywhere = glob.includes('/') ? glob : `**/${glob}`;
      const matches = picomatch([anywhere, `${anywhere}/**`], { dot: true });
      return { glob, matches, base: picomatch.scan(anywhere).base };
    });
  return {
    isEmpty: compiled.length === 0,
    match: (path) => compiled.find((one) => one.matches(path))?.glob,
    mayMatchBelow: (folder) =>
      compiled.some(
        ({ base }) => base === '' || base === folder || base.startsWith(`${folder}/`) || folder.startsWith(`${base}/`),
      ),
  };
}
