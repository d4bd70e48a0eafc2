/**
 * The engine's life as the rest of the extension sees it: a state that is a type, never a null check. It starts with the
 * window, is restarted once by itself after a crash with a message, asks before a second restart, and says when it hangs.
 */
import * as vscode from 'vscode';
import { Emitter } from '../base/emitter.ts';
import { DisposableStore } from '../base/disposable.ts';
import { type UserError, fault, toUserError } from '../base/errors.ts';
import { type EngineApi, type EngineSettings, protocolVersion } from '../protocol/engine.ts';
import type { EngineStatus } from '../protocol/status.ts';
import { setContext } from './context.ts';
import { writeRecord } from './engine-log.ts';
import { EngineProcess } from './engine-process.ts';
import type { Repository, RepositoryChoice } from './repository.ts';
import type { ServerAccess } from './server-access.ts';
import { readDataFolder, readEngineSettings } from './settings.ts';

type Folder = Extract<Repository, { kind: 'folder' }>;

export type EngineState =
  | { readonly kind: 'none'; readonly reason: 'no-folder' | 'virtual' }
  | { readonly kind: 'connecting'; readonly repository: Folder }
  | {
      readonly kind: 'ready';
      readonly repository: Folder;
      readonly engine: EngineApi;
      readonly status: EngineStatus;
      /** True after a restart that nobody asked for, until the next question. */
      readonly restarted: boolean;
      /** It has not answered for a while. */
      readonly hung: boolean;
    }
  | { readonly kind: 'failed'; readonly repository: Folder; readonly error: UserError };

export type ReadyEngine = Extract<EngineState, { kind: 'ready' }>;

export interface EngineClientOptions {
  readonly module: string;
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number };
  readonly server: Pick<ServerAccess, 'settings' | 'onDidChange' | 'askAgreement'>;
}

/** How often the engine is asked for its status: while something moves, and otherwise; milliseconds. */
const pollMs = { busy: 1000, idle: 5000 };
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
  readonly #repository: RepositoryChoice;
  readonly #log: vscode.LogOutputChannel;
  readonly #options: EngineClientOptions;
  #state: EngineState;
  #process: EngineProcess | null = null;
  #poll: NodeJS.Timeout | null = null;
  #lastCrash = -Infinity;
  /** Counts starts; what an earlier start still has under way is ignored. */
  #generation = 0;

  constructor(repository: RepositoryChoice, log: vscode.LogOutputChannel, options: EngineClientOptions) {
    this.#repository = repository;
    this.#log = log;
    this.#options = options;
    this.#state = { kind: 'none', reason: 'no-folder' };
    this.#store.add(
      repository.onDidChange(() => {
        void this.restart();
      }),
    );
    this.#store.add(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('longsight.dataFolder')) void this.restart();
        else if (event.affectsConfiguration('longsight')) void this.#configure();
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

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** The engine once it is ready. Throws an error of the catalogue when there is none and none is starting. */
  async ready(): Promise<ReadyEngine> {
    while (this.#state.kind === 'connecting') await this.#nextState();
    if (this.#state.kind === 'ready') return this.#state;
    if (this.#state.kind === 'failed') throw fault('LS8003', this.#state.error.message);
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
      this.#log.warn(`status: ${toUserError(error).message}`);
    }
  }

  /** The message about a restart has been read: something new was asked. */
  acknowledgeRestart(): void {
    if (this.#state.kind === 'ready' && this.#state.restarted) this.#setState({ ...this.#state, restarted: false });
  }

  dispose(): void {
    this.#generation += 1;
    this.#stopPolling();
    // A kill in the middle of a computation would look like a driver's crash.
    if (this.#state.kind === 'ready' && !this.#state.hung) this.#process?.leave();
    else this.#process?.kill();
    this.#store.dispose();
  }

  async #start(restarted: boolean): Promise<void> {
    const generation = ++this.#generation;
    this.#stopPolling();
    const previous = this.#process;
    this.#process = null;
    const repository = this.#repository.current;
    this.#setState(repository.kind === 'none' ? repository : { kind: 'connecting', repository });
    await previous?.stop();
    if (repository.kind === 'none' || generation !== this.#generation) return;
    const engineProcess = new EngineProcess({
      module: this.#options.module,
      heartbeat: this.#options.heartbeat,
      onLog: (record) => {
        writeRecord(this.#log, record);
      },
      onHung: () => {
        if (generation === this.#generation) void this.#hung();
      },
      onCrash: (detail) => {
        if (generation === this.#generation) void this.#crashed(detail);
      },
    });
    this.#process = engineProcess;
    try {
      const engine = await engineProcess.initialize({
        protocolVersion,
        repository: repository.uri.fsPath,
        home: readDataFolder(),
        settings: await this.#settings(repository),
        watchesFiles: true,
      });
      const status = await engine.status();
      if (generation !== this.#generation) return;
      this.#log.info(`the engine is ready for ${repository.name}, process ${engineProcess.pid ?? 0}`);
      const state: ReadyEngine = { kind: 'ready', repository, engine, status, restarted, hung: false };
      this.#setState(state);
      this.#schedulePoll();
      this.#started.fire(state);
    } catch (error) {
      // A crash while starting has already been told.
      if (generation !== this.#generation || this.#state.kind !== 'connecting') return;
      this.#process = null;
      engineProcess.kill();
      this.#fail(repository, toUserError(error));
    }
  }

  async #crashed(detail: string): Promise<void> {
    const repository = this.#repository.current;
    this.#process = null;
    this.#stopPolling();
    if (repository.kind === 'none') return;
    const error = fault('LS7001', detail);
    const again = performance.now() - this.#lastCrash < healthyMs;
    this.#lastCrash = performance.now();
    this.#log.error(error.userError.message);
    if (again) {
      this.#fail(repository, error.userError);
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

  #fail(repository: Folder, error: UserError): void {
    this.#log.error(`${error.code}: ${error.message}${error.diagnostic === undefined ? '' : `\n${error.diagnostic}`}`);
    this.#setState({ kind: 'failed', repository, error });
    this.#offerRestart(`${error.message} (${error.code})`);
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

  #offerRestart(message: string): void {
    const generation = this.#generation;
    const restart = vscode.l10n.t('Restart Engine');
    void vscode.window.showErrorMessage(message, restart, vscode.l10n.t('Show Log')).then((chosen) => {
      if (chosen === undefined) return;
      if (chosen !== restart) this.#log.show();
      else if (generation === this.#generation) void this.restart();
    });
  }

  async #configure(): Promise<void> {
    const { state } = this;
    if (state.kind !== 'ready') return;
    try {
      await state.engine.configure(await this.#settings(state.repository));
      await this.refresh();
    } catch (error) {
      this.#log.error(`settings: ${toUserError(error).message}`);
    }
  }

  async #settings({ uri }: Folder): Promise<EngineSettings> {
    const server = await this.#options.server.settings();
    return { ...readEngineSettings(uri), ...(server && { server }) };
  }

  #schedulePoll(): void {
    this.#stopPolling();
    const { state } = this;
    if (state.kind !== 'ready') return;
    const { index, decoder } = state.status;
    const busy =
      !['idle', 'paused', 'failed'].includes(index.state) || decoder?.state === 'busy' || decoder?.state === 'loading';
    this.#poll = setTimeout(
      () => {
        void this.refresh().then(() => {
          this.#schedulePoll();
        });
      },
      busy ? pollMs.busy : pollMs.idle,
    );
  }

  #stopPolling(): void {
    if (this.#poll) clearTimeout(this.#poll);
    this.#poll = null;
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
