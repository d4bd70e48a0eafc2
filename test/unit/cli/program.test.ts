/** How the command line takes its arguments: wrong usage is refused before anything is opened, every command has help with an example. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { CommanderError } from 'commander';
import { LongsightError } from '../../../src/base/errors.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { temporaryFolder } from '../../support/small-repository.ts';

/** What a command throws and writes. */
async function called(args: readonly string[]): Promise<{ readonly error: unknown; readonly written: string }> {
  let written = '';
  const program = createProgram(
    new AbortController().signal,
    () => undefined,
    (text) => (written += text),
  );
  try {
    await program.parseAsync(['node', 'longsight', ...args]);
    return { error: null, written };
  } catch (error) {
    return { error, written };
  }
}

function useHome(t: TestContext): string {
  const home = path.join(temporaryFolder(t, 'home'), 'home');
  const before = process.env.LONGSIGHT_HOME;
  process.env.LONGSIGHT_HOME = home;
  t.after(() => {
    if (before === undefined) delete process.env.LONGSIGHT_HOME;
    else process.env.LONGSIGHT_HOME = before;
  });
  return home;
}

describe('arguments', () => {
  it('are refused where a command does not have them, and nothing is opened', async (t) => {
    const home = useHome(t);
    for (const args of [
      ['serach', 'x'],
      ['ask'],
      ['search', 'x', '--limit', 'many'],
      ['search', 'x', '--unknown'],
      ['search'],
      ['search', '--batch', 'x'],
      ['generate'],
      ['generate', '--token-ids', '1,x'],
      ['ask', 'x', '--json', '--stream-json'],
      ['explain', 'a.py:9-3'],
      ['perplexity'],
    ]) {
      const { error } = await called(args);
      const isUsage =
        error instanceof CommanderError
          ? error.exitCode === 1
          : error instanceof LongsightError && error.userError.code === 'LS1002';
      assert.ok(isUsage, `${args.join(' ')}: ${String(error)}`);
      assert.equal(existsSync(home), false, args.join(' '));
    }
  });
});

describe('help', () => {
  it('has an example for every command', async () => {
    const commands = ['ask', 'search', 'explain', 'summarize', 'index', 'status', 'why', 'generate', 'perplexity'];
    const models = ['list', 'get', 'import', 'remove', 'probe', 'inspect'].map((name) => ['models', name]);
    for (const command of [[], ['models'], ...commands.map((name) => [name]), ...models]) {
      const { error, written } = await called([...command, '--help']);
      assert.ok(error instanceof CommanderError && error.exitCode === 0, command.join(' '));
      assert.match(written, /Examples?:\n {2}\$ longsight/, command.join(' '));
    }
  });
});
