/** Which part of the repositories a question is about: the scope chip under the question box opens this quick pick of folders and globs. */
import * as vscode from 'vscode';
import type { EngineApi } from '../../protocol/engine.ts';
import type { ScopeView } from '../../protocol/webview.ts';
import type { WindowRepository } from '../repository.ts';
import { type ScopeChoice, folderTyped, scopeChoices } from './scope-choices.ts';

type Item = vscode.QuickPickItem & { readonly parts: readonly ScopeView[] };

/** Folders offered at most. */
const mostFolders = 50;

/** The chosen parts, none for everything; null when the user turned away. */
export async function pickScope(
  engine: EngineApi,
  repositories: readonly WindowRepository[],
  current: readonly ScopeView[],
): Promise<readonly ScopeView[] | null> {
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = vscode.l10n.t('Scope of the Question');
  pick.placeholder = vscode.l10n.t('A folder, or a glob such as src/**/*.ts');
  const whole = repositories.length > 1 ? vscode.l10n.t('all repositories') : vscode.l10n.t('whole repository');
  // It closes by Escape or a choice, and the focus goes back to the page.
  pick.ignoreFocusOut = true;
  let asked = 0;
  /** What Enter takes of the list for the letters typed last. */
  let active: Item | undefined;
  let updated: Promise<void> = Promise.resolve();
  const update = async (typed: string): Promise<void> => {
    const request = ++asked;
    pick.busy = true;
    const prefix = folderTyped(typed);
    const folders = await engine.complete({ prefix, kind: 'folder', limit: mostFolders });
    if (request !== asked) return;
    const offered = scopeChoices({ typed, repositories, folders, current, whole });
    const items = offered.choices.map((choice) => ({ choice, item: itemOf(choice) }));
    active = items.find(({ choice }) => choice === offered.active)?.item;
    pick.items = items.map(({ item }) => item);
    pick.activeItems = active ? [active] : [];
    pick.busy = false;
  };
  return new Promise((resolve, reject) => {
    const refresh = (typed: string): void => {
      updated = update(typed);
      updated.catch(reject);
    };
    pick.onDidChangeValue(refresh);
    pick.onDidAccept(() => {
      // Enter may come before the list for the last letters: then it means what that list has first.
      const isLate = pick.busy;
      updated.then(() => {
        resolve((isLate ? active : (pick.selectedItems[0] ?? active))?.parts ?? null);
        pick.hide();
      }, reject);
    });
    pick.onDidHide(() => {
      resolve(null);
      pick.dispose();
    });
    pick.show();
    refresh('');
  });
}

const icons = { whole: 'globe', repository: 'repo', folder: 'folder', glob: 'regex' } as const;

/** Shown whatever VS Code's own filter thinks of it: the engine has filtered already. */
function itemOf({ label, kind, parts }: ScopeChoice): Item {
  return { label, parts, alwaysShow: true, iconPath: new vscode.ThemeIcon(icons[kind]) };
}
