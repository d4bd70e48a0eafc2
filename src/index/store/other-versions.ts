/**
 * Index files of other versions of Longsight in the same folder: what is keyed by content is taken over from the latest one, and
 * those that nobody opened for long are removed.
 */
import { readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { bytesSum } from './checksums.ts';
import { anyIndexFile, applicationId } from './schema.ts';

const day = 86_400_000;
/** An index of another version that was not opened for so long is removed. */
const keepFor = 30 * day;
/** As many are kept at most, but none that was opened within a day. */
const mostKept = 2;

interface OtherIndex {
  readonly file: string;
  /** When it was last opened, milliseconds of the epoch. */
  readonly used: number;
}

/** Copies vectors and documents of the latest other index; a file that cannot be read costs making them again. */
export function takeOver(database: DatabaseSync, file: string): void {
  const [latest] = otherIndexes(file);
  if (!latest) return;
  let other: DatabaseSync | undefined;
  try {
    other = new DatabaseSync(latest.file, { readOnly: true });
    if (Number(other.prepare('PRAGMA application_id').get()?.['application_id']) !== applicationId) return;
    const addVector = database.prepare('INSERT OR IGNORE INTO vector(key, sum, vector) VALUES(?, ?, ?)');
    // The first versions kept no checksum; a damaged vector with one is not taken over as a good one.
    for (const { key, sum, vector } of other.prepare('SELECT * FROM vector').iterate())
      if (typeof key === 'string' && vector instanceof Uint8Array && (sum === undefined || sum === bytesSum(vector)))
        addVector.run(key, bytesSum(vector), vector);
    const addDocument = database.prepare('INSERT OR IGNORE INTO document(kind, key, value) VALUES(?, ?, ?)');
    for (const { kind, key, value } of other.prepare('SELECT kind, key, value FROM document').iterate())
      if (typeof kind === 'string' && typeof key === 'string' && typeof value === 'string')
        addDocument.run(kind, key, value);
  } catch {
    // Damaged, locked, or of a form that had neither.
  } finally {
    other?.close();
  }
}

/** Removes index files of other versions that were not opened for long, with their logs. */
export function removeOldVersions(file: string, now = Date.now()): void {
  const others = otherIndexes(file);
  for (const [at, { file: other, used }] of others.entries()) {
    if (now - used < day || (at < mostKept && now - used < keepFor)) continue;
    for (const suffix of ['-wal', '-shm', '']) rmSync(other + suffix, { force: true });
  }
}

/** The latest first. */
function otherIndexes(file: string): OtherIndex[] {
  const folder = path.dirname(file);
  return readdirSync(folder)
    .filter((name) => anyIndexFile.test(name) && name !== path.basename(file))
    .flatMap((name) => {
      const other = path.join(folder, name);
      const stat = statSync(other, { throwIfNoEntry: false });
      return stat ? [{ file: other, used: stat.mtimeMs }] : [];
    })
    .toSorted((a, b) => b.used - a.used);
}
