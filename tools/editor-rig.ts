/**
 * Installs what the tests in a real VS Code need, from nothing: code-server (VS Code's own server and workbench) with the Node
 * it wants, and Chromium. Kept in the user's cache in a folder named by its versions, built aside and renamed, under a lock.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { withoutOuterNpm } from './outer-npm.ts';
import { overNetwork } from './over-network.ts';

const run = promisify(execFile);

const nodeVersion = '24.21.0';
const codeServerVersion = '4.139.1';
/** A lock older than this belongs to a process that is gone, milliseconds. */
const staleLockMs = 20 * 60_000;
/** How often apt asks again for a single file. */
const retries = 'Acquire::Retries=3';
const output = { maxBuffer: 64 * 1024 * 1024 };

export interface EditorRig {
  /** The Node that code-server runs on. */
  readonly node: string;
  /** code-server's entry script. */
  readonly entry: string;
  readonly chromium: string;
}

function say(words: string): void {
  process.stderr.write(`${words}\n`);
}

/** The rig, installed when it is not there yet (three to six minutes, once a machine). */
export async function ensureEditorRig(): Promise<EditorRig> {
  const cache = process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache');
  const base = process.env['LONGSIGHT_RIG'] ?? path.join(cache, 'longsight', 'rig');
  const folder = path.join(base, `code-server-${codeServerVersion}-node-${nodeVersion}`);
  await mkdir(base, { recursive: true });
  const unlock = await lock(path.join(base, '.install-lock'));
  try {
    const chromium = await ensureSystemPackages(existsSync(path.join(folder, '.ok')));
    if (!existsSync(path.join(folder, '.ok'))) await install(folder);
    return { chromium, ...rigOf(folder) };
  } finally {
    await unlock();
  }
}

function rigOf(folder: string): { node: string; entry: string } {
  return {
    node: path.join(folder, 'node24', platformNode(), 'bin', 'node'),
    entry: path.join(folder, 'node_modules', 'code-server', 'out', 'node', 'entry.js'),
  };
}

function platformNode(): string {
  return `node-${process.platform}-${process.arch}`;
}

async function lock(file: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(String(process.pid));
      await handle.close();
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const age = await stat(file).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > staleLockMs) await rm(file, { force: true });
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Chromium, and what code-server's native modules are built with; by apt where we may, otherwise said. */
async function ensureSystemPackages(installed: boolean): Promise<string> {
  const found = await firstCommand(['chromium', 'chromium-browser', 'google-chrome']);
  const missing = [...(found ? [] : ['chromium'])];
  if (!installed) {
    if (!(await isInstalled('libkrb5-dev'))) missing.push('libkrb5-dev');
    if (!(await firstCommand(['g++']))) missing.push('build-essential');
    if (!(await firstCommand(['python3']))) missing.push('python3');
  }
  if (missing.length > 0) {
    say(`installing ${missing.join(' ')}`);
    const apt = (...words: string[]): [string, string[]] =>
      process.getuid?.() === 0 ? ['apt-get', words] : ['sudo', ['-n', 'apt-get', ...words]];
    const options = { ...output, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    try {
      await overNetwork(() => run(...apt('update', '-qq', '-o', retries), options));
      const install = ['install', '-y', '-qq', '--no-install-recommends', '-o', retries, ...missing];
      await overNetwork(() => run(...apt(...install), options));
    } catch (error) {
      throw new Error(`install these packages first, this account may not: ${missing.join(' ')}`, { cause: error });
    }
  }
  const chromium = found ?? (await firstCommand(['chromium']));
  if (!chromium) throw new Error('there is no chromium on the PATH');
  return chromium;
}

async function firstCommand(names: readonly string[]): Promise<string | null> {
  for (const name of names) {
    const at = await run('sh', ['-c', `command -v ${name}`]).then(
      ({ stdout }) => stdout.trim(),
      () => '',
    );
    if (at !== '') return at;
  }
  return null;
}

async function isInstalled(debianPackage: string): Promise<boolean> {
  return run('dpkg', ['-s', debianPackage]).then(
    () => true,
    () => false,
  );
}

async function install(folder: string): Promise<void> {
  say('installing code-server, once on this machine');
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(path.join(part, 'node24'), { recursive: true });
  await writeFile(path.join(part, 'package.json'), '{"private":true}\n');
  await installNode(part);
  const nodeFolder = path.join(part, 'node24', platformNode());
  const environment = {
    ...withoutOuterNpm(process.env),
    PATH: `${path.join(nodeFolder, 'bin')}${path.delimiter}${process.env['PATH'] ?? ''}`,
    npm_config_nodedir: nodeFolder,
    // code-server's own install script runs a second npm inside itself, which no list of allowed scripts would reach.
    npm_config_dangerously_allow_all_scripts: 'true',
    npm_config_ignore_scripts: 'false',
    npm_config_update_notifier: 'false',
    npm_config_fetch_retries: '5',
  };
  const codeServer = ['i', '--no-audit', '--no-fund', '--no-package-lock', `code-server@${codeServerVersion}`];
  await overNetwork(() => run('npm', codeServer, { ...output, cwd: part, env: environment }));
  await run(path.join(nodeFolder, 'bin', 'node'), [rigOf(part).entry, '--config', os.devNull, '--version'], output);
  await writeFile(path.join(part, '.ok'), '');
  await rm(folder, { recursive: true, force: true });
  await rename(part, folder);
}

/** The project's own Node when it is the right one, else npm brings it. */
async function installNode(part: string): Promise<void> {
  const name = platformNode();
  const own = path.join(import.meta.dirname, '..', 'node_modules', name);
  const version = await run(path.join(own, 'bin', 'node'), ['-v']).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
  if (version === `v${nodeVersion}`) {
    await cp(own, path.join(part, 'node24', name), { recursive: true });
    return;
  }
  const words = ['i', '--no-audit', '--no-fund', '--no-save', '--no-package-lock', `${name}@${nodeVersion}`];
  await overNetwork(() => run('npm', words, { ...output, cwd: part, env: withoutOuterNpm(process.env) }));
  await rename(path.join(part, 'node_modules', name), path.join(part, 'node24', name));
}
