/** How languages bind names, as far as relations between definitions depend on it: one table for all that resolves names. */

/** What an object calls itself or its bases by; `@` is how Ruby and CoffeeScript begin the names of its own fields. */
export const selfNames: ReadonlySet<string> = new Set(['self', 'this', 'cls', 'super', 'Self', '@']);

/** In these a bare call may mean a method of the same object. */
export const implicitSelf: ReadonlySet<string> = new Set(
  'java csharp cpp ruby kotlin scala swift groovy dart'.split(' '),
);

/** In these a bare name is one that the file defines or imports by that name, a built-in, or nothing. */
export const importsByName: ReadonlySet<string> = new Set(
  'python typescript typescriptreact tsx javascript javascriptreact jsx'.split(' '),
);

/** In these all files of a folder see each other's names. */
export const packageIsFolder: ReadonlySet<string> = new Set('go java csharp kotlin scala'.split(' '));

/** The name under which an import is used: its last part, a major version left out; empty when there is none. */
export function lastPart(specifier: string): string {
  const parts = specifier
    .replaceAll(/["'<>;]/g, '')
    .split(/[/\\.]|::/)
    .filter((part) => part !== '' && !/^v\d+$/.test(part));
  return parts.at(-1) ?? '';
}
