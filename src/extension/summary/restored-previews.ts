/**
 * Previews of summaries that VS Code opens again with a window. One may ask for its text before there is anyone to give it, and then
 * stays empty for good; so each is refreshed once: when the summaries are there, and when it is first looked at.
 */
import * as vscode from 'vscode';
import type { Disposable } from '../../base/disposable.ts';

/** A preview that was just opened has not asked yet, milliseconds. */
const pauseMs = 1000;

/** @param onProblem told why a preview was not refreshed @returns ends the watch */
export function refreshRestoredPreviews(onProblem: (reason: string) => void): Disposable {
  const seen = new Set<vscode.Tab>();
  let timer: NodeJS.Timeout | null = null;
  const refresh = (): void => {
    timer = null;
    vscode.commands.executeCommand('markdown.preview.refresh').then(undefined, (error: unknown) => {
      onProblem(String(error));
    });
  };
  const look = (): void => {
    const shown = vscode.window.tabGroups.all.flatMap(({ activeTab }) => activeTab ?? []).filter(isPreview);
    const isNew = shown.some((tab) => !seen.has(tab));
    for (const tab of shown) seen.add(tab);
    if (isNew) timer ??= setTimeout(refresh, pauseMs);
  };
  const watch = vscode.window.tabGroups.onDidChangeTabs(look);
  look();
  return {
    dispose: () => {
      watch.dispose();
      if (timer) clearTimeout(timer);
    },
  };
}

function isPreview({ input }: vscode.Tab): boolean {
  return input instanceof vscode.TabInputWebview && input.viewType.endsWith('markdown.preview');
}
