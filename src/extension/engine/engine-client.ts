/**
 * The engine's life as the rest of the extension sees it: a state that is a type, never a null check. It starts with its first
 * use, or with the window where the settings say so, tells of its status by itself, is restarted once by itself after a crash with a message, asks before a second restart, and says when it hangs.
 */
import { language, speaker } from '../speaker.ts';
import * as vscode from 'vscode';
import { Emitter } from '../../base/emitter.ts';
import { DisposableStore } from '../../base/disposable.ts';
import { type UserError, fault, toUserError, messageOf } from '../../base/errors.ts';
import { type EngineApi, type EngineSettings, protocolVersion } from '../../protocol/engine.ts';
import type { EngineStatus } from '../../protocol/status.ts';
import { setContext } from '../context.ts';
import { writeRecord } from './engine-log.ts';
import { EngineProcess } from './engine-process.ts';
import { type Folder, Places, type WindowFolders } from '../repository.ts';
import type { ServerAccess } from '../server-access.ts';
import { readDataFolder, readEngineSettings, readStart } from '../settings.ts';

export type EngineState =
  | { readonly kind: 'none'; readonly reason: 'no-folder' | 'virtual' }
  /** There is a folder, and nothing has needed the engine yet. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting' }
  | {
      readonly kind: 'ready';
      /** The window's folders when the engine was started for them. */
      readonly folders: readonly Folder[];
      readonly engine: EngineApi;
      readonly status: EngineStatus;
      /** True after a restart that nobody asked for, until the next question. */
      readonly restarted: boolean;
      /** It has not answered for a while. */
      readonly hung: boolean;
    }
  | { readonly kind: 'failed'; readonly error: UserError };

export type ReadyEngine = Extract<EngineState, { kind: 'ready' }>;

export interface EngineClientOptions {
  readonly module: string;
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number };
  readonly server: Pick<ServerAccess, 'settings' | 'onDidChange' | 'askAgreement'>;
}

/** After this long without a crash the next one is a first one again, milliseconds. */
const healthyMs = 5 * 60_000;

