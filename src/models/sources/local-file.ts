/** Model files that already lie on this machine, or on a share that is mounted: copied and verified like any other. */
import { say } from '../../base/sentences.ts';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { throwIfCancelled } from '../../base/cancellation.ts';
import type { CatalogueSource } from '../catalogue.ts';
import { hasCode, requireSpace } from '../store/storage-faults.ts';
import { VerifiedFile } from '../store/verified-file.ts';
import { type DeliveredFile, type SourceContext, SourceError } from './source.ts';

type FileSource = Extract<CatalogueSource, { kind: 'file' }>;

/** @throws SourceError when a file is missing or has no hash in the catalogue, LS2004, LS2005, CancelledError */
export async function fetchLocalFiles(source: FileSource, context: SourceContext): Promise<DeliveredFile[]> {
  const total = context.files.reduce((sum, { size }) => sum + size, 0);
  await requireSpace(context.scratch, total);
  const delivered: DeliveredFile[] = [];
  let done = 0;
  for (const file of context.files) {
    const from = path.resolve(source.members[file.name] ?? '');
    if (file.sha256 === null) throw new SourceError(say('the catalogue has no hash to check {0} against', file.name));
    await requireFile(from);
    const out = await VerifiedFile.open(path.join(context.scratch, `${file.name}.copy`));
    try {
      for await (const bytes of createReadStream(from, { highWaterMark: 1 << 20 })) {
        throwIfCancelled(context.signal);
        await out.write(bytes as Buffer);
        done += (bytes as Buffer).byteLength;
        context.onProgress('download', done, total);
      }
      const { size } = out;
      const sha256 = await out.commit(path.join(context.target, file.name), {
        size: file.sizeIsApproximate ? null : file.size,
        hash: { kind: 'sha256', hex: file.sha256 },
      });
      delivered.push({ name: file.name, size, sha256 });
    } finally {
      await out.close();
    }
  }
  return delivered;
}

async function requireFile(file: string): Promise<void> {
  try {
    if (!(await stat(file)).isFile()) throw new SourceError(say('{0} is not a file', file));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw new SourceError(say('there is no file {0}', file), { cause: error });
    throw error;
  }
}
