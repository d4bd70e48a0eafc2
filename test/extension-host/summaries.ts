/** The repository summary: a document whose links lead to the repository's files. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension/extension.ts';
import { activateExtension, file, readyEngine, until } from './host.ts';

describe('summaries', () => {
  let api: TestApi;
  before(async () => {
    api = await activateExtension();
    await readyEngine(api);
  });

  it("opens a document whose links are the files' own", async () => {
    await vscode.commands.executeCommand('longsight.summarizeRepository');
    const { uri } = api.summaries.last ?? {};
    assert.ok(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    const text = document.getText();
    assert.match(text, /^# Ferry/);
    assert.ok(text.includes('](/src/router.js#L4-L28)'), text);
  });

  it('says what changed since', async () => {
    const { uri } = api.summaries.last ?? {};
    assert.ok(uri);
    const editor = await vscode.window.showTextDocument(file('src/router.js'));
    await editor.edit((edit) => {
      edit.insert(new vscode.Position(0, 0), '// changed\n');
    });
    await editor.document.save();
    await until('the note of a change', () =>
      /> Changed since this was written: src\/router\.js/.test(api.summaries.provideTextDocumentContent(uri)),
    );
    await editor.edit((edit) => {
      edit.delete(new vscode.Range(0, 0, 1, 0));
    });
    await editor.document.save();
  });
});
