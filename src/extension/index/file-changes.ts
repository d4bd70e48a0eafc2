/** Tells the engine which files were created, changed or deleted, gathered for a moment. Shows nothing. */
import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';

/** How long changes are gathered, and how many at most; a checkout touches thousands. */
const pauseMs = 400;
const batch = 5000;

export function registerFileChanges({ client, window, log }: Parts): vscode.Disposable {
  const waiting = new Set<string>();
  let timer: NodeJS.Timeout | null = null;
  let watcher = watch();

  function watch(): vscode.Disposable | null {
    if (window.current.kind === 'none') return null;
    const note = ({ fsPath }: vscode.Uri): void => {
      waiting.add(fsPath);
      timer ??= setTimeout(() => {
        timer = null;
        void send();
      }, pauseMs);
    };
    return vscode.Disposable.from(
      ...window.current.folders.flatMap(({ uri }) => {
        const files = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(uri, '**/*'));
        return [files, files.onDidCreate(note), files.onDidChange(note), files.onDidDelete(note)];
      }),
    );
  }

  async function send(): Promise<void> {
    const { state } = client;
    // An engine that starts looks at every file anyway.
    if (state.kind !== 'ready') {
      waiting.clear();
      return;
    }
    const paths = [...waiting].slice(0, batch);
    for (const path of paths) waiting.delete(path);
    try {
      await state.engine.filesChanged(paths);
      if (waiting.size > 0) await send();
    } catch (error) {
      log.warn(`file changes: ${String(error)}`);
    }
  }

  return vscode.Disposable.from(
    window.onDidChange(() => {
      watcher?.dispose();
      waiting.clear();
      watcher = watch();
    }),
    {
      dispose: () => {
        if (timer) clearTimeout(timer);
        watcher?.dispose();
      },
    },
  );
}
