/** What every suite in the extension host needs: the activated extension, files of the open folder, and waiting for what must come. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension/extension.ts';
import type { ReadyEngine } from '../../src/extension/engine/engine-client.ts';

export const extensionId = 'longsight.longsight';

export async function activateExtension(): Promise<TestApi> {
  const extension = vscode.extensions.getExtension<TestApi>(extensionId);
  assert.ok(extension, 'the extension is installed');
  const api = await extension.activate();
  assert.ok(api, 'the extension gives its test interface in a test');
  return api;
}

export function folder(): vscode.Uri {
  const uri = vscode.workspace.workspaceFolders?.[0]?.uri;
  assert.ok(uri, 'a folder is open');
  return uri;
}

export function file(path: string): vscode.Uri {
  return vscode.Uri.joinPath(folder(), path);
}

/** Waits until `look` gives something; fails with `what` after the time. */
export async function until<T>(what: string, look: () => T | false | null | undefined, ms = 60_000): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const found = look();
    if (found !== false && found !== null && found !== undefined) return found;
    if (Date.now() > end) assert.fail(`did not happen within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * Repeats it until this is over, for instance a list of VS Code that an extension host can neither see nor wait for: keys that
 * come before it is shown are lost.
 */
export async function during(waiting: Thenable<unknown>, press: () => Thenable<unknown>): Promise<void> {
  const over = Promise.resolve(waiting).then(() => true);
  const pause = (): Promise<boolean> => new Promise((resolve) => setTimeout(resolve, 300, false));
  while (!(await Promise.race([over, pause()]))) await press();
}

/** The engine, started anew when an earlier test left it failed. */
export async function readyEngine({ client }: TestApi): Promise<ReadyEngine> {
  if (client.state.kind !== 'ready' || client.state.hung || client.state.restarted) await client.restart();
  return client.ready();
}
