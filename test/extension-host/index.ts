/** Entry of the suites that run inside VS Code's extension host, by code-server or by @vscode/test-electron: `run()` resolves when all passed. */
import { renameSync, writeFileSync } from 'node:fs';
import Mocha from 'mocha';

interface Outcome {
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly error: string | null;
}

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 150_000 });
  // The suites are part of this bundle: mocha's globals must be there before they are read.
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  if (process.env['LONGSIGHT_TEST_SUITE'] === 'real') {
    await import('./real-model.ts');
    await import('./blocking.ts');
  } else {
    await import('./first-use.ts');
    await import('./contributions.ts');
    await import('./sidebar.ts');
    await import('./explanations.ts');
    await import('./summaries.ts');
    await import('./server-access.ts');
    await import('./model-choice.ts');
    await import('./engine-life.ts');
  }
  const outcomes: Outcome[] = [];
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    const note = (test: Mocha.Test, state: Outcome['state'], error: string | null): void => {
      outcomes.push({ title: test.fullTitle(), state, error });
    };
    runner.on('pass', (test) => {
      note(test, 'passed', null);
    });
    runner.on('fail', (test, error: Error) => {
      note(test, 'failed', error.stack ?? error.message);
    });
    runner.on('pending', (test) => {
      note(test, 'skipped', null);
    });
  });
  const report = process.env['LONGSIGHT_TEST_REPORT'];
  if (report) {
    // Whoever waits for it reads it as soon as it is there.
    writeFileSync(`${report}.part`, JSON.stringify(outcomes));
    renameSync(`${report}.part`, report);
  }
  if (failures > 0) throw new Error(`${failures} failed`);
}
