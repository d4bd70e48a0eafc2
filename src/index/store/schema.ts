/** The tables of an index file, its name, and its two numbers: that the file is ours, and which form it has. */
import { termsVersion } from '../terms/terms.ts';

/** `PRAGMA application_id`: "LSix". A database with another one belongs to somebody else and is never touched. */
export const applicationId = 0x4c536978;

/** Grows when a table, the chunker or the extraction of symbols changes: stored analyses would not be made so today. */
const form = 4;
/** `PRAGMA user_version`. Another version: everything but vectors and documents is made again. */
export const schemaVersion = form * 1000 + termsVersion;

/** The version is in the name, so that two versions of Longsight that share a home do not rebuild each other's index in turn. */
export const indexFileName = `index-${schemaVersion}.db`;
/** Index files of every version; the first versions had no number in the name. */
export const anyIndexFile = /^index(?:-\d+)?\.db$/;
/** Held by the process that indexes. */
export const writerLockName = `writer-${schemaVersion}.lock`;

/**
 * Content hangs off `blob`, once for each content and language; `file` says which paths have it now. A blob without a file is
 * kept for a while: the branch it belongs to may come back.
 */
export const schema = `
CREATE TABLE blob(
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  language TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  chunk_count INTEGER NOT NULL,
  symbol_count INTEGER NOT NULL,
  unused_since INTEGER,
  failure TEXT,
  -- How often analysing it was given up for a reason that may be gone next time (time, a crash); 0: it is final.
  attempts INTEGER NOT NULL,
  -- CRC-32 of what the row holds (checksums.ts): a page can be whole for SQLite and its content nonsense.
  text_sum INTEGER NOT NULL,
  terms_sum INTEGER NOT NULL,
  symbols_sum INTEGER NOT NULL,
  imports TEXT NOT NULL,
  scopes TEXT NOT NULL,
  chunks BLOB NOT NULL,
  terms BLOB NOT NULL,
  text TEXT NOT NULL,
  UNIQUE(hash, language)
);
CREATE INDEX blob_unused ON blob(unused_since) WHERE unused_since IS NOT NULL;
CREATE TABLE symbol(
  blob INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  scope TEXT NOT NULL,
  local INTEGER NOT NULL,
  start_line INTEGER NOT NULL,
  end_line INTEGER NOT NULL,
  signature TEXT NOT NULL,
  documentation TEXT NOT NULL,
  PRIMARY KEY(blob, ordinal)
) WITHOUT ROWID;
CREATE INDEX symbol_name ON symbol(name);
CREATE TABLE file(
  path TEXT PRIMARY KEY,
  signature TEXT NOT NULL,
  racy INTEGER NOT NULL,
  blob INTEGER,
  skip TEXT,
  detail TEXT,
  card_key TEXT,
  card_embedder TEXT
) WITHOUT ROWID;
CREATE INDEX file_blob ON file(blob);
CREATE VIRTUAL TABLE phrase USING fts5(text, content='', contentless_delete=1);
`;

/** Tables that outlive a change of the schema: they are keyed by what they were made from. */
export const lastingSchema = `
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS vector(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, sum INTEGER NOT NULL, vector BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS document(kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY(kind, key)) WITHOUT ROWID;
`;

export const dropped = ['blob', 'symbol', 'file', 'phrase'] as const;
