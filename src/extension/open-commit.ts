/** Opens what a commit changed in a file, by VS Code's own Git extension where that is there. */
import * as vscode from 'vscode';
import type { CommitView } from '../protocol/webview.ts';
import { shortId } from '../protocol/commit-id.ts';

/** The part of the Git extension's interface, version 1, that is used here (extensions/git/src/api/git.d.ts). */
interface GitApi {
  getRepository(uri: vscode.Uri): unknown;
  toGitUri(uri: vscode.Uri, ref: string): vscode.Uri;
}

interface GitExtension {
  readonly enabled: boolean;
  getAPI(version: 1): GitApi;
}

/**
 * Shows the file before the commit and after it side by side; one that the commit made as it made it.
 * @param uriOf the place of a path in the commit's repository; null: it is in none of this window
 * @returns false where the Git extension is missing, switched off, or does not have the repository
 */
export async function openCommit(
  { id, subject, path, before }: CommitView,
  uriOf: (path: string) => vscode.Uri | null,
): Promise<boolean> {
  const uri = uriOf(path);
  const api = await gitApi();
  if (!uri || !api?.getRepository(uri)) return false;
  const options: vscode.TextDocumentShowOptions = { preview: true };
  const title = `${shortId(id)} ${subject}`;
  const made = api.toGitUri(uri, id);
  const formerUri = before && uriOf(before.path);
  const former = before && formerUri && api.toGitUri(formerUri, before.id);
  if (!former) await vscode.commands.executeCommand('vscode.open', made, options, title);
  else await vscode.commands.executeCommand('vscode.diff', former, made, title, options);
  return true;
}

async function gitApi(): Promise<GitApi | null> {
  const extension = vscode.extensions.getExtension<GitExtension>('vscode.git');
  if (!extension) return null;
  const git = extension.isActive ? extension.exports : await extension.activate();
  return git.enabled ? git.getAPI(1) : null;
}
