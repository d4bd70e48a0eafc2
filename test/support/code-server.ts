/** A real VS Code for a test: code-server on a free port with its own home, settings and extensions, and a browser to drive it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type BrowserContext, chromium } from 'playwright-core';
import type { EditorRig } from '../../tools/editor-rig.ts';

const run = promisify(execFile);

/** How long an editor or a page may take for a step on a slow or busy machine, milliseconds. */
export const patienceMs = 120_000;
/** How long code-server may take to end before it is ended, milliseconds. */
const farewellMs = 15_000;

const settings = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.enabled': false,
  'update.mode': 'none',
  'git.openRepositoryInParentFolders': 'never',
  'workbench.tips.enabled': false,
  'files.autoSave': 'off',
  'typescript.disableAutomaticTypeAcquisition': true,
  'chat.disableAIFeatures': true,
  'window.dialogStyle': 'custom',
};

export interface CodeServerOptions {
  readonly rig: EditorRig;
  /** Runs extension tests; without it the workbench behaves as for a user. */
  readonly testDriver: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, unknown>>;
}

export class CodeServer {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'longsight-code-server-'));
  readonly #options: CodeServerOptions;
  #child: ChildProcess | null = null;
  #port = 0;

  constructor(options: CodeServerOptions) {
    this.#options = options;
    for (const name of ['user/User', 'extensions', 'home'])
      mkdirSync(path.join(this.folder, name), { recursive: true });
    writeFileSync(path.join(this.folder, 'config.yaml'), '');
    writeFileSync(
      path.join(this.folder, 'user/User/settings.json'),
      JSON.stringify({ ...settings, ...options.settings }),
    );
  }

  get authority(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** The address of a window on a folder or a workspace file; none gives an empty window. */
  address(folder: string | null, payload: readonly (readonly [string, string])[] = []): string {
    const kind = folder?.endsWith('.code-workspace') ? 'workspace' : 'folder';
    const query = [
      ...(folder === null ? ['ew=true'] : [`${kind}=${encodeURIComponent(folder)}`]),
      ...(payload.length > 0 ? [`payload=${encodeURIComponent(JSON.stringify(payload))}`] : []),
    ];
    return `http://${this.authority}/?${query.join('&')}`;
  }

  async install(vsix: string): Promise<string> {
    const { node, entry } = this.#options.rig;
    await run(node, [entry, ...this.#places(), '--install-extension', vsix, '--force'], { env: this.#environment() });
    const { stdout } = await run(node, [entry, ...this.#places(), '--list-extensions', '--show-versions'], {
      env: this.#environment(),
    });
    return stdout;
  }

  /** Starts it; again on another port when something else took the one that was free a moment ago. */
  async start(): Promise<void> {
    for (let tries = 3; ; tries -= 1) {
      try {
        await this.#start();
        return;
      } catch (error) {
        await this.#end();
        if (tries === 1) throw error;
      }
    }
  }

  async #start(): Promise<void> {
    const { node, entry } = this.#options.rig;
    this.#port = await freePort();
    const log = createWriteStream(path.join(this.folder, 'log'));
    await new Promise((resolve) => log.once('open', resolve));
    const child = spawn(
      node,
      [
        entry,
        ...this.#places(),
        ...[
          '--bind-addr',
          this.authority,
          '--auth',
          'none',
          '--disable-telemetry',
          '--disable-update-check',
          '--disable-workspace-trust',
        ],
        ...[
          '--disable-getting-started-override',
          '--disable-proxy',
          '--ignore-last-opened',
          '--reconnection-grace-time',
          '3',
        ],
        ...(this.#options.testDriver ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
      ],
      // A group of its own: extension hosts and engines end with it.
      { env: this.#environment(), stdio: ['ignore', log, log], detached: process.platform !== 'win32' },
    );
    this.#child = child;
    for (const end = Date.now() + patienceMs; Date.now() < end;) {
      if (hasEnded(child)) throw new Error(`code-server ended: ${readFileSync(path.join(this.folder, 'log'), 'utf8')}`);
      if (
        await fetch(`http://${this.authority}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error('code-server did not come up');
  }

  async stop(): Promise<void> {
    await this.#end();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 });
  }

  /** Ends it, and after that what it started and left behind, which would go on writing to folders that are deleted. */
  async #end(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child?.pid === undefined) return;
    if (!hasEnded(child)) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const farewell = setTimeout(() => child.kill('SIGKILL'), farewellMs);
      await gone;
      clearTimeout(farewell);
    }
    try {
      if (process.platform !== 'win32') process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Nothing was left.
    }
  }

  #places(): string[] {
    return [
      '--config',
      path.join(this.folder, 'config.yaml'),
      '--user-data-dir',
      path.join(this.folder, 'user'),
      '--extensions-dir',
      path.join(this.folder, 'extensions'),
    ];
  }

  /** Nothing lands in the real home, and no gallery is asked. */
  #environment(): NodeJS.ProcessEnv {
    const home = path.join(this.folder, 'home');
    const inherited = { ...process.env };
    // Set inside an editor's own terminal; with it code-server would talk to that editor.
    delete inherited['VSCODE_IPC_HOOK_CLI'];
    return {
      ...inherited,
      HOME: home,
      XDG_CONFIG_HOME: path.join(home, '.config'),
      XDG_DATA_HOME: path.join(home, '.local/share'),
      XDG_CACHE_HOME: path.join(home, '.cache'),
      EXTENSIONS_GALLERY: '{"serviceUrl":""}',
      PATH: `${path.dirname(this.#options.rig.node)}${path.delimiter}${process.env['PATH'] ?? ''}`,
      ...this.#options.environment,
    };
  }
}

/** A browser of its own; close it by its `close`. */
export async function openBrowser(
  rig: EditorRig,
  options: { width: number; height: number; scale?: number; reducedMotion?: 'reduce' },
): Promise<{ context: BrowserContext; close(): Promise<void> }> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'longsight-chromium-'));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: rig.chromium,
    headless: true,
    viewport: { width: options.width, height: options.height },
    deviceScaleFactor: options.scale ?? 1,
    reducedMotion: options.reducedMotion ?? null,
    chromiumSandbox: false,
    timeout: patienceMs,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  context.setDefaultTimeout(patienceMs);
  return {
    context,
    close: async () => {
      await context.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 });
    },
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address) resolve(address.port);
        else reject(new Error('no free port'));
      });
    });
  });
}
