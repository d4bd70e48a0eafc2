/** Shows an error of the catalogue as a notification: its sentence, what to do, at most one action, and "Show Log". A cancellation shows nothing. */
import * as vscode from 'vscode';
import { isCancelled } from '../base/cancellation.ts';
import { toUserError } from '../base/errors.ts';
import { runCommand } from './context.ts';

interface Action {
  readonly title: string;
  readonly run: () => unknown;
}

export async function showError(error: unknown, log: vscode.LogOutputChannel, action?: Action): Promise<void> {
  if (isCancelled(error)) return;
  const { code, message, hint, diagnostic } = toUserError(error);
  log.error(`${code}: ${message}${diagnostic === undefined ? '' : `\n${diagnostic}`}`);
  const showLog = vscode.l10n.t('Show Log');
  const chosen = await vscode.window.showErrorMessage(
    `${message} ${hint} (${code})`,
    ...(action ? [action.title] : []),
    showLog,
  );
  if (chosen === undefined) return;
  if (chosen === showLog) await runCommand('longsight.showLog');
  else await action?.run();
}

/** Wraps a command's work so that what it throws is shown. */
export function guarded<A extends unknown[]>(
  log: vscode.LogOutputChannel,
  work: (...args: A) => Promise<unknown>,
): (...args: A) => Promise<void> {
  return async (...args) => {
    try {
      await work(...args);
    } catch (error) {
      // The notification stays until the user closes it; the command is over before that.
      void showError(error, log);
    }
  };
}

/** VS Code's token as the signal that our own code takes. */
export function toSignal(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  token.onCancellationRequested(() => {
    controller.abort();
  });
  return controller.signal;
}
