/** "Longsight: Restart Engine", "Show Log" and "Select Repository…": always in the command palette, for when something is wrong. */
import * as vscode from 'vscode';
import { registerCommand } from './context.ts';
import type { Parts } from './parts.ts';
import { guarded } from './show-error.ts';

export function registerEngineCommands({ client, repository, log }: Parts): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(
      'longsight.restartEngine',
      guarded(log, () => client.restart()),
    ),
    registerCommand('longsight.showLog', () => {
      log.show();
    }),
    registerCommand(
      'longsight.selectRepository',
      guarded(log, () => repository.select()),
    ),
  );
}
