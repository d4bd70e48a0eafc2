/** Opens an index file: makes it, brings it to today's schema, moves a damaged one aside, and refuses one that is not ours. */
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fault } from '../../base/errors.ts';
import { applicationId, dropped, lastingSchema, schema, schemaVersion } from './schema.ts';
import { indexFault, isDamage } from './sqlite-errors.ts';

export interface OpenedDatabase {
  readonly database: DatabaseSync;
  /** What the user should know: that a damaged file was moved aside, and where to. */
  readonly notice: string | null;
}

/**
 * @param file absolute path; its folder is made when it is missing
 * @throws LS5001 (cannot be written), LS5002 (disk full), LS5004 (not an index of Longsight), LS5005 (locked)
 */
export function openDatabase(file: string): OpenedDatabase {
  try {
    makeFolder(path.dirname(file));
    try {
      return { database: open(file), notice: null };
    } catch (error) {
      if (!isDamage(error)) throw error;
      const aside = moveAside(file);
      return {
        database: open(file),
        notice: `The index was damaged and is made again; the damaged file is kept as ${aside}.`,
      };
    }
  } catch (error) {
    throw indexFault(error, file);
  }
}

/** Folder by folder: Node's own `recursive` never ends where making a folder fails as if its parent were missing (/proc). */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const parent = path.dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process was faster.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** Renames a damaged index with its log files so that nothing of it is lost, and says to what. */
export function moveAside(file: string): string {
  let aside = '';
  for (let n = 1; ; n++) {
    aside = `${file}.damaged-${n}`;
    if (!existsSync(aside)) break;
  }
  renameSync(file, aside);
  for (const suffix of ['-wal', '-shm']) if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  return aside;
}

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA busy_timeout = 10000');
    const owner = pragma(database, 'application_id');
    const isNew = owner === 0 && pragma(database, 'schema_version') === 0;
    if (owner !== applicationId && !isNew) throw fault('LS5004', file);
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000; PRAGMA journal_size_limit = 16000000',
    );
    if (pragma(database, 'user_version') !== schemaVersion) migrate(database);
    // Damage to the first pages of the tables shows here, where it can be mended without anybody noticing.
    for (const table of ['meta', 'file', 'blob', 'symbol', 'vector', 'document', 'phrase'])
      database.prepare(`SELECT * FROM ${table} LIMIT 1`).get();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Two processes may come here at once: the version is looked at again under the write lock. */
function migrate(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    if (pragma(database, 'user_version') !== schemaVersion) {
      for (const table of dropped) database.exec(`DROP TABLE IF EXISTS ${table}`);
      database.exec(schema);
      database.exec(lastingSchema);
      database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`);
    }
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function pragma(database: DatabaseSync, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return Number(row?.[name] ?? 0);
}
