/** Explanations beside the code: at the right lines, following edits, stale when the code changes, kept in a file. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension/extension.ts';
import { activateExtension, file, readyEngine, until } from './host.ts';

describe('explanations', () => {
  let api: TestApi;
  let editor: vscode.TextEditor;
  before(async () => {
    api = await activateExtension();
    await readyEngine(api);
    editor = await vscode.window.showTextDocument(file('src/router.js'));
  });
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.files.revert');
  });

  const only = (): (typeof api.explanations.all)[number] => {
    assert.equal(api.explanations.all.length, 1);
    const [explained] = api.explanations.all;
    assert.ok(explained);
    return explained;
  };
  const replace = (line: number, text: string): Thenable<boolean> =>
    editor.edit((edit) => {
      edit.replace(editor.document.lineAt(line - 1).range, text);
    });

  it('explains the symbol under the cursor and stays where it was asked', async () => {
    editor.selection = new vscode.Selection(12, 4, 12, 4);
    await vscode.commands.executeCommand('longsight.explain');
    const { thread, saved } = only();
    assert.deepEqual([thread.range?.start.line, thread.range?.end.line], [12, 12]);
    assert.deepEqual([saved.startLine, saved.endLine], [12, 16]);
    assert.equal(saved.symbol, 'Router.add');
    assert.equal(thread.contextValue, 'fresh');
    const [comment] = thread.comments;
    assert.equal(comment?.author.name, 'Longsight');
    const { value } = comment.body as vscode.MarkdownString;
    const [link] = /command:longsight\.openCitation\?[^ )]+/.exec(value) ?? [];
    assert.ok(link && link.length < 200, 'a link carries ids, not the lines');
    const id: unknown = JSON.parse(decodeURIComponent(link.slice(link.indexOf('?') + 1)));
    assert.deepEqual(id, [saved.id, 0, 2]);
  });

  it('"ask further" adds the question and its answer', async () => {
    await vscode.commands.executeCommand('longsight.askFurther', { thread: only().thread, text: 'Which one wins?' });
    assert.deepEqual(
      only().thread.comments.map(({ author }) => author.name),
      ['Longsight', 'You', 'Longsight'],
    );
  });

  it('moves with its lines when text is put above', async () => {
    await editor.edit((edit) => {
      edit.insert(new vscode.Position(0, 0), '// one\n// two\n');
    });
    await until('the moved thread', () => only().thread.range?.start.line === 14);
    assert.equal(only().thread.range?.end.line, 14);
    assert.deepEqual([only().saved.startLine, only().saved.endLine], [14, 18]);
    assert.equal(only().thread.contextValue, 'fresh');
  });

  it('is stale when its code changes, and not any more when that is taken back', async () => {
    const line = editor.document.lineAt(14).text;
    await replace(15, `${line} // changed`);
    await until('a stale thread', () => only().thread.contextValue === 'stale');
    assert.match(only().thread.label ?? '', /has changed/);
    await replace(15, line);
    await until('a fresh thread', () => only().thread.contextValue === 'fresh');
  });

  it('the link of a citation opens its lines', async () => {
    const { saved } = only();
    const citation = saved.turns[0]?.citations.find(({ path }) => path !== saved.path) ?? saved.turns[0]?.citations[0];
    assert.ok(citation);
    await vscode.commands.executeCommand('longsight.openCitation', saved.id, 0, citation.number);
    assert.ok(vscode.window.activeTextEditor?.document.uri.path.endsWith(citation.path));
    await vscode.window.showTextDocument(editor.document);
  });

  it('a citation opens the exact lines', async () => {
    await vscode.commands.executeCommand('longsight.openCitation', {
      path: 'src/pattern.js',
      startLine: 2,
      endLine: 5,
      text: null,
    });
    const active = vscode.window.activeTextEditor;
    assert.ok(active);
    assert.ok(active.document.uri.path.endsWith('src/pattern.js'));
    assert.equal(active.selection.active.line, 1);
    await vscode.window.showTextDocument(editor.document);
  });

  it('is deleted', async () => {
    await vscode.commands.executeCommand('longsight.deleteExplanation', only().thread);
    assert.equal(api.explanations.all.length, 0);
  });

  it('is offered as a code action of no kind that rewrites', async () => {
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      editor.document.uri,
      new vscode.Range(3, 0, 3, 5),
    );
    const ours = actions.find(({ command }) => command?.command === 'longsight.explain');
    assert.equal(ours?.kind?.value ?? '', '');
  });
});
