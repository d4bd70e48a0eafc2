/** Content in the store: how a blob with its symbols and phrases is kept and deleted, and which blobs have been unused for long. */
import type { StatementSync } from 'node:sqlite';
import { type ParsedFile, chunkFields } from '../parse/parsed-file.ts';
import { bytesSum, symbolsSum, textSum } from './checksums.ts';
import { packImports, packScope, packScopes } from './packed-text.ts';

/** The store as it gives out compiled statements. */
export interface Statements {
  prepare(sql: string): StatementSync;
}

/** Content that was analysed. */
export interface AnalysedContent {
  readonly hash: string;
  readonly language: string;
  readonly bytes: number;
  readonly text: string;
  readonly parsed: ParsedFile;
  /** Why it was not analysed as its language allows; null when it was. */
  readonly failure: string | null;
  /** How often that was for a reason that may be gone next time; 0 when nothing failed or the reason is the content's own. */
  readonly attempts: number;
}

/** Rows of the phrase table: 2^20 for each blob, more chunks than any file within the size limit has. */
export const phraseRowsPerBlob = 2 ** 20;
const day = 86_400_000;
const keepUnusedFor = 30 * day;

/** Keeps analysed content: its row, symbols and phrases; inside of a transaction. @returns its id */
export function insertBlob(store: Statements, content: AnalysedContent): number {
  const { parsed, text } = content;
  const count = parsed.chunks.length / chunkFields;
  const chunks = new Uint8Array(parsed.chunks.buffer, parsed.chunks.byteOffset, parsed.chunks.byteLength);
  const scopes = packScopes(parsed.scopes);
  const { lastInsertRowid } = store
    .prepare(
      `INSERT INTO blob(hash, language, bytes, lines, chunk_count, symbol_count, failure, attempts,
       text_sum, terms_sum, symbols_sum, imports, scopes, chunks, terms, text)
     VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      content.hash,
      content.language,
      content.bytes,
      parsed.lines,
      count,
      parsed.symbols.length,
      content.failure,
      content.attempts,
      textSum(text, chunks, scopes),
      bytesSum(parsed.terms),
      symbolsSum(parsed.symbols),
      packImports(parsed.imports),
      scopes,
      chunks,
      parsed.terms,
      text,
    );
  const blob = Number(lastInsertRowid);
  const addSymbol = store.prepare(
    `INSERT INTO symbol(blob, ordinal, name, kind, scope, local, start_line, end_line, signature, documentation)
     VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  parsed.symbols.forEach((s, i) =>
    addSymbol.run(
      blob,
      i,
      s.name,
      s.kind,
      packScope(s.scope),
      s.local ? 1 : 0,
      s.startLine,
      s.endLine,
      s.signature,
      s.documentation,
    ),
  );
  const addPhrase = store.prepare('INSERT INTO phrase(rowid, text) VALUES(?, ?)');
  for (let i = 0; i < count; i++) {
    const at = i * chunkFields;
    addPhrase.run(blob * phraseRowsPerBlob + i, text.slice(parsed.chunks[at + 2], parsed.chunks[at + 3]));
  }
  return blob;
}

/** Deletes content with its symbols and phrases; inside of a transaction. */
export function deleteBlob(store: Statements, id: number): void {
  const count = store.prepare('SELECT chunk_count n FROM blob WHERE id = ?').get(id)?.['n'];
  const removePhrase = store.prepare('DELETE FROM phrase WHERE rowid = ?');
  for (let i = 0; i < Number(count ?? 0); i++) removePhrase.run(id * phraseRowsPerBlob + i);
  store.prepare('DELETE FROM symbol WHERE blob = ?').run(id);
  store.prepare('DELETE FROM blob WHERE id = ?').run(id);
}

/** Ids of content no path has had for thirty days, and of the oldest of it while there is more unused content than used. */
export function collectableBlobs(store: Statements, now: number): number[] {
  const sql = 'SELECT id, bytes, unused_since since FROM blob WHERE unused_since IS NOT NULL ORDER BY unused_since';
  const unused = store.prepare(sql).all();
  if (unused.length === 0) return [];
  const used = Number(
    store.prepare('SELECT coalesce(sum(bytes), 0) n FROM blob WHERE unused_since IS NULL').get()?.['n'] ?? 0,
  );
  let spare = unused.reduce((sum, row) => sum + Number(row['bytes']), 0);
  const gone: number[] = [];
  for (const row of unused) {
    if (Number(row['since']) > now - keepUnusedFor && spare <= Math.max(used, 50_000_000)) break;
    gone.push(Number(row['id']));
    spare -= Number(row['bytes']);
  }
  return gone;
}