export class EngineClient implements vscode.Disposable {
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<EngineState>());
  /** Fires on every change of the state, the status included. */
  readonly onDidChangeState = this.#changed.event;
  readonly #started = this.#store.add(new Emitter<ReadyEngine>());
  /** Fires when an engine has become ready, the first as well as a restarted one. */
  readonly onDidStart = this.#started.event;
  readonly #window: WindowFolders;
  readonly #log: vscode.LogOutputChannel;
  readonly #options: EngineClientOptions;
  #state: EngineState;
  #process: EngineProcess | null = null;
  #lastCrash = -Infinity;
  /** Counts starts; what an earlier start still has under way is ignored. */
  #generation = 0;

  constructor(window: WindowFolders, log: vscode.LogOutputChannel, options: EngineClientOptions) {
    this.#window = window;
    this.#log = log;
    this.#options = options;
    this.#state = { kind: 'none', reason: 'no-folder' };
    this.#store.add(
      window.onDidChange(() => {
        if (this.#process) void this.restart();
        else this.open();
      }),
    );
    this.#store.add(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('longsight.dataFolder')) {
          if (this.#process) void this.restart();
        } else if (event.affectsConfiguration('longsight'))
          void this.#configure(event.affectsConfiguration('longsight.index'));
      }),
    );
    this.#store.add(
      options.server.onDidChange(() => {
        void this.#configure();
      }),
    );
  }

  get state(): EngineState {
    return this.#state;
  }

  /** From files of the editor to repositories and back, as far as the engine has said. */
  get places(): Places {
    const { current } = this.#window;
    const folders = current.kind === 'none' ? [] : current.folders;
    return new Places(folders, this.#state.kind === 'ready' ? this.#state.status.folders : []);
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** Takes in the window's folders. The engine starts only where the settings want it at once. */
  open(): void {
    const { current } = this.#window;
    if (current.kind === 'none') this.#setState(current);
    else if (readStart() === 'onOpen') void this.restart();
    else this.#setState({ kind: 'idle' });
  }

  /** Something of ours is looked at: the engine starts, unless it was started before. */
  wake(): void {
    if (this.#state.kind === 'idle') void this.restart();
  }

  /** Someone asks to go on with what an engine that is gone had begun: that is asking for another. */
  revive(): void {
    if (this.#state.kind === 'failed') void this.restart();
  }

  /** The engine once it is ready; the first who needs it starts it. Throws an error of the catalogue when there is none. */
  async ready(): Promise<ReadyEngine> {
    this.wake();
    while (this.#state.kind === 'connecting') await this.#nextState();
    if (this.#state.kind === 'ready') return this.#state;
    if (this.#state.kind === 'failed') throw fault('LS8003', messageOf(this.#state.error));
    if (this.#state.kind === 'idle') throw fault('LS8003', '');
    throw this.#state.reason === 'no-folder' ? fault('LS8001', '') : fault('LS8002', '');
  }

  /** As {@link ready}, for a question: where a server on another machine answers, the user has been asked before. */
  async readyToAnswer(): Promise<ReadyEngine> {
    const state = await this.ready();
    if (await this.#options.server.askAgreement()) await this.#configure();
    return state;
  }

  /** Starts the engine of the chosen repository; a running one ends first. Someone who asks for a restart starts the count afresh. */
  async restart(): Promise<void> {
    this.#lastCrash = -Infinity;
    await this.#start(false);
  }

  /** Asks for the status now, for instance after a command changed something. */
  async refresh(): Promise<void> {
    const { state } = this;
    if (state.kind !== 'ready') return;
    const generation = this.#generation;
    try {
      const status = await state.engine.status();
      if (generation === this.#generation && this.#state.kind === 'ready')
        this.#setState({ ...this.#state, status, hung: false });
    } catch (error) {
      this.#log.warn(`status: ${speaker.error(toUserError(error)).message}`);
    }
  }

  /** The message about a restart has been read: something new was asked. */
  acknowledgeRestart(): void {
    if (this.#state.kind === 'ready' && this.#state.restarted) this.#setState({ ...this.#state, restarted: false });
  }

  dispose(): void {
    this.#generation += 1;
    // A kill in the middle of a computation would look like a driver's crash.
    if (this.#state.kind === 'ready' && !this.#state.hung) this.#process?.leave();
    else this.#process?.kill();
    this.#store.dispose();
  }

  async #start(restarted: boolean): Promise<void> {
    const generation = ++this.#generation;
    const previous = this.#process;
    this.#process = null;
    const { current } = this.#window;
    this.#setState(current.kind === 'none' ? current : { kind: 'connecting' });
    await previous?.stop();
    if (current.kind === 'none' || generation !== this.#generation) return;
    const engineProcess = new EngineProcess({
      module: this.#options.module,
      heartbeat: this.#options.heartbeat,
      onLog: (record) => {
        writeRecord(this.#log, record);
      },
      onHung: () => {
        if (generation === this.#generation) void this.#hung();
      },
      onStatus: (status) => {
        if (generation === this.#generation && this.#state.kind === 'ready')
          this.#setState({ ...this.#state, status, hung: false });
      },
      onCrash: (detail) => {
        if (generation === this.#generation) void this.#crashed(detail);
      },
    });
    this.#process = engineProcess;
    const { folders } = current;
    const [first, ...others] = folders;
    try {
      const engine = await engineProcess.initialize({
        protocolVersion,
        repository: first.uri.fsPath,
        ...(others.length > 0 ? { others: others.map(({ uri }) => uri.fsPath) } : {}),
        home: readDataFolder(),
        settings: await this.#settings(folders),
        watchesFiles: true,
        language,
      });
      const status = await engine.status();
      if (generation !== this.#generation) return;
      this.#log.info(
        `the engine is ready for ${folders.map(({ name }) => name).join(', ')}, process ${engineProcess.pid ?? 0}`,
      );
      const state: ReadyEngine = { kind: 'ready', folders, engine, status, restarted, hung: false };
      this.#setState(state);
      this.#started.fire(state);
    } catch (error) {
      // A crash while starting has already been told.
      if (generation !== this.#generation || this.#state.kind !== 'connecting') return;
      this.#process = null;
      engineProcess.kill();
      this.#fail(toUserError(error));
    }
  }

  async #crashed(detail: string): Promise<void> {
    this.#process = null;
    if (this.#window.current.kind === 'none') return;
    const error = fault('LS7001', detail);
    const again = performance.now() - this.#lastCrash < healthyMs;
    this.#lastCrash = performance.now();
    this.#log.error(speaker.error(error.userError).message);
    if (again) {
      this.#fail(error.userError);
      return;
    }
    void vscode.window
      .showWarningMessage(
        vscode.l10n.t('The Longsight engine stopped working and was started again. The index is whole.'),
        vscode.l10n.t('Show Log'),
      )
      .then((chosen) => {
        if (chosen !== undefined) this.#log.show();
      });
    await this.#start(true);
  }

  #fail(error: UserError): void {
    const { message } = speaker.error(error);
    this.#log.error(`${error.code}: ${message}${error.diagnostic === undefined ? '' : `\n${error.diagnostic}`}`);
    this.#setState({ kind: 'failed', error });
    this.#offerRestart(`${message} (${error.code})`);
  }

  async #hung(): Promise<void> {
    if (this.#state.kind !== 'ready') return;
    this.#log.error('the engine does not answer');
    this.#setState({ ...this.#state, hung: true });
    this.#offerRestart(vscode.l10n.t('The Longsight engine has stopped answering.'));
    // The heartbeat reports once; an engine that comes back answers this, and is watched again.
    const waiting = this.#process;
    await this.refresh();
    if (waiting === this.#process) waiting?.watch();
  }

  /**
   * A warning and no error: VS Code keeps an error with buttons on the screen until it is closed, long after the engine runs
   * again. The status bar and the sidebar go on to say what is wrong for as long as it is.
   */
  #offerRestart(message: string): void {
    const generation = this.#generation;
    const restart = vscode.l10n.t('Restart Engine');
    void vscode.window.showWarningMessage(message, restart, vscode.l10n.t('Show Log')).then((chosen) => {
      if (chosen === undefined) return;
      if (chosen !== restart) this.#log.show();
      else if (generation === this.#generation) void this.restart();
    });
  }

  async #configure(allRules = false): Promise<void> {
    const { state } = this;
    if (state.kind !== 'ready') return;
    try {
      await state.engine.configure(await this.#settings(state.folders, allRules));
      await this.refresh();
    } catch (error) {
      this.#log.error(`settings: ${speaker.error(toUserError(error)).message}`);
    }
  }

  async #settings(folders: readonly Folder[], allRules = false): Promise<EngineSettings> {
    const server = await this.#options.server.settings();
    return {
      ...readEngineSettings(
        folders.map(({ uri }) => uri),
        allRules,
      ),
      ...(server && { server }),
    };
  }

  #nextState(): Promise<void> {
    return new Promise((resolve) => {
      const subscription = this.#changed.event(() => {
        subscription.dispose();
        resolve();
      });
    });
  }

  #setState(state: EngineState): void {
    this.#state = state;
    setContext('longsight.engine', state.kind);
    setContext('longsight.paused', state.kind === 'ready' && state.status.index.state === 'paused');
    setContext(
      'longsight.hasModel',
      state.kind === 'ready' && state.status.decoder !== null && state.status.decoder.state !== 'absent',
    );
    this.#changed.fire(state);
  }
}
