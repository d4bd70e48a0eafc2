/**
 * All suites in a real VS Code: the extension host's (scripted engine, then the real one), the page's, and the end-to-end run
 * of the packaged extension. Installs what it needs. `npm run test:vscode [host] [blocking] [page] [folders] [end-to-end]`; the last line
 * counts. With LONGSIGHT_VSCODE set to a desktop VS Code's executable the extension host's suites run in that instead.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type HostOutcome, runInExtensionHost } from '../test/support/extension-host.ts';
import { makeModelsHome } from '../test/support/models-home.ts';
import { writeSampleRepository } from '../test/support/sample-repository.ts';
import { buildTests } from './build-tests.ts';
import { ensureEditorRig } from './editor-rig.ts';
import { runInDesktop } from './desktop-tests.ts';

const root = path.join(import.meta.dirname, '..');
const wanted = process.argv.slice(2);
const wants = (suite: string): boolean => wanted.length === 0 || wanted.includes(suite);
const total = { passed: 0, failed: 0, skipped: 0 };
const say = (words: string): void => void process.stdout.write(`${words}\n`);

if (wants('host') || wants('blocking')) await extensionHost();
if (wants('page')) await nodeTests('page', 'test/end-to-end/page.test.ts');
if (wants('folders')) await nodeTests('folders', 'test/end-to-end/folders.test.ts');
if (wants('end-to-end')) await nodeTests('end to end', 'test/end-to-end/sidebar.test.ts');
say(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

async function extensionHost(): Promise<void> {
  const { suites, scriptedEngine } = await buildTests();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'longsight-host-'));
  const figures = path.join(folder, 'figures.json');
  try {
    if (wants('host')) {
      const repository = path.join(folder, 'ferry');
      writeSampleRepository(repository);
      const environment = { LONGSIGHT_TEST_ENGINE: scriptedEngine, LONGSIGHT_TEST_HEARTBEAT_MS: '300' };
      count('extension host', await runSuites({ suites, folder: repository, environment, timeoutMs: 180_000 }));
    }
    if (wants('blocking')) {
      const environment = {
        LONGSIGHT_TEST_SUITE: 'real',
        LONGSIGHT_TEST_FIGURES: figures,
        LONGSIGHT_HOME: await makeModelsHome(path.join(folder, 'home')),
      };
      count('extension host, real engine', await runSuites({ suites, folder: root, environment, timeoutMs: 300_000 }));
      say(`blocking: ${readFileSync(figures, 'utf8')}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runSuites(run: {
  suites: string;
  folder: string;
  environment: Record<string, string>;
  timeoutMs: number;
}): Promise<readonly HostOutcome[]> {
  const desktop = process.env['LONGSIGHT_VSCODE'];
  if (desktop) return runInDesktop({ ...run, executable: desktop, extension: root });
  return runInExtensionHost({ ...run, rig: await ensureEditorRig(), extension: root });
}

function count(suite: string, outcomes: readonly HostOutcome[]): void {
  for (const { title, state, error } of outcomes) {
    total[state] += 1;
    if (state === 'failed') say(`FAILED ${suite} > ${title}\n${error ?? ''}\n`);
    if (state === 'skipped') say(`skipped: ${title}`);
  }
  say(`${suite}: ${outcomes.filter(({ state }) => state === 'passed').length} of ${outcomes.length} passed`);
}

/** Suites that drive a browser from outside, by Node's own runner; the closing line is taken into the count. */
async function nodeTests(suite: string, file: string): Promise<void> {
  const args = ['--disable-warning=ExperimentalWarning', '--test', '--test-reporter=./test/reporter.mjs', file];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await new Promise((resolve) => child.once('close', resolve));
  const closing = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(output);
  say(output.replace(/^\d+ passed.*$/m, '').trim());
  if (!closing) total.failed += 1;
  total.passed += Number(closing?.[1] ?? 0);
  total.failed += Number(closing?.[2] ?? 0);
  total.skipped += Number(closing?.[3] ?? 0);
  say(`${suite}: ${closing?.[0] ?? 'the run was lost'}`);
}
