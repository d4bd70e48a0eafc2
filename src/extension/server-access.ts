/**
 * What the engine needs to ask a model server: its address from the settings, its key from VS Code's secret storage, and the
 * user's agreement, asked for once before anything of a repository goes to another machine. Commands "Set Server Key…" and
 * "Clear Server Key" are there while a server is set.
 */
import * as vscode from 'vscode';
import { Emitter } from '../base/emitter.ts';
import { DisposableStore } from '../base/disposable.ts';
import type { ServerSettings } from '../protocol/engine.ts';
import { type ServerAddress, isServerAddress, parseServerAddress } from '../protocol/server-address.ts';
import { registerCommand, setContext } from './context.ts';
import { readModel, readServerLimits } from './settings.ts';
import { guarded } from './show-error.ts';

const agreedMemento = 'longsight.agreedServers';
const keyPrefix = 'longsight.serverKey ';

export class ServerAccess implements vscode.Disposable {
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<undefined>());
  /** Fires when a key or the agreement changed; the settings tell of themselves. */
  readonly onDidChange = this.#changed.event;
  readonly #secrets: vscode.SecretStorage;
  readonly #memory: vscode.Memento;
  /** Origins that the user does not want to send to, until the window is loaded again. */
  readonly #declined = new Set<string>();

  constructor(context: Pick<vscode.ExtensionContext, 'secrets' | 'globalState'>, log: vscode.LogOutputChannel) {
    this.#secrets = context.secrets;
    this.#memory = context.globalState;
    this.#store.add(
      context.secrets.onDidChange(({ key }) => {
        if (key.startsWith(keyPrefix)) this.#changed.fire(undefined);
      }),
    );
    this.#store.add(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('longsight')) this.#tellContext();
      }),
    );
    this.#store.add(
      registerCommand(
        'longsight.setServerKey',
        guarded(log, () => this.#askForKey()),
      ),
    );
    this.#store.add(
      registerCommand(
        'longsight.clearServerKey',
        guarded(log, () => this.#clearKey()),
      ),
    );
    this.#tellContext();
  }

  /** For the engine; undefined while no server is set. A wrong address is told by the engine, when it is needed. */
  async settings(): Promise<ServerSettings | undefined> {
    const address = this.#address();
    if (!address) return undefined;
    const value = await this.#secrets.get(keyPrefix + address.origin);
    return {
      key: value === undefined || value === '' ? null : { origin: address.origin, value },
      agreed: this.#agreed(),
      ...readServerLimits(),
    };
  }

  /** Asks, where it has not been answered yet, whether code may go to the server. Resolves to true when the agreement is new. */
  async askAgreement(): Promise<boolean> {
    const address = this.#address();
    if (!address || address.isLoopback || this.#agreed().includes(address.origin)) return false;
    if (this.#declined.has(address.origin)) return false;
    const send = vscode.l10n.t('Send to {0}', address.host);
    const without = vscode.l10n.t('Answer Without It');
    const chosen = await vscode.window.showWarningMessage(
      vscode.l10n.t('Send code of this repository to {0}?', address.host),
      {
        modal: true,
        detail: [
          vscode.l10n.t(
            'The model that answers runs there. With each question the passages that were found for it are sent to {0}, and nowhere else.',
            address.origin,
          ),
          ...(address.isEncrypted
            ? []
            : [vscode.l10n.t('The connection is not encrypted: others on the way can read it.')]),
          vscode.l10n.t('You are asked once for each server.'),
        ].join('\n\n'),
      },
      send,
      without,
    );
    if (chosen === without) this.#declined.add(address.origin);
    if (chosen !== send) return false;
    await this.agree(address.origin);
    return true;
  }

  async agree(origin: string): Promise<void> {
    await this.#memory.update(agreedMemento, [...new Set([...this.#agreed(), origin])]);
    this.#changed.fire(undefined);
  }

  async setKey(origin: string, key: string): Promise<void> {
    await this.#secrets.store(keyPrefix + origin, key);
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #askForKey(): Promise<void> {
    const address = this.#addressOrTell();
    if (!address) return;
    const key = await vscode.window.showInputBox({
      title: vscode.l10n.t('Key of {0}', address.host),
      prompt: vscode.l10n.t('It is kept in the secret storage of VS Code and sent to this server alone.'),
      password: true,
      ignoreFocusOut: true,
    });
    if (key === undefined || key.trim() === '') return;
    await this.setKey(address.origin, key.trim());
    vscode.window.setStatusBarMessage(vscode.l10n.t('The key of {0} is kept', address.host), 5000);
  }

  async #clearKey(): Promise<void> {
    const address = this.#addressOrTell();
    if (!address) return;
    await this.#secrets.delete(keyPrefix + address.origin);
    vscode.window.setStatusBarMessage(vscode.l10n.t('The key of {0} is deleted', address.host), 5000);
  }

  #addressOrTell(): ServerAddress | undefined {
    const address = this.#address();
    if (!address)
      void vscode.window.showInformationMessage(
        vscode.l10n.t('Set the address of a server first: longsight.server.url.'),
      );
    return address;
  }

  #address(): ServerAddress | undefined {
    const model = readModel();
    if (model === null || !isServerAddress(model)) return undefined;
    try {
      return parseServerAddress(model);
    } catch {
      // What is wrong with it is said where it is used.
      return undefined;
    }
  }

  #agreed(): readonly string[] {
    return this.#memory.get<readonly string[]>(agreedMemento, []);
  }

  #tellContext(): void {
    setContext('longsight.hasServer', this.#address() !== undefined);
  }
}
