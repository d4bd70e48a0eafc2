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
