/** What package.json promises is there: commands registered, settings with their defaults, keys that take nothing from VS Code. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands, settings, views } from '../../src/protocol/contributions.ts';
import { activateExtension, extensionId } from './host.ts';

interface Keybinding {
  readonly key: string;
  readonly command: string;
  readonly when?: string;
}

interface PackageJson {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category: string }[];
    readonly keybindings: readonly Keybinding[];
  };
}

function packageJson(): PackageJson {
  return vscode.extensions.getExtension(extensionId)?.packageJSON as PackageJson;
}

describe('contributions', () => {
  before(activateExtension);

  it('every command of the manifest is registered, and no other of ours', async () => {
    const registered = (await vscode.commands.getCommands(true)).filter(
      (id) => id.startsWith('longsight.') && !id.startsWith(`${views.ask}.`) && !id.startsWith(`${views.index}.`),
    );
    assert.deepEqual(registered.sort(), Object.keys(commands).sort());
  });

  it('titles are in title case and of the category', () => {
    for (const { title, category } of packageJson().contributes.commands) {
      assert.equal(category, 'Longsight');
      assert.match(title, /^[A-Z]/);
    }
  });

  it('settings have their defaults', () => {
    for (const [id, { default: value }] of Object.entries(settings))
      assert.deepEqual(vscode.workspace.getConfiguration().inspect(id)?.defaultValue, value, id);
  });

  it('keys take nothing from VS Code', async () => {
    const document = await vscode.workspace.openTextDocument(
      vscode.Uri.parse('vscode://defaultsettings/keybindings.json'),
    );
    const text = document.getText().replace(/^\s*\/\/.*$/gm, '');
    const theirs = (JSON.parse(text.replace(/,(\s*[\]}])/g, '$1')) as Keybinding[]).filter(
      ({ command }) => !command.startsWith('longsight.'),
    );
    assert.ok(theirs.length > 300, `read ${theirs.length} default keys`);
    // `false` is a key that a built-in extension has switched off.
    const live = theirs.filter(({ when }) => when !== 'false');
    for (const { key } of packageJson().contributes.keybindings) {
      const taken = live.filter(
        (their) => their.key === key || key.startsWith(`${their.key} `) || their.key.startsWith(`${key} `),
      );
      assert.deepEqual(taken, [], key);
    }
  });
});
