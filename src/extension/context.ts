/** Context keys and commands by their ids of `contributions.ts`: a misspelt one does not compile. Shows nothing by itself. */
import * as vscode from 'vscode';
import type { CommandId, ContextKeys } from '../protocol/contributions.ts';

export function setContext<K extends keyof ContextKeys>(key: K, value: ContextKeys[K]): void {
  void vscode.commands.executeCommand('setContext', key, value);
}

export function registerCommand(id: CommandId, run: (...args: unknown[]) => unknown): vscode.Disposable {
  return vscode.commands.registerCommand(id, run);
}

export function runCommand(id: CommandId, ...args: unknown[]): Thenable<unknown> {
  return vscode.commands.executeCommand(id, ...args);
}

/** Who opens a list by a command and wants to know when it is closed, to have the focus back; such a list closes by Escape or a choice. */
export interface ListOpener {
  readonly listClosed: () => void;
}

/** @param given a command's argument, which may be anything */
export function asListOpener(given: unknown): ListOpener | null {
  const { listClosed } = (typeof given === 'object' && given !== null ? given : {}) as Partial<ListOpener>;
  return typeof listClosed === 'function' ? { listClosed } : null;
}
