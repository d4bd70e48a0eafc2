/**
 * Runs the tests that need no editor, as many files at a time as there are processors.
 *
 *   node tools/test.ts [--fast] [FILE…]
 *
 * --fast leaves out every file that needs a model's weights or starts other processes, by what it imports: for the loop of every minute.
 * LONGSIGHT_TEST_SEED=random takes other inputs for property tests than those of every run.
 * LONGSIGHT_TEST_TIMES=1 lists what each file took.
 */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const root = path.resolve(import.meta.dirname, '..');
const everything = ['test/unit/**/*.test.ts', 'test/conformance/**/*.test.ts', 'test/faults/**/*.test.ts'];
const quick = ['test/unit/**/*.test.ts'];
/** Weights, the built command line, vocabularies of other machines, processes. */
const slowImport = /from '(?:[./]+support\/(?:models|command-line|vocabularies)\.ts|node:child_process)'/;

const { values, positionals } = parseArgs({ options: { fast: { type: 'boolean' } }, allowPositionals: true });
const found = positionals.length > 0 ? positionals : globSync(values.fast ? quick : everything, { cwd: root }).sort();
const files = values.fast
  ? found.filter((file) => !slowImport.test(readFileSync(path.join(root, file), 'utf8')))
  : found;

const { status } = spawnSync(
  process.execPath,
  [
    '--disable-warning=ExperimentalWarning',
    '--import=./test/support/property-seed.ts',
    '--test',
    `--test-concurrency=${String(availableParallelism())}`,
    '--test-reporter=./test/reporter.mjs',
    ...files,
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      // A third of what a small file takes is the compiling of what it imports.
      NODE_COMPILE_CACHE: path.join(root, 'node_modules/.cache/node'),
      ...process.env,
      // A quick test that asked for weights would be skipped by name, on every machine.
      ...(values.fast && { LONGSIGHT_HOME: path.join(root, 'node_modules/.cache/no-weights'), CI: '' }),
    },
  },
);
process.exitCode = status ?? 1;
