/** What the indexer writes: one transaction a file, content-addressed, so that a killed process loses at most the file in flight. */
import { statSync } from 'node:fs';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Disposable } from '../../base/disposable.ts';
import { Emitter } from '../../base/emitter.ts';
import type { LongsightError } from '../../base/errors.ts';
import type { Sentence } from '../../base/sentences.ts';
import type { SkipReason } from '../../protocol/status.ts';
import { type AnalysedContent, collectableBlobs, deleteBlob, insertBlob } from './blobs.ts';
import { type StoreCounts, countAll } from './counts.ts';
import { bytesSum } from './checksums.ts';
import { moveAside, movedAside, openDatabase } from './open-database.ts';
import { indexFault } from './sqlite-errors.ts';

/** What the index knows of a path. */
export interface FileRow {
  readonly path: string;
  /** See stat.ts. */
  readonly signature: string;
  /** The file may have changed without its signature changing; it is read again. */
  readonly racy: boolean;
  /** Null for a file that was read and left out. */
  readonly blob: number | null;
  readonly skip: SkipReason | null;
  readonly detail: string | null;
  /** Its analysis was given up for a reason that may be gone now, and not too often. */
  readonly retry: boolean;
}

/** A state of a file that is told by the signature. */
export interface FileState {
  readonly path: string;
  readonly signature: string;
  readonly racy: boolean;
}

/** Analysing a content is tried so often; a crash or a time-out each time is then the content's own. */
const mostAttempts = 3;

export class Store implements Disposable {
  readonly file: string;
  #notice: Sentence | null;
  #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #changed = new Emitter<readonly string[]>();
  /** Paths written or removed since the listeners were told last. */
  #touched = new Set<string>();
  #telling: NodeJS.Timeout | undefined;
  #closed = false;
  /** Paths written or removed since the reader looked last. */
  #unread = new Set<string>();
  #reopened = false;
  #writeFault: LongsightError | null;
  #damaged = false;
  /** Device and inode of the open file; null when there is none at its path. */
  #identity: string | null;
  readonly #replaced = new Emitter<void>();

  /** @throws LS5001, LS5002, LS5004, LS5005 */
  constructor(file: string) {
    this.file = file;
    const { database, notice, writeFault } = openDatabase(file);
    this.#database = database;
    this.#notice = notice;
    this.#writeFault = writeFault;
    this.#identity = identityOf(file);
  }

  /** Why the index can be read and not written: a read-only folder, a full disk; null when it can be written. */
  get writeFault(): LongsightError | null {
    return this.#writeFault;
  }

  /** Damage was met since the file was opened. */
  get isDamaged(): boolean {
    return this.#damaged;
  }

  noteDamage(): void {
    this.#damaged = true;
  }

  /** The file was deleted or replaced under this process, and what is there now, perhaps nothing, was opened. */
  readonly onDidReplace = this.#replaced.event;

  /** What the user should know of how the index was opened; null when there is nothing. */
  get notice(): Sentence | null {
    return this.#notice;
  }

  readonly onDidChange = this.#changed.event;

