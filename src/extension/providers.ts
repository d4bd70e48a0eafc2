/** Tells once when a graphics processor is not used any more, and tries it again when that is wanted. In the palette, and a button of the message. */
import { speaker } from './speaker.ts';
import * as vscode from 'vscode';
import { registerCommand } from './context.ts';
import type { Parts } from './parts.ts';
import { guarded, toSignal } from './show-error.ts';

export function registerProviderCommands({ client, log }: Parts): vscode.Disposable {
  /** Messages that were shown. */
  const told = new Set<string>();
  return vscode.Disposable.from(
    registerCommand(
      'longsight.tryProviders',
      guarded(log, async () => {
        const { engine } = await client.ready();
        const tried = await vscode.window.withProgress(
          {
            location: vscode.ProgressLocation.Notification,
            title: vscode.l10n.t('Trying the graphics processor'),
            cancellable: true,
          },
          (_progress, token) => engine.probeProviders(toSignal(token)),
        );
        await client.refresh();
        for (const { name, usable, reason } of tried)
          log.info(`${name}: ${usable ? 'usable' : 'not usable'}, ${speaker.words(reason)}`);
        const others = tried.filter(({ name }) => name !== 'cpu');
        const working = others.filter(({ usable }) => usable).map(({ name }) => name);
        void vscode.window.showInformationMessage(
          working.length > 0
            ? vscode.l10n.t('It works: {0}. The next question uses it where it is faster.', working.join(', '))
            : vscode.l10n.t(
                'The processor computes: {0}',
                others.map(({ reason }) => speaker.words(reason)).join('; '),
              ),
        );
      }),
    ),
    client.onDidChangeState((state) => {
      const said = state.kind === 'ready' ? state.status.decoder?.notice : undefined;
      const notice = said && speaker.words(said);
      if (notice === undefined || told.has(notice)) return;
      told.add(notice);
      const again = vscode.l10n.t('Try Again');
      void vscode.window.showWarningMessage(notice, again).then((choice) => {
        if (choice === again) void vscode.commands.executeCommand('longsight.tryProviders');
      });
    }),
  );
}
