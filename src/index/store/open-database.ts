/**
 * Opens an index file: makes it, moves a damaged one aside, refuses one that is not ours, and opens one for reading alone where
 * nothing can be written.
 */
import { existsSync, mkdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { type LongsightError, fault, isUnwritable } from '../../base/errors.ts';
import { type Sentence, say } from '../../base/sentences.ts';
import { removeOldVersions, takeOver } from './other-versions.ts';
import { applicationId, dropped, lastingSchema, schema, schemaVersion } from './schema.ts';
import { indexFault, isDamage } from './sqlite-errors.ts';

export interface OpenedDatabase {
  readonly database: DatabaseSync;
  /** What the user should know: that a damaged file was moved aside, and where to. */
  readonly notice: Sentence | null;
  /** Why nothing can be written (LS5001, LS5002, LS5006); null when it can. */
  readonly writeFault: LongsightError | null;
}

/** The smallest page SQLite knows, bytes: no database is smaller. */
const smallestPage = 512;

/**
 * @param file absolute path; its folder is made when it is missing
 * @throws LS5001 (cannot be written, and there is nothing to read), LS5002 (disk full), LS5004 (not an index of Longsight),
 *   LS5005 (locked), LS5006 (the disk fails)
 */
export function openDatabase(file: string): OpenedDatabase {
  try {
    makeFolder(path.dirname(file));
    try {
      return { database: open(file), notice: null, writeFault: null };
    } catch (error) {
      if (!isDamage(error)) throw error;
      const aside = moveAside(file);
      return { database: open(file), notice: movedAside(aside), writeFault: null };
    }
  } catch (error) {
    const known = indexFault(error, file);
    const database = isUnwritable(known) ? openForReading(file) : null;
    if (!database || !isUnwritable(known)) throw known;
    return { database, notice: null, writeFault: known };
  }
}

/** The sentence on a damaged index. */
export function movedAside(aside: string): Sentence {
  return say('The index was damaged and is built again. The damaged file is kept as {0}.', aside);
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

/** Renames a damaged index with its log files, in the place of the one that was damaged before, and says to what. */
export function moveAside(file: string): string {
  const aside = `${file}.damaged`;
  for (const suffix of ['', '-wal', '-shm']) {
    rmSync(aside + suffix, { recursive: true, force: true });
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  }
  return aside;
}

/** An index that is whole can be searched on a full or read-only disk; null when it is not whole, or of another version. */
function openForReading(file: string): DatabaseSync | null {
  const size = (suffix: string): number => statSync(file + suffix, { throwIfNoEntry: false })?.size ?? 0;
  if (size('') === 0) return null;
  // A log that was not merged can only be read with its shared memory beside it. Without a log the file is all there is, and
  // SQLite is told so: it would make the log's files otherwise.
  const address = pathToFileURL(file);
  if (size('-wal') === 0) address.searchParams.set('immutable', '1');
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(address, { readOnly: true });
    if (pragma(database, 'application_id') === applicationId && pragma(database, 'user_version') === schemaVersion) {
      requireTables(database);
      return database;
    }
    database.close();
  } catch {
    // The reason that it cannot be written is the one that is told.
    if (database?.isOpen) database.close();
  }
  return null;
}

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA busy_timeout = 10000');
    const owner = pragma(database, 'application_id');
    const isNew = owner === 0 && pragma(database, 'schema_version') === 0;
    if (owner !== applicationId && !isNew) {
      if (owner === 0 && isCutOff(database, file)) throw damagedFile();
      throw fault('LS5004', file);
    }
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000; PRAGMA journal_size_limit = 16000000',
    );
    if (pragma(database, 'user_version') !== schemaVersion) migrate(database, file);
    // Damage to the first pages of the tables shows here, where it can be mended without anybody noticing.
    requireTables(database);
    markUsed(file);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A file of ours that was cut off keeps its first bytes, by which it is a database, and loses the number that says whose. */
function isCutOff(database: DatabaseSync, file: string): boolean {
  const { size } = statSync(file);
  return size < smallestPage || size < pragma(database, 'page_count') * pragma(database, 'page_size');
}

/** As SQLite would report it. */
function damagedFile(): Error {
  return Object.assign(new Error('the file is cut off'), { errcode: 26 });
}

function requireTables(database: DatabaseSync): void {
  for (const table of ['meta', 'file', 'blob', 'symbol', 'vector', 'document', 'phrase'])
    database.prepare(`SELECT * FROM ${table} LIMIT 1`).get();
}

/** The file's time says when it was last opened, for reading too: the removal of old versions depends on it. */
function markUsed(file: string): void {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {
    // Somebody else's file that we may write: its time stays as it is.
  }
}

/** Two processes may come here at once: the version is looked at again under the write lock. */
function migrate(database: DatabaseSync, file: string): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    if (pragma(database, 'user_version') !== schemaVersion) {
      for (const table of dropped) database.exec(`DROP TABLE IF EXISTS ${table}`);
      database.exec(schema);
      database.exec(lastingSchema);
      takeOver(database, file);
      database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`);
    }
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
  removeOldVersions(file);
}

function pragma(database: DatabaseSync, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return Number(row?.[name] ?? 0);
}
