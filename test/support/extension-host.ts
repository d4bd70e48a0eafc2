/** Runs the extension host's suites in code-server through the driver of VS Code's own smoke tests, and reads their report. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { EditorRig } from '../../tools/editor-rig.ts';
import { CodeServer, openBrowser } from './code-server.ts';
import type { Outcome } from './outcomes.ts';

export interface HostRun {
  readonly rig: EditorRig;
  /** The folder to open. */
  readonly folder: string;
  /** The extension under development. */
  readonly extension: string;
  /** The bundle with `run()`. */
  readonly suites: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** @throws when the suites never ran or were lost */
export async function runInExtensionHost({
  rig,
  folder,
  extension,
  suites,
  environment,
  timeoutMs,
}: HostRun): Promise<readonly Outcome[]> {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'longsight-report-'));
  const report = path.join(scratch, 'report.json');
  const server = new CodeServer({ rig, testDriver: true, environment });
  const logs: string[] = [];
  let closeBrowser = (): Promise<void> => Promise.resolve();
  try {
    await server.start();
    const browser = await openBrowser(rig, { width: 1400, height: 900 });
    closeBrowser = () => browser.close();
    const page = browser.context.pages()[0] ?? (await browser.context.newPage());
    let exited: () => void = () => undefined;
    const exit = new Promise<void>((resolve) => (exited = resolve));
    await page.exposeFunction('codeAutomationExit', () => {
      exited();
    });
    await page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) =>
      logs.push(args.map(String).join(' ')),
    );
    const remote = (at: string): string => `vscode-remote://${server.authority}${at}`;
    await page.goto(
      server.address(folder, [
        ['extensionDevelopmentPath', remote(extension)],
        ['extensionTestsPath', remote(suites)],
        ['extensionEnvironment', JSON.stringify({ ...environment, LONGSIGHT_TEST_REPORT: report })],
        ['skipWelcome', 'true'],
      ]),
      { waitUntil: 'domcontentloaded' },
    );
    await Promise.race([exit, written(report, timeoutMs)]);
    if (!existsSync(report)) throw new Error(`the suites wrote no report:\n${logs.slice(-20).join('\n')}`);
    return JSON.parse(readFileSync(report, 'utf8')) as Outcome[];
  } finally {
    await closeBrowser();
    await server.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The report is the last thing the suites do; an editor that then forgets to say so must not hold up the run. */
async function written(report: string, timeoutMs: number): Promise<void> {
  for (const end = Date.now() + timeoutMs; Date.now() < end && !existsSync(report);)
    await new Promise((resolve) => setTimeout(resolve, 200));
}
