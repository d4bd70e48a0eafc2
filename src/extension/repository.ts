/**
 * The window's folders, and the repositories they lie in: from a file of the editor to its repository and path, and back. A
 * folder may be a part of its repository, and several folders may share one.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable.ts';
import { Emitter } from '../base/emitter.ts';
import type { ServedFolder } from '../protocol/status.ts';

export interface Folder {
  readonly uri: vscode.Uri;
  readonly name: string;
}

export type Window =
  | { readonly kind: 'folders'; readonly folders: readonly [Folder, ...Folder[]] }
  /** `virtual`: the folders have no files on this machine. */
  | { readonly kind: 'none'; readonly reason: 'no-folder' | 'virtual' };

/** Follows which folders are open. */
export class WindowFolders implements vscode.Disposable {
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<Window>());
  readonly onDidChange = this.#changed.event;
  #current: Window = windowNow();

  constructor() {
    this.#store.add(
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.#current = windowNow();
        this.#changed.fire(this.#current);
      }),
    );
  }

  get current(): Window {
    return this.#current;
  }

  dispose(): void {
    this.#store.dispose();
  }
}

function windowNow(): Window {
  const all = vscode.workspace.workspaceFolders ?? [];
  const [first, ...others] = all
    .filter(({ uri }) => uri.scheme === 'file')
    .map(({ uri, name }): Folder => ({ uri, name }));
  if (first) return { kind: 'folders', folders: [first, ...others] };
  return { kind: 'none', reason: all.length > 0 ? 'virtual' : 'no-folder' };
}

/** A file as the engine names it. */
export interface Place {
  /** Root of the repository; null before the engine has said it, when there is but one. */
  readonly repository: string | null;
  /** Relative to the root, forward slashes. */
  readonly path: string;
}

/** A repository of the window. */
export interface WindowRepository {
  readonly root: string;
  /** As the explorer calls the folder. */
  readonly name: string;
}

export class Places {
  readonly #folders: readonly (Folder & { readonly root: string | null; readonly within: string })[];

  /** @param served what the engine says of the folders; empty before it runs */
  constructor(folders: readonly Folder[], served: readonly ServedFolder[]) {
    this.#folders = folders.map((folder) => {
      const known = served.find((one) => one.folder === folder.uri.fsPath);
      return { ...folder, root: known?.root ?? null, within: known?.within ?? '' };
    });
  }

  /** The repositories in the order of the window's folders; none before the engine has said which there are. */
  get repositories(): readonly WindowRepository[] {
    const found = new Map<string, WindowRepository>();
    for (const { root, within, name } of this.#folders) {
      if (root === null) continue;
      const before = found.get(root);
      if (!before || within === '') found.set(root, { root, name: within === '' ? name : path.basename(root) });
    }
    return [...found.values()];
  }

  /** Where a file lies; null outside of every repository. */
  locate(file: vscode.Uri): Place | null {
    if (file.scheme !== 'file') return null;
    const holding = this.#folders
      .map((folder) => ({ folder, below: pathBelow(folder.uri, file) }))
      .filter((one): one is typeof one & { below: string } => one.below !== null)
      .toSorted((a, b) => b.folder.uri.path.length - a.folder.uri.path.length)[0];
    if (holding) {
      const { folder, below } = holding;
      return { repository: folder.root, path: path.posix.join(folder.within, below) };
    }
    for (const { root } of this.repositories) {
      const below = pathBelow(vscode.Uri.file(root), file);
      if (below !== null) return { repository: root, path: below };
    }
    return null;
  }

  /** The file of a place, by the way its folder is open in this window. A null repository is the first one. */
  uri({ repository, path: relative }: Place): vscode.Uri | null {
    const root = repository ?? this.#folders[0]?.root ?? null;
    const folder = this.#folders
      .filter((one) => one.root === root && (one.within === '' || relative.startsWith(`${one.within}/`)))
      .toSorted((a, b) => b.within.length - a.within.length)[0];
    if (folder) {
      const below = folder.within === '' ? relative : relative.slice(folder.within.length + 1);
      return vscode.Uri.joinPath(folder.uri, below);
    }
    return root === null ? null : vscode.Uri.joinPath(vscode.Uri.file(root), relative);
  }
}

/** A file's path below a folder with forward slashes; null outside of it. */
export function pathBelow(folder: vscode.Uri, file: vscode.Uri): string | null {
  if (file.scheme !== 'file') return null;
  const root = folder.path.endsWith('/') ? folder.path : `${folder.path}/`;
  return file.path.startsWith(root) ? file.path.slice(root.length) : null;
}
