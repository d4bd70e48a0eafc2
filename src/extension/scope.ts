/** Which part of the repository a question is about: the scope chip under the question box opens this quick pick of folders and globs. */
import * as vscode from 'vscode';
import type { EngineApi } from '../protocol/engine.ts';

interface ScopeItem extends vscode.QuickPickItem {
  readonly globs: readonly string[];
}

/** The chosen globs, none for the whole repository; null when the user turned away. */
export async function pickScope(engine: EngineApi, current: readonly string[]): Promise<readonly string[] | null> {
  const pick = vscode.window.createQuickPick<ScopeItem>();
  pick.title = vscode.l10n.t('Scope of the Question');
  pick.placeholder = vscode.l10n.t('A folder, or a glob such as src/**/*.ts');
  pick.matchOnDescription = true;
  const whole: ScopeItem = { label: vscode.l10n.t('whole repository'), globs: [], alwaysShow: true };
  let asked = 0;
  const update = async (typed: string): Promise<void> => {
    const request = ++asked;
    const folders = await engine.complete({ prefix: typed, kind: 'folder', limit: 50 });
    if (request !== asked) return;
    const asTyped: ScopeItem[] = /[*?{[]/.test(typed)
      ? [{ label: typed, description: vscode.l10n.t('glob'), globs: [typed], alwaysShow: true }]
      : [];
    pick.items = [
      whole,
      ...asTyped,
      ...folders.map(({ path }) => ({ label: path, iconPath: vscode.ThemeIcon.Folder, globs: [folderGlob(path)] })),
    ];
    pick.activeItems = pick.items.filter(({ globs }) => globs.join() === current.join());
  };
  return new Promise((resolve, reject) => {
    pick.onDidChangeValue((typed) => {
      update(typed).catch(reject);
    });
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0]?.globs ?? null);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(null);
      pick.dispose();
    });
    pick.show();
    update('').catch(reject);
  });
}

/** The glob of everything under a folder. */
export function folderGlob(folder: string): string {
  return `${folder.replace(/\/$/, '')}/**`;
}
