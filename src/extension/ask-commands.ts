/** "Longsight: Ask…", "New Question" and "Stop": in the command palette and in the title of the Ask view. */
import * as vscode from 'vscode';
import { registerCommand, setContext } from './context.ts';
import type { Parts } from './parts.ts';
import { guarded } from './show-error.ts';

export function registerAskCommands({ askView, conversation, client, log }: Parts): vscode.Disposable {
  const update = (): void => {
    setContext('longsight.answering', conversation.isAnswering);
    setContext('longsight.hasHistory', conversation.turns.length > 0);
  };
  return vscode.Disposable.from(
    registerCommand(
      'longsight.ask',
      guarded(log, async (question: unknown) => {
        await askView.focus(typeof question === 'string' ? question : null);
      }),
    ),
    registerCommand(
      'longsight.newQuestion',
      guarded(log, async () => {
        await conversation.startAfresh();
        client.acknowledgeRestart();
        await askView.focus('');
      }),
    ),
    registerCommand(
      'longsight.stop',
      guarded(log, () => conversation.stop()),
    ),
    conversation.onDidChangeAnswering(update),
    conversation.onMessage(({ type }) => {
      if (type === 'turns') update();
    }),
  );
}
