/** The list of kept conversations: a quick pick from the title of the Ask view, where one can be opened or deleted. */
import * as vscode from 'vscode';
import type { Conversation } from './conversation.ts';

interface Item extends vscode.QuickPickItem {
  readonly id: string;
}

/** Opens the conversation that the user picks. Resolves when the list is closed. */
export async function pickConversation(conversation: Conversation): Promise<void> {
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = vscode.l10n.t('Conversations');
  pick.placeholder = vscode.l10n.t('Pick a conversation to go on with it');
  pick.matchOnDescription = true;
  const remove: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('trash'),
    tooltip: vscode.l10n.t('Delete'),
  };
  const fill = (): void => {
    pick.items = conversation.sessions.map(({ id, title, when, questions, isCurrent }) => ({
      id,
      label: isCurrent ? `$(check) ${oneLine(title)}` : oneLine(title),
      description: [
        ...(isCurrent ? [vscode.l10n.t('open')] : []),
        questions === 1 ? vscode.l10n.t('1 question') : vscode.l10n.t('{0} questions', questions),
        ago(when),
      ].join(' · '),
      buttons: [remove],
    }));
  };
  fill();
  await new Promise<void>((resolve, reject) => {
    pick.onDidTriggerItemButton(({ item }) => {
      conversation.remove(item.id).then(() => {
        fill();
        if (pick.items.length === 0) pick.hide();
      }, reject);
    });
    pick.onDidAccept(() => {
      const [picked] = pick.selectedItems;
      const opened = picked ? conversation.open(picked.id) : Promise.resolve(true);
      opened.then(() => {
        pick.hide();
      }, reject);
    });
    pick.onDidHide(() => {
      pick.dispose();
      resolve();
    });
    pick.show();
  });
}

/** A question may hold `$(icon)`, which a quick pick would draw. */
function oneLine(title: string): string {
  return title.replace(/\s+/g, ' ').replaceAll('$(', '$\u200B(');
}

/** "2 hours ago" in the user's language. */
function ago(when: number): string {
  const minutes = Math.round((when - Date.now()) / 60_000);
  const format = new Intl.RelativeTimeFormat(vscode.env.language, { numeric: 'auto' });
  if (minutes > -60) return format.format(minutes, 'minute');
  const hours = Math.round(minutes / 60);
  return hours > -24 ? format.format(hours, 'hour') : format.format(Math.round(hours / 24), 'day');
}
