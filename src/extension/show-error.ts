/** Shows an error of the catalogue as a notification: its sentence, what to do, at most one action, and "Show Log". A cancellation shows nothing. */
import { speaker } from './speaker.ts';
import * as vscode from 'vscode';
import { isCancelled } from '../base/cancellation.ts';
import { toUserError } from '../base/errors.ts';
import type { CommandId } from '../protocol/contributions.ts';
import { runCommand } from './context.ts';

interface Action {
  readonly title: string;
  readonly run: () => unknown;
}

export async function showError(error: unknown, log: vscode.LogOutputChannel, action?: Action): Promise<void> {
  if (isCancelled(error)) return;
  const userError = toUserError(error);
  const { code, message, hint } = speaker.error(userError);
  const { diagnostic } = userError;
  log.error(`${code}: ${message}${diagnostic === undefined ? '' : `\n${diagnostic}`}`);
  const showLog = vscode.l10n.t('Show Log');
  const words = withoutLinks(`${message} ${hint} (${code})`);
  if (!action) {
    // With a button VS Code would keep it on the screen until it is closed, long after it is true.
    await vscode.window.showErrorMessage(`${words} [${showLog}](command:${'longsight.showLog' satisfies CommandId})`);
    return;
  }
  const chosen = await vscode.window.showErrorMessage(words, action.title, showLog);
  if (chosen === undefined) return;
  if (chosen === showLog) await runCommand('longsight.showLog');
  else await action.run();
}

/** Notifications show `[words](address)` as a link, and an error may hold names of the repository. */
function withoutLinks(text: string): string {
  return text.replaceAll('](', ']\u200B(');
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
      // The notification may stay until the user closes it; the command is over before that.
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
