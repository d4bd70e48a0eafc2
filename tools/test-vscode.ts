/**
 * All suites in a real VS Code: the extension host's (scripted engine, then the real one), the page's, and the end-to-end run
 * of the packaged extension. Installs what it needs. `npm run test:vscode [host] [blocking] [page] [folders] [end-to-end]`; the last line
 * counts. With LONGSIGHT_VSCODE set to a desktop VS Code's executable the extension host's suites run in that instead.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run } from 'node:test';
import { runInExtensionHost } from '../test/support/extension-host.ts';
import { makeModelsHome } from '../test/support/models-home.ts';
import { type Outcome, type TestEvent, outcomeOf } from '../test/support/outcomes.ts';
import { writeSampleRepository } from '../test/support/sample-repository.ts';
import { buildTests } from './build-tests.ts';
import { ensureEditorRig } from './editor-rig.ts';
import { runInDesktop } from './desktop-tests.ts';
import { withSecondTry } from './second-try.ts';

const root = path.join(import.meta.dirname, '..');
const wanted = process.argv.slice(2);
const wants = (suite: string): boolean => wanted.length === 0 || wanted.includes(suite);
const total = { passed: 0, failed: 0, skipped: 0 };
const say = (words: string): void => void process.stdout.write(`${words}\n`);

if (wants('host') || wants('blocking')) await extensionHost();
if (wants('page')) await suite('page', () => nodeTests('test/end-to-end/page.test.ts'));
if (wants('folders')) await suite('folders', () => nodeTests('test/end-to-end/folders.test.ts'));
if (wants('end-to-end')) await suite('end to end', () => nodeTests('test/end-to-end/sidebar.test.ts'));
say(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

async function extensionHost(): Promise<void> {
  const { suites, scriptedEngine } = await buildTests();
  if (wants('host'))
    await suite('extension host', () =>
      inScratch(async (folder) => {
        const repository = path.join(folder, 'ferry');
        writeSampleRepository(repository);
        const environment = { LONGSIGHT_TEST_ENGINE: scriptedEngine, LONGSIGHT_TEST_HEARTBEAT_MS: '1000' };
        return runSuites({ suites, folder: repository, environment, timeoutMs: 600_000 });
      }),
    );
  if (wants('blocking'))
    await suite('extension host, real engine', () =>
      inScratch(async (folder) => {
        const figures = path.join(folder, 'figures.json');
        const environment = {
          LONGSIGHT_TEST_SUITE: 'real',
          LONGSIGHT_TEST_FIGURES: figures,
          LONGSIGHT_HOME: await makeModelsHome(path.join(folder, 'home')),
        };
        const outcomes = await runSuites({ suites, folder: root, environment, timeoutMs: 900_000 });
        if (existsSync(figures)) say(`blocking: ${readFileSync(figures, 'utf8')}`);
        return outcomes;
      }),
    );
}

async function inScratch<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'longsight-host-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 });
  }
}

async function runSuites(run: {
  suites: string;
  folder: string;
  environment: Record<string, string>;
  timeoutMs: number;
}): Promise<readonly Outcome[]> {
  const desktop = process.env['LONGSIGHT_VSCODE'];
  if (desktop) return runInDesktop({ ...run, executable: desktop, extension: root });
  return runInExtensionHost({ ...run, rig: await ensureEditorRig(), extension: root });
}

/** Runs a suite, with a second try, and counts it. */
async function suite(name: string, run: () => Promise<readonly Outcome[]>): Promise<void> {
  let outcomes: readonly Outcome[];
  try {
    outcomes = await withSecondTry({ suite: name, run, say });
  } catch (error) {
    outcomes = [
      { title: 'the run was lost', state: 'failed', error: error instanceof Error ? (error.stack ?? '') : '' },
    ];
  }
  for (const { title, state, error } of outcomes) {
    total[state] += 1;
    if (state === 'failed') say(`FAILED ${name} > ${title}\n${error ?? ''}\n`);
    if (state === 'skipped') say(`skipped: ${title}`);
  }
  say(`${name}: ${outcomes.filter(({ state }) => state === 'passed').length} of ${outcomes.length} passed`);
}

/** Suites that drive a browser from outside, by Node's own runner in a process of their own. */
async function nodeTests(file: string): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for await (const event of run({ files: [path.join(root, file)] }) as AsyncIterable<TestEvent>) {
    if (event.type === 'test:stdout' || event.type === 'test:stderr') process.stdout.write(event.data?.message ?? '');
    const outcome = outcomeOf(event);
    if (outcome) outcomes.push(outcome);
  }
  return outcomes;
}
