/** Model files out of a jar, fetched by the machine's own mvn with the user's own settings. */
import { say } from '../../base/sentences.ts';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fault } from '../../base/errors.ts';
import type { CatalogueSource } from '../catalogue.ts';
import { openOutbound } from '../network.ts';
import { requireSpace } from '../store/storage-faults.ts';
import { runProgram } from './child-process.ts';
import { watchFolderSize } from './folder-size.ts';
import { type DeliveredFile, type SourceContext, SourceError } from './source.ts';
import { extractMembers } from './zip-members.ts';

type MavenSource = Extract<CatalogueSource, { kind: 'maven' }>;

/** Pinned: another version of the plugin would be another download and may take other options. */
const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';
const progressMs = 250;

/** @throws SourceError when there is no mvn or it fails, LS2004, LS2005, LS2007, CancelledError */
export async function fetchByMaven(source: MavenSource, context: SourceContext): Promise<DeliveredFile[]> {
  openOutbound(source.coordinates, context.offline);
  await requireSpace(context.scratch, 2 * source.size + context.files.reduce((sum, { size }) => sum + size, 0));
  const folder = await mkdtemp(path.join(context.scratch, 'mvn-'));
  const watch = watchFolderSize(folder, progressMs, (bytes) => {
    // Until the last moment mvn works in its own repository: how far it is, nobody can say.
    context.onProgress('download', Math.min(bytes, source.size), null);
  });
  try {
    const args = ['-B', '-q', '-ntp', goal, `-Dartifact=${source.coordinates}`, `-DoutputDirectory=${folder}`];
    // On Windows mvn is a batch file, which only the command interpreter starts; no argument of ours needs quoting but the folder.
    const command = process.platform === 'win32' ? ['cmd.exe', '/d', '/c', 'mvn.cmd', ...args] : ['mvn', ...args];
    const outcome = await runProgram(command, { cwd: folder, signal: context.signal });
    if (outcome === undefined) throw new SourceError(say('there is no mvn on this machine'));
    if (outcome.code !== 0) {
      if (/No space left on device/i.test(outcome.output)) throw fault('LS2005', folder, outcome.output);
      throw new SourceError(say('mvn: {0}', firstError(outcome.output)), { cause: outcome.output });
    }
    watch.dispose();
    const jar = (await readdir(folder)).find((name) => name.endsWith('.jar'));
    if (jar === undefined) throw new SourceError(say('mvn left no jar for {0}', source.coordinates));
    return await extractMembers(path.join(folder, jar), source.members, context);
  } finally {
    watch.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

function firstError(output: string): string {
  const line = output.split('\n').find((candidate) => candidate.includes('[ERROR]')) ?? output.trim();
  return line.replace('[ERROR]', '').trim().slice(0, 300) || 'it failed without a word';
}
