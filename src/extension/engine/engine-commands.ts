/** "Longsight: Restart Engine" and "Show Log": always in the command palette, for when something is wrong. */
import * as vscode from 'vscode';
import { registerCommand } from '../context.ts';
import type { Parts } from '../parts.ts';
import { guarded } from '../show-error.ts';

export function registerEngineCommands({ client, log }: Parts): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(
      'longsight.restartEngine',
      guarded(log, () => client.restart()),
    ),
    registerCommand('longsight.showLog', () => {
      log.show();
    }),
  );
}
