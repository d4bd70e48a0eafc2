/**
 * Which folder the engine answers about: the only one, or in a window of several the one the user chose, else the first.
 * The name stands beside the title of the Ask view; "Longsight: Select Repository…" appears with more than one folder.
 */
import * as vscode from 'vscode';
import { Emitter } from '../base/emitter.ts';
import { DisposableStore } from '../base/disposable.ts';

export type Repository =
  | { readonly kind: 'folder'; readonly uri: vscode.Uri; readonly name: string }
  /** `virtual`: the folders have no files on this machine. */
  | { readonly kind: 'none'; readonly reason: 'no-folder' | 'virtual' };

const memento = 'longsight.repository';

export class RepositoryChoice implements vscode.Disposable {
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<Repository>());
  readonly onDidChange = this.#changed.event;
  readonly #state: vscode.Memento;
  #current: Repository;

  constructor(state: vscode.Memento) {
    this.#state = state;
    this.#current = this.#find();
    this.#store.add(
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.#update();
      }),
    );
  }

  get current(): Repository {
    return this.#current;
  }

  /** Lets the user choose among the window's folders. */
  async select(): Promise<void> {
    const folders = fileFolders();
    const picked = await vscode.window.showQuickPick(
      folders.map((folder) => ({
        label: folder.name,
        description: folder.uri.fsPath,
        picked: this.#current.kind === 'folder' && this.#current.uri.toString() === folder.uri.toString(),
        folder,
      })),
      {
        title: vscode.l10n.t('Select Repository'),
        placeHolder: vscode.l10n.t('Longsight answers about one folder of this window at a time'),
      },
    );
    if (!picked) return;
    await this.#state.update(memento, picked.folder.uri.toString());
    this.#update();
  }

  dispose(): void {
    this.#store.dispose();
  }

  #update(): void {
    const before = this.#current;
    this.#current = this.#find();
    const same =
      before.kind === 'folder' && this.#current.kind === 'folder'
        ? before.uri.toString() === this.#current.uri.toString()
        : before.kind === this.#current.kind;
    if (!same) this.#changed.fire(this.#current);
  }

  #find(): Repository {
    const folders = fileFolders();
    const chosen = this.#state.get<string>(memento);
    const folder = folders.find(({ uri }) => uri.toString() === chosen) ?? folders[0];
    if (folder) return { kind: 'folder', uri: folder.uri, name: folder.name };
    return { kind: 'none', reason: (vscode.workspace.workspaceFolders ?? []).length > 0 ? 'virtual' : 'no-folder' };
  }
}

function fileFolders(): readonly vscode.WorkspaceFolder[] {
  return (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
}

/** A file's path as the engine names it: relative to the repository, forward slashes; null outside of it. */
export function pathInRepository(repository: vscode.Uri, file: vscode.Uri): string | null {
  if (file.scheme !== 'file') return null;
  const root = repository.path.endsWith('/') ? repository.path : `${repository.path}/`;
  return file.path.startsWith(root) ? file.path.slice(root.length) : null;
}
