/** The walkthrough "Get Started with Longsight": opened once by itself, after that only by its command. */
import * as vscode from 'vscode';
import { walkthrough } from '../protocol/contributions.ts';
import { registerCommand } from './context.ts';
import type { Parts } from './parts.ts';

const memento = 'longsight.walkthroughShown';

export function registerFirstRun({ context, client }: Parts): vscode.Disposable {
  const open = (): Thenable<unknown> =>
    vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#${walkthrough}`, false);
  return vscode.Disposable.from(
    registerCommand('longsight.openWalkthrough', open),
    client.onDidStart(({ status }) => {
      if (context.extensionMode === vscode.ExtensionMode.Test || context.globalState.get<boolean>(memento)) return;
      void context.globalState.update(memento, true);
      // Whoever has a model already, for instance from the command line, needs no introduction.
      if (!status.decoder || status.decoder.state === 'absent') void open();
    }),
  );
}
