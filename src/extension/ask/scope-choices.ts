/** What the choice of scope offers for the letters typed, and which of it Enter takes. Knows nothing of VS Code. */
import type { ScopeView } from '../../protocol/webview.ts';

export interface ScopeChoice {
  readonly label: string;
  readonly kind: 'whole' | 'repository' | 'folder' | 'glob';
  /** None: everything. */
  readonly parts: readonly ScopeView[];
}

export interface ScopeInput {
  readonly typed: string;
  /** The window's repositories in their order. */
  readonly repositories: readonly { readonly root: string; readonly name: string }[];
  /** Folders that hold the letters typed, best first. */
  readonly folders: readonly { readonly repository?: string; readonly path: string }[];
  readonly current: readonly ScopeView[];
  /** How everything is called. */
  readonly whole: string;
}

/** The choices in their order, and the one that Enter takes: what was typed, or while nothing is, what is chosen now. */
export function scopeChoices({ typed, repositories, folders, current, whole }: ScopeInput): {
  readonly choices: readonly ScopeChoice[];
  readonly active: ScopeChoice | undefined;
} {
  const wanted = folderTyped(typed);
  const several = repositories.length > 1;
  const first = repositories[0]?.root ?? null;
  const everything: ScopeChoice = { label: whole, kind: 'whole', parts: [] };
  const ofRepositories = (several ? repositories : [])
    .filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()))
    .map(({ root, name }): ScopeChoice => choice('repository', name, root, null));
  const ofFolders = folders.map(({ repository = first, path }) => {
    const name = repositories.find(({ root }) => root === repository)?.name;
    return choice('folder', several && name !== undefined ? `${name}/${path}` : path, repository, folderGlob(path));
  });
  const isGlob = /[*?{[]/.test(typed);
  const asGlob: ScopeChoice[] = isGlob
    ? [
        {
          label: typed,
          kind: 'glob',
          parts: repositories.map(({ root }) => ({ repository: root, glob: typed, label: typed })),
        },
      ]
    : [];
  if (wanted === '') {
    const choices = [everything, ...ofRepositories, ...ofFolders];
    return { choices, active: choices.find(({ parts }) => keyOf(parts) === keyOf(current)) ?? everything };
  }
  const found = [...asGlob, ...ofRepositories, ...ofFolders];
  const exact = found.find(({ label }) => label.toLowerCase() === wanted.toLowerCase());
  return { choices: [...found, everything], active: exact ?? found[0] ?? everything };
}

/** The letters as the engine completes folders: `./src/` is `src`. */
export function folderTyped(typed: string): string {
  return typed
    .trim()
    .replaceAll('\\', '/')
    .replace(/^\.?\//, '')
    .replace(/\/+$/, '');
}

/** The glob of everything under a folder. */
export function folderGlob(folder: string): string {
  return `${folder.replace(/\/$/, '')}/**`;
}

function choice(kind: ScopeChoice['kind'], label: string, repository: string | null, glob: string | null): ScopeChoice {
  return { label, kind, parts: [{ repository, glob, label }] };
}

function keyOf(parts: readonly ScopeView[]): string {
  return JSON.stringify(parts.map(({ repository, glob }) => [repository, glob]));
}
