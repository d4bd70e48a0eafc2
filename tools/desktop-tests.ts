/** The extension host's suites in a desktop VS Code that is already on the machine; nothing is downloaded. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import type { Outcome } from '../test/support/outcomes.ts';

export interface DesktopRun {
  readonly executable: string;
  readonly folder: string;
  readonly extension: string;
  readonly suites: string;
  readonly environment: Readonly<Record<string, string>>;
}

export async function runInDesktop({
  executable,
  folder,
  extension,
  suites,
  environment,
}: DesktopRun): Promise<readonly Outcome[]> {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'longsight-desktop-'));
  const report = path.join(scratch, 'report.json');
  try {
    await runTests({
      vscodeExecutablePath: executable,
      extensionDevelopmentPath: extension,
      extensionTestsPath: suites,
      extensionTestsEnv: { ...environment, LONGSIGHT_TEST_REPORT: report },
      launchArgs: [
        folder,
        '--disable-extensions',
        '--disable-workspace-trust',
        `--user-data-dir=${path.join(scratch, 'user')}`,
      ],
    }).catch((error: unknown) => {
      // Failed tests end the editor with an error as well; the report tells them apart.
      if (!existsSync(report)) throw error;
    });
    return JSON.parse(readFileSync(report, 'utf8')) as Outcome[];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
