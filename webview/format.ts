/** Words and numbers as the page shows them, in the user's language. */
import type { PageStringKey, PageStrings } from '../src/protocol/page-strings.ts';
import type { Surroundings } from '../src/protocol/webview.ts';

export interface Words {
  /** The string of that name, `{0}`, `{1}`… filled in. */
  readonly t: (key: PageStringKey, ...values: readonly (string | number)[]) => string;
  readonly number: (value: number) => string;
  /** Milliseconds as seconds. */
  readonly seconds: (ms: number) => string;
  /** "lines 3–9" or "line 3". */
  readonly lines: (range: { startLine: number; endLine: number }) => string;
}

export function createWords(strings: PageStrings, locale: string): Words {
  const integer = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const decimal = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const small = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const t: Words['t'] = (key, ...values) =>
    strings[key].replace(/\{(\d)\}/g, (whole, at: string) => {
      const value = values[Number(at)];
      return value === undefined ? whole : typeof value === 'number' ? integer.format(value) : value;
    });
  return {
    t,
    number: (value) => integer.format(value),
    seconds: (ms) => (ms < 1000 ? small : decimal).format(ms / 1000),
    lines: ({ startLine, endLine }) =>
      startLine === endLine ? t('line', String(startLine)) : t('lines', String(startLine), String(endLine)),
  };
}

/** A path as its last part and what leads to it. */
export function splitPath(path: string): { folder: string; name: string } {
  const at = path.lastIndexOf('/');
  return { folder: path.slice(0, at + 1), name: path.slice(at + 1) };
}

export function percent(part: number, whole: number): number {
  return whole > 0 ? Math.min(100, Math.floor((part / whole) * 100)) : 0;
}

/** How a repository is called beside others; null where the window has but one. */
export function repositoryName(
  { repositories }: Pick<Surroundings, 'repositories'>,
  root: string | null,
): string | null {
  if (root === null) return null;
  const known = repositories.find((one) => one.root === root);
  // One that is no longer open is named, or its paths would seem to be of the one that is.
  if (!known) return repositories.length === 0 ? null : (root.split(/[\\/]/).at(-1) ?? root);
  return repositories.length > 1 ? known.name : null;
}
