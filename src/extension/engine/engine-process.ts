/** One engine process: forked with VS Code's own Node, spoken to over its IPC channel, watched until it ends. Shows nothing by itself. */
import { type ChildProcess, fork } from 'node:child_process';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { DisposableStore } from '../../base/disposable.ts';
import { fault } from '../../base/errors.ts';
import type { EngineApi, InitializeParameters } from '../../protocol/engine.ts';
import type { EngineStatus } from '../../protocol/status.ts';
import {
  connectEngine,
  initializeEngine,
  onLog,
  onStatus,
  shutdownEngine,
  watchHeartbeat,
} from '../../protocol/rpc-client.ts';
import { processConnection } from '../../protocol/rpc-transport.ts';

export interface EngineProcessOptions {
  /** The engine's bundle. */
  readonly module: string;
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number };
  readonly onLog: (record: string) => void;
  readonly onStatus: (status: EngineStatus) => void;
  /** It still runs and has stopped answering. */
  readonly onHung: () => void;
  /** It ended without being asked to; `detail` says how, with the last words of its standard error. */
  readonly onCrash: (detail: string) => void;
}

/** How long an engine that was asked to end may take for it, milliseconds. */
const farewellMs = 3000;
/** How much of standard error is kept for the message about a crash, UTF-16 units. */
const lastWords = 2000;

export class EngineProcess {
  readonly #store = new DisposableStore();
  readonly #child: ChildProcess;
  readonly #connection: MessageConnection;
  readonly #options: EngineProcessOptions;
  #stderr = '';
  #ended = false;

  constructor(options: EngineProcessOptions) {
    this.#options = options;
    this.#child = fork(options.module, [], {
      // The extension host's own binary runs as plain Node; its debugger flags are not handed on.
      execPath: process.execPath,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      // ONNX Runtime's telemetry is off from the first instruction on, whatever loads first in there.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', ORT_DISABLE_TELEMETRY: '1' },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-lastWords);
      options.onLog(text.trimEnd());
    });
    this.#child.once('error', (error) => {
      this.#crash(error.message);
    });
    this.#child.once('exit', (code, signal) => {
      this.#crash(signal ? `it was ended by ${signal}` : `it ended with status ${code ?? 0}`);
    });
    this.#connection = processConnection(this.#child);
    this.#store.add(onLog(this.#connection, options.onLog));
    this.#store.add(onStatus(this.#connection, options.onStatus));
    // A write to a process that has just died is told by its exit; here it only must not be thrown into the extension host.
    this.#store.add(
      this.#connection.onError(([error]) => {
        options.onLog(error.message);
      }),
    );
    this.#connection.listen();
  }

  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  /** Starts the engine's work. Rejects with an error of the catalogue when it cannot. */
  async initialize(parameters: InitializeParameters): Promise<EngineApi> {
    const engine = connectEngine(this.#connection);
    await initializeEngine(this.#connection, parameters);
    if (this.#ended) throw fault('LS7001', 'it ended while it started');
    this.watch();
    return engine;
  }

  /** Watches for a sign of life; tells once when there is none, and must then be called again. */
  watch(): void {
    if (!this.#ended) this.#store.add(watchHeartbeat(this.#connection, this.#options.heartbeat, this.#options.onHung));
  }

  /** Asks the engine to end, and ends it when it does not. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const gone = new Promise<void>((resolve) =>
      this.#child.once('exit', () => {
        resolve();
      }),
    );
    const farewell = setTimeout(() => this.#child.kill('SIGKILL'), farewellMs);
    // A hung engine does not answer; the timer above ends it.
    shutdownEngine(this.#connection).catch((error: unknown) => {
      this.#options.onLog(`the engine did not end by itself: ${String(error)}`);
    });
    await gone;
    clearTimeout(farewell);
    this.#release();
  }

  /** Lets the process end by itself, which it does when its channel closes; for the end of the extension host. */
  leave(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#child.connected) this.#child.disconnect();
    this.#release();
  }

  /** Ends the process at once; for a hung engine. */
  kill(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#child.kill('SIGKILL');
    this.#release();
  }

  #crash(how: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
    const last = this.#stderr.trim().split('\n').at(-1) ?? '';
    this.#options.onCrash(last === '' ? how : `${how} (${last})`);
  }

  #release(): void {
    this.#store.dispose();
    // Everything that still waits for a reply rejects with LS7001.
    this.#connection.dispose();
  }
}
