/** "Longsight: Ask…", "New Question", "Show Conversations…", "Add to Question" and "Stop": in the palette, the title of the Ask view and the menus of files. */
import * as vscode from 'vscode';
import { editorAttachment, fileAttachment } from './attachments.ts';
import { registerCommand, setContext } from '../context.ts';
import { pickConversation } from '../conversation/session-pick.ts';
import type { Parts } from '../parts.ts';
import { guarded } from '../show-error.ts';
import { fault } from '../../base/errors.ts';

export function registerAskCommands({ askView, conversation, client, log }: Parts): vscode.Disposable {
  const update = (): void => {
    setContext('longsight.answering', conversation.isAnswering);
    setContext('longsight.hasHistory', conversation.turns.length > 0);
    setContext('longsight.hasConversations', conversation.sessions.length > 0);
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
      'longsight.showConversations',
      guarded(log, async () => {
        await pickConversation(conversation);
        await askView.focus(null);
      }),
    ),
    registerCommand(
      'longsight.attach',
      guarded(log, async (given: unknown) => {
        const { places } = client;
        const attachment = isOfExplorer(given) ? fileAttachment(places, given) : editorAttachment(places);
        if (!attachment) throw fault('LS8004', vscode.l10n.t('no file of the repository is open'));
        await askView.attach(attachment);
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

/** The editor's menu gives the file too; there the selection is meant. */
function isOfExplorer(given: unknown): given is vscode.Uri {
  const open = vscode.window.activeTextEditor?.document.uri.toString();
  return given instanceof vscode.Uri && given.toString() !== open;
}
