/** The status bar item "Longsight": ready, indexing with percent, answering, paused, needs a model, stopped working. A click opens what can be done. */
import * as vscode from 'vscode';
import type { CommandId } from '../protocol/contributions.ts';
import { registerCommand, runCommand } from './context.ts';
import type { Parts } from './parts.ts';
import { statusNumbers, statusWords } from './status-words.ts';

const backgrounds = {
  none: undefined,
  warning: new vscode.ThemeColor('statusBarItem.warningBackground'),
  error: new vscode.ThemeColor('statusBarItem.errorBackground'),
};

export function registerStatusBar({ client, conversation }: Parts): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('longsight.status', vscode.StatusBarAlignment.Right, 50);
  item.name = 'Longsight';
  item.command = 'longsight.showActions' satisfies CommandId;
  const update = (): void => {
    const { icon, words, severity } = statusWords(client.state, conversation.isAnswering);
    const calm = client.state.kind === 'idle' || (icon === 'telescope' && words === vscode.l10n.t('ready'));
    item.text = calm ? '$(telescope) Longsight' : `$(${icon}) Longsight: ${words}`;
    const tooltip = new vscode.MarkdownString();
    tooltip.appendMarkdown(`**Longsight**: ${words}\n\n`);
    for (const line of statusNumbers(client.state)) tooltip.appendText(`${line}\n`);
    item.tooltip = tooltip;
    item.accessibilityInformation = { label: `Longsight: ${words}` };
    item.backgroundColor = backgrounds[severity];
    if (client.state.kind === 'none') item.hide();
    else item.show();
  };
  update();
  return vscode.Disposable.from(
    item,
    client.onDidChangeState(update),
    conversation.onDidChangeAnswering(update),
    registerCommand('longsight.showActions', async () => {
      const paused = client.state.kind === 'ready' && client.state.status.index.state === 'paused';
      const action = (
        icon: string,
        label: string,
        command: CommandId,
      ): vscode.QuickPickItem & { command: CommandId } => ({ label: `$(${icon}) ${label}`, command });
      const chosen = await vscode.window.showQuickPick(
        [
          action('comment-discussion', vscode.l10n.t('Ask…'), 'longsight.ask'),
          paused
            ? action('debug-start', vscode.l10n.t('Resume Indexing'), 'longsight.resumeIndexing')
            : action('debug-pause', vscode.l10n.t('Pause Indexing'), 'longsight.pauseIndexing'),
          action('chip', vscode.l10n.t('Select Model…'), 'longsight.selectModel'),
          action('book', vscode.l10n.t('Summarize Repository'), 'longsight.summarizeRepository'),
          action('debug-restart', vscode.l10n.t('Restart Engine'), 'longsight.restartEngine'),
          action('output', vscode.l10n.t('Show Log'), 'longsight.showLog'),
        ],
        { title: 'Longsight', placeHolder: statusNumbers(client.state)[0] ?? '' },
      );
      if (chosen) await runCommand(chosen.command);
    }),
  );
}