  /** A statement, compiled once. */
  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.#database.prepare(sql)));
    return statement;
  }

  /** Every path the index knows, indexed or left out after a look at its content. */
  rows(): Map<string, FileRow> {
    const sql = `SELECT path, signature, racy, blob, skip, detail, attempts BETWEEN 1 AND ${mostAttempts - 1} AS retry
      FROM file LEFT JOIN blob ON blob.id = file.blob`;
    const rows = this.#read(() => this.prepare(sql).all());
    return new Map(
      rows.map((row) => {
        const path = String(row['path']);
        return [
          path,
          {
            path,
            signature: String(row['signature']),
            racy: row['racy'] === 1,
            blob: row['blob'] as number | null,
            skip: row['skip'] as SkipReason | null,
            detail: row['detail'] as string | null,
            retry: row['retry'] === 1,
          },
        ];
      }),
    );
  }

  /** The id of content that was analysed before, under whatever path. */
  blobOf(hash: string, language: string): number | undefined {
    const row = this.#read(() =>
      this.prepare('SELECT id FROM blob WHERE hash = ? AND language = ?').get(hash, language),
    );
    return row?.['id'] as number | undefined;
  }

  /** How often analysing this content was given up for a reason that may be gone now; 0 when it need not be tried again. */
  attemptsToRepeat(blob: number): number {
    const attempts = this.#read(() => this.prepare('SELECT attempts FROM blob WHERE id = ?').get(blob))?.['attempts'];
    return typeof attempts === 'number' && attempts < mostAttempts ? attempts : 0;
  }

  /** Puts another analysis of the same content in the place of the one before, for every path that has it. */
  replaceContent(blob: number, state: FileState, content: AnalysedContent): void {
    this.#write(() => {
      // Another path with this content may have come first, and then it has another id.
      const now = this.blobOf(content.hash, content.language) ?? blob;
      const paths = this.prepare('SELECT path FROM file WHERE blob = ?').all(now);
      deleteBlob(this, now);
      const next = insertBlob(this, content);
      this.prepare('UPDATE file SET blob = ? WHERE blob = ?').run(next, now);
      for (const { path } of paths) this.#touch(String(path));
      this.#setFile(state, next, null, null);
    });
  }

  /** Whether the path has this content now. */
  hasContent(path: string, blob: number): boolean {
    return (
      this.#read(() => this.prepare('SELECT 1 FROM file WHERE path = ? AND blob = ?').get(path, blob)) !== undefined
    );
  }

  /** Keeps analysed content and says that this path has it now. */
  putFile(state: FileState, content: AnalysedContent): void {
    this.#write(() => {
      // Another process may have come first.
      const blob = this.blobOf(content.hash, content.language) ?? insertBlob(this, content);
      this.#setFile(state, blob, null, null);
    });
  }

  /** Says that this path has content that is there already. */
  linkFile(state: FileState, blob: number): void {
    this.#write(() => this.#setFile(state, blob, null, null));
  }

  /** Says why this path was left out after it was read, so that it need not be read again. */
  skipFile(state: FileState, reason: SkipReason, detail: string): void {
    this.#write(() => this.#setFile(state, null, reason, detail));
  }

  /** The file was touched or read again, its content is the same. */
  confirmFile({ path, signature, racy }: FileState): void {
    this.#write(() => {
      this.prepare('UPDATE file SET signature = ?, racy = ? WHERE path = ?').run(signature, racy ? 1 : 0, path);
    });
  }

  removeFiles(paths: readonly string[]): void {
    if (paths.length === 0) return;
    this.#write(() => {
      for (const path of paths) {
        this.#release(path, null);
        this.prepare('DELETE FROM file WHERE path = ?').run(path);
        this.#touch(path);
      }
    });
  }

  /** Notes which card of a file has a vector, and whose. */
  setCards(
    cards: readonly { readonly path: string; readonly blob: number; readonly key: string; readonly embedder: string }[],
  ): void {
    this.#write(() => {
      const update = this.prepare('UPDATE file SET card_key = ?, card_embedder = ? WHERE path = ? AND blob = ?');
      for (const { path, blob, key, embedder } of cards) update.run(key, embedder, path, blob);
    });
  }

  /** Paths whose card has no vector of this embedder, with their content. */
  withoutCard(embedder: string): { readonly path: string; readonly blob: number }[] {
    const sql =
      'SELECT path, blob FROM file WHERE blob IS NOT NULL AND (card_embedder IS NULL OR card_embedder <> ?) ORDER BY path';
    const rows = this.#read(() => this.prepare(sql).all(embedder));
    return rows.map((row) => ({ path: String(row['path']), blob: Number(row['blob']) }));
  }

  counts(embedder: string | null): StoreCounts {
    return this.#read(() => countAll(this, embedder));
  }

  /** Bytes of the index on disk, with its log. */
  bytes(): number {
    let sum = 0;
    for (const suffix of ['', '-wal']) sum += statSync(this.file + suffix, { throwIfNoEntry: false })?.size ?? 0;
    return sum;
  }

  meta(key: string): string | undefined {
    return this.#read(() => this.prepare('SELECT value FROM meta WHERE key = ?').get(key))?.['value'] as
      string | undefined;
  }

  setMeta(key: string, value: string): void {
    if (this.meta(key) === value) return;
    this.#write(() => this.prepare('INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)').run(key, value));
  }

  hasVector(key: string): boolean {
    return this.#read(() => this.prepare('SELECT 1 FROM vector WHERE key = ?').get(key)) !== undefined;
  }

  putVectors(vectors: readonly { readonly key: string; readonly vector: Float32Array }[]): void {
    if (vectors.length === 0) return;
    this.#write(() => {
      const insert = this.prepare(
        'INSERT INTO vector(key, sum, vector) VALUES(?, ?, ?) ON CONFLICT(key) DO UPDATE SET sum = excluded.sum, vector = excluded.vector',
      );
      for (const { key, vector } of vectors) {
        const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
        insert.run(key, bytesSum(bytes), bytes);
      }
    });
  }

  /** Things made from content and keyed by its hash: summaries, explanations. The value is the caller's JSON. */
  document(kind: string, key: string): string | undefined {
    const row = this.#read(() => this.prepare('SELECT value FROM document WHERE kind = ? AND key = ?').get(kind, key));
    return row?.['value'] as string | undefined;
  }

  putDocument(kind: string, key: string, value: string): void {
    this.#write(() =>
      this.prepare('INSERT OR REPLACE INTO document(kind, key, value) VALUES(?, ?, ?)').run(kind, key, value),
    );
  }

  /**
   * Deletes content no path has had for thirty days, and the oldest of it as soon as there is more unused content than used.
   * @returns how many blobs went
   */
  collectUnused(now = Date.now()): number {
    const gone = this.#read(() => collectableBlobs(this, now));
    for (let i = 0; i < gone.length; i += 50) {
      this.#write(() => {
        for (const id of gone.slice(i, i + 50)) deleteBlob(this, id);
      });
    }
    return gone.length;
  }

  /** Forgets every file and its content; vectors and documents stay, they are keyed by what they were made from. */
  clearFiles(): void {
    const paths = [...this.rows().keys()];
    this.#write(() => {
      this.#database.exec(
        "DELETE FROM file; DELETE FROM symbol; DELETE FROM blob; INSERT INTO phrase(phrase) VALUES('delete-all')",
      );
      for (const path of paths) this.#touch(path);
    });
  }

  /** Empties the index and gives its space back to the file system. */
  clearAll(): void {
    this.clearFiles();
    this.#write(() => this.#database.exec('DELETE FROM vector; DELETE FROM document'));
    try {
      this.#database.exec('VACUUM');
    } catch (error) {
      throw indexFault(error, this.file);
    }
  }

  /** Tells the listeners now instead of soon. */
  tell(): void {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    if (this.#touched.size === 0) return;
    const paths = [...this.#touched];
    this.#touched = new Set();
    this.#changed.fire(paths);
  }

  /** Says that another process changed these paths; the reader has seen them. */
  noteForeignChange(paths: readonly string[]): void {
    for (const path of paths) this.#touch(path);
    for (const path of paths) this.#unread.delete(path);
  }

  /** What was written since the last call: the paths, or `all` after the file was replaced by a new one. */
  takeUnread(): { readonly paths: ReadonlySet<string>; readonly all: boolean } | undefined {
    if (this.#unread.size === 0 && !this.#reopened) return undefined;
    const taken = { paths: this.#unread, all: this.#reopened };
    this.#unread = new Set();
    this.#reopened = false;
    return taken;
  }

  /** Moves a file that turned out to be damaged aside and begins an empty one; nothing is deleted. */
  replaceDamaged(): void {
    if (this.#writeFault) throw this.#writeFault;
    this.#close();
    let aside: string;
    try {
      aside = moveAside(this.file);
    } finally {
      this.#open();
    }
    this.#notice = movedAside(aside);
  }

  /**
   * Notices that the file was deleted or replaced under this process: what is written to a deleted file is lost without a word.
   * @returns whether that was so; what is there now is open then
   * @throws LS5001, LS5002, LS5004, LS5005
   */
  reopenIfReplaced(): boolean {
    if (this.#closed || identityOf(this.file) === this.#identity) return false;
    this.#close();
    this.#open();
    this.#replaced.fire();
    return true;
  }

  #close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #open(): void {
    const { database, notice, writeFault } = openDatabase(this.file);
    this.#database = database;
    this.#notice = notice ?? this.#notice;
    this.#writeFault = writeFault;
    this.#identity = identityOf(this.file);
    this.#reopened = true;
    this.#damaged = false;
  }

  dispose(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#telling);
    this.#changed.dispose();
    this.#replaced.dispose();
    this.#database.close();
  }

  #setFile(
    { path, signature, racy }: FileState,
    blob: number | null,
    skip: SkipReason | null,
    detail: string | null,
  ): void {
    this.#release(path, blob);
    this.prepare(
      `INSERT INTO file(path, signature, racy, blob, skip, detail) VALUES(?, ?, ?, ?, ?, ?)
       ON CONFLICT(path) DO UPDATE SET signature = excluded.signature, racy = excluded.racy, blob = excluded.blob,
         skip = excluded.skip, detail = excluded.detail,
         card_key = iif(blob IS excluded.blob, card_key, NULL), card_embedder = iif(blob IS excluded.blob, card_embedder, NULL)`,
    ).run(path, signature, racy ? 1 : 0, blob, skip, detail);
    if (blob !== null)
      this.prepare('UPDATE blob SET unused_since = NULL WHERE id = ? AND unused_since IS NOT NULL').run(blob);
    this.#touch(path);
  }

  /** Marks the content a path had as unused when no other path has it. */
  #release(path: string, next: number | null): void {
    const had = this.prepare('SELECT blob FROM file WHERE path = ?').get(path)?.['blob'];
    if (typeof had !== 'number' || had === next) return;
    this.prepare(
      'UPDATE blob SET unused_since = ? WHERE id = ? AND NOT EXISTS(SELECT 1 FROM file WHERE blob = blob.id AND path <> ?)',
    ).run(Date.now(), had, path);
  }

  #touch(path: string): void {
    this.#unread.add(path);
    this.#touched.add(path);
    this.#telling ??= setTimeout(() => this.tell(), 200).unref();
  }

  #read<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw indexFault(error, this.file);
    }
  }

  #write(work: () => void): void {
    if (this.#writeFault) throw this.#writeFault;
    const database = this.#database;
    try {
      database.exec('BEGIN IMMEDIATE');
      try {
        work();
        database.exec('COMMIT');
      } catch (error) {
        // A full disk rolls back by itself.
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    } catch (error) {
      throw indexFault(error, this.file);
    }
  }
}

function identityOf(file: string): string | null {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat ? `${stat.dev}:${stat.ino}` : null;
}
