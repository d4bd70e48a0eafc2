/** Takes single members out of a wheel or a jar, both zip files, streaming: the archive is never unpacked as a whole. */
import { say } from '../../base/sentences.ts';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { type Entry, type ZipFile, open } from 'yauzl';
import { throwIfCancelled } from '../../base/cancellation.ts';
import { VerifiedFile } from '../store/verified-file.ts';
import { type DeliveredFile, type SourceContext, SourceError } from './source.ts';

const openZip = promisify(open) as (file: string, options: { lazyEntries: true; autoClose: false }) => Promise<ZipFile>;

/** @param members file name to the member's path in the archive. @throws SourceError when the archive lacks one */
export async function extractMembers(
  archive: string,
  members: Readonly<Record<string, string>>,
  context: SourceContext,
): Promise<DeliveredFile[]> {
  const total = context.files.reduce((sum, { size }) => sum + size, 0);
  const delivered: DeliveredFile[] = [];
  let done = 0;
  await readArchive(archive, async (read) => {
    for (const file of context.files) {
      if (file.sha256 === null) throw new SourceError(say('the catalogue has no hash to check {0} against', file.name));
      const out = await VerifiedFile.open(path.join(context.scratch, `${file.name}.member`));
      try {
        // A zip bomb is stopped at the size the catalogue states.
        for await (const bytes of await read(members[file.name] ?? '', file.size)) {
          throwIfCancelled(context.signal);
          await out.write(bytes);
          done += bytes.byteLength;
          context.onProgress('extract', done, total);
        }
        const expected = { size: file.size, hash: { kind: 'sha256', hex: file.sha256 } } as const;
        const { size } = out;
        const sha256 = await out.commit(path.join(context.target, file.name), expected);
        delivered.push({ name: file.name, size, sha256 });
      } finally {
        await out.close();
      }
    }
  });
  return delivered;
}

/** A member's bytes in order; it ends with an error of {@link SourceError} when there is no such member or it is larger than `most` bytes. */
type ReadMember = (member: string, most: number) => Promise<AsyncIterable<Buffer>>;

/** Opens an archive for as long as `use` takes. */
export async function readArchive<T>(archive: string, use: (read: ReadMember) => Promise<T>): Promise<T> {
  const zip = await openZip(archive, { lazyEntries: true, autoClose: false });
  try {
    const entries = await centralDirectory(zip);
    return await use(async (member, most) => {
      const entry = entries.get(member);
      if (!entry) throw new SourceError(say('{0} has no member {1}', path.basename(archive), member));
      return atMost(await openMember(zip, entry), most, member);
    });
  } finally {
    zip.close();
  }
}

async function* atMost(stream: Readable, most: number, member: string): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const bytes of stream as AsyncIterable<Buffer>) {
    size += bytes.byteLength;
    if (size > most) throw new SourceError(say('{0} has more than {1} bytes', member, most));
    yield bytes;
  }
}

function centralDirectory(zip: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  return new Promise((resolve, reject) => {
    zip.on('error', reject);
    zip.on('entry', (entry: Entry) => {
      entries.set(entry.fileName, entry);
      zip.readEntry();
    });
    zip.on('end', () => {
      resolve(entries);
    });
    zip.readEntry();
  });
}

function openMember(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) reject(error);
      else resolve(stream);
    });
  });
}
