/** Takes single members out of a wheel or a jar, both zip files, streaming: the archive is never unpacked as a whole. */
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
  const zip = await openZip(archive, { lazyEntries: true, autoClose: false });
  try {
    const entries = await centralDirectory(zip);
    const total = context.files.reduce((sum, { size }) => sum + size, 0);
    const delivered: DeliveredFile[] = [];
    let done = 0;
    for (const file of context.files) {
      const member = members[file.name] ?? '';
      const entry = entries.get(member);
      if (!entry) throw new SourceError(`${path.basename(archive)} has no member ${member}`);
      if (file.sha256 === null) throw new SourceError(`the catalogue has no hash to hold ${file.name} against`);
      const out = await VerifiedFile.open(path.join(context.scratch, `${file.name}.member`), false);
      try {
        for await (const bytes of await openMember(zip, entry)) {
          throwIfCancelled(context.signal);
          await out.write(bytes as Buffer);
          done += (bytes as Buffer).byteLength;
          // A zip bomb is stopped at the size the catalogue states.
          if (out.size > file.size) break;
          context.onProgress('extract', done, total);
        }
        const expected = { size: file.size, hash: { kind: 'sha256', hex: file.sha256 } } as const;
        const { size } = out;
        delivered.push({
          name: file.name,
          size,
          sha256: await out.commit(path.join(context.target, file.name), expected),
        });
      } finally {
        await out.close();
      }
    }
    return delivered;
  } finally {
    zip.close();
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
