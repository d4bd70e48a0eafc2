/** Reads the index for search and answers: the store's side of IndexReader, synchronous, with what was unpacked last kept. */
import type { SkipReason } from '../../protocol/status.ts';
import { fault, isUnwritable } from '../../base/errors.ts';
import { chunkFields } from '../parse/parsed-file.ts';
import type { Chunk, ImportReference, IndexReader, IndexedFile, SymbolDefinition, SymbolKind } from '../types.ts';
import { bytesSum, symbolsSum, textSum } from './checksums.ts';
import { unpackImports, unpackScope, unpackScopes } from './packed-text.ts';
import { indexFault, isDamage } from './sqlite-errors.ts';
import { phraseRowsPerBlob } from './blobs.ts';
import type { Store } from './store.ts';

/** Files whose chunks are kept unpacked. */
const keptFiles = 200;
/** Hex digits of the content hash in a chunk's id. */
const idDigits = 16;
/** Milliseconds between two looks whether the index file is still the one that is open. */
const lookEvery = 1000;

type Row = Record<string, unknown>;

interface FileEntry extends IndexedFile {
  readonly blob: number;
}

export class StoreReader implements IndexReader {
  readonly #store: Store;
  readonly #chunks = new Map<string, { readonly blob: number; readonly chunks: readonly Chunk[] }>();
  #files = new Map<string, FileEntry>();
  /** The files in the order of their paths; undefined when they changed since they were listed. */
  #list: readonly IndexedFile[] | undefined;
  #dataVersion = -1;
  #lookedAt = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  get onDidChange(): IndexReader['onDidChange'] {
    return this.#store.onDidChange;
  }

  files(): readonly IndexedFile[] {
    this.#refresh();
    return (this.#list ??= [...this.#files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)));
  }

  file(path: string): IndexedFile | undefined {
    this.#refresh();
    return this.#files.get(path);
  }

  chunksOf(path: string): readonly Chunk[] {
    this.#refresh();
    const file = this.#files.get(path);
    if (!file) return [];
    const kept = this.#chunks.get(path);
    if (kept?.blob === file.blob) return kept.chunks;
    const chunks = this.#unpack(file);
    this.#chunks.delete(path);
    this.#chunks.set(path, { blob: file.blob, chunks });
    if (this.#chunks.size > keptFiles)
      for (const oldest of this.#chunks.keys()) {
        this.#chunks.delete(oldest);
        break;
      }
    return chunks;
  }

  /** Of several paths with the same content the first in the alphabet is named. */
  chunk(id: string): Chunk | undefined {
    const [prefix = '', ordinal = ''] = id.split(':');
    if (prefix.length !== idDigits || !/^[0-9a-f]+$/.test(prefix) || !/^\d+$/.test(ordinal)) return undefined;
    const row = this.#get(
      'SELECT path FROM blob JOIN file ON file.blob = blob.id WHERE hash >= ? AND hash < ? ORDER BY path LIMIT 1',
      prefix,
      `${prefix}g`,
    );
    return row ? this.chunksOf(String(row['path']))[Number(ordinal)] : undefined;
  }

  symbolsOf(path: string): readonly SymbolDefinition[] {
    this.#refresh();
    const file = this.#files.get(path);
    return file ? this.#symbols(file.blob) : [];
  }

  definitions(name: string): readonly (SymbolDefinition & { readonly path: string })[] {
    const rows = this.#all(
      'SELECT path, symbol.* FROM symbol JOIN file ON file.blob = symbol.blob WHERE name = ? ORDER BY path, ordinal',
      name,
    );
    return rows.map((row) => ({ path: String(row['path']), ...symbolOf(row) }));
  }

  /** Definitions whose name begins like `prefix` (for completion): shorter names first, every place of a name, by path. */
  symbolsLike(prefix: string, limit: number): readonly (SymbolDefinition & { readonly path: string })[] {
    if (prefix === '') return [];
    const rows = this.#all(
      `SELECT path, symbol.* FROM symbol JOIN file ON file.blob = symbol.blob
       WHERE name >= ? AND name < ? AND local = 0 ORDER BY length(name), name, path, ordinal LIMIT ?`,
      prefix,
      `${prefix}\u{10ffff}`,
      limit,
    );
    return rows.map((row) => ({ path: String(row['path']), ...symbolOf(row) }));
  }

  importsOf(path: string): readonly ImportReference[] {
    const row = this.#get('SELECT imports FROM file JOIN blob ON blob.id = file.blob WHERE path = ?', path);
    return row ? unpackImports(String(row['imports'])) : [];
  }

  terms(path: string): Uint8Array | undefined {
    const row = this.#get('SELECT terms, terms_sum FROM file JOIN blob ON blob.id = file.blob WHERE path = ?', path);
    return row && this.#checked(row['terms'], row['terms_sum'], `terms of ${path}`);
  }

  phrase(text: string, limit: number): readonly string[] {
    if (!/[\p{L}\p{N}]/u.test(text)) return [];
    const rows = this.#all(
      `SELECT phrase.rowid AS row, hash FROM phrase JOIN blob ON blob.id = phrase.rowid / ${phraseRowsPerBlob}
       WHERE phrase MATCH ? AND unused_since IS NULL LIMIT ?`,
      `"${text.replaceAll('"', '""').replaceAll('\0', ' ')}"`,
      limit,
    );
    return rows.map((row) => `${String(row['hash']).slice(0, idDigits)}:${Number(row['row']) % phraseRowsPerBlob}`);
  }

  vector(key: string): Float32Array | undefined {
    const row = this.#get('SELECT sum, vector FROM vector WHERE key = ?', key);
    // A copy: the bytes need not begin at a multiple of four.
    return row && new Float32Array(this.#checked(row['vector'], row['sum'], 'a vector').slice().buffer);
  }

  putVectors(vectors: readonly { readonly key: string; readonly vector: Float32Array }[]): void {
    try {
      this.#store.putVectors(vectors);
    } catch (error) {
      // What a search computed is kept to be sooner next time; on a disk that takes nothing it goes on without.
      if (!isUnwritable(error)) throw error;
    }
  }

  /** What the index knows of one path: its counts when it is indexed, the reason when it was left out after a look at it. */
  entry(path: string):
    | {
        readonly skip: SkipReason | null;
        readonly detail: string | null;
        readonly failure: string | null;
        readonly chunks: number;
        readonly symbols: number;
        readonly embedded: boolean;
      }
    | undefined {
    const row = this.#get(
      `SELECT skip, detail, failure, coalesce(chunk_count, 0) chunks, coalesce(symbol_count, 0) symbols, card_key IS NOT NULL embedded
       FROM file LEFT JOIN blob ON blob.id = file.blob WHERE path = ?`,
      path,
    );
    if (!row) return undefined;
    return {
      skip: row['skip'] as SkipReason | null,
      detail: row['detail'] as string | null,
      failure: row['failure'] as string | null,
      chunks: Number(row['chunks']),
      symbols: Number(row['symbols']),
      embedded: row['embedded'] === 1,
    };
  }

  /** Paths that were left out for this reason after a look at their content, with the sentence. */
  skippedFor(reason: SkipReason): readonly { readonly path: string; readonly detail: string }[] {
    return this.#all('SELECT path, detail FROM file WHERE skip = ? ORDER BY path', reason).map((row) => ({
      path: String(row['path']),
      detail: (row['detail'] as string | null) ?? '',
    }));
  }

  /** Takes over what was written since the last look, by this process or by another one. */
  #refresh(): void {
    const now = performance.now();
    if (now - this.#lookedAt > lookEvery) {
      this.#lookedAt = now;
      this.#store.reopenIfReplaced();
    }
    const version = Number(this.#get('PRAGMA data_version')?.['data_version'] ?? 0);
    const unread = this.#store.takeUnread();
    if (version !== this.#dataVersion || unread?.all === true) {
      const before = this.#files;
      const isFirst = this.#dataVersion === -1;
      this.#dataVersion = version;
      this.#files = new Map(this.#all(fileQuery).map((row) => [String(row['path']), fileOf(row)]));
      this.#list = undefined;
      for (const path of this.#chunks.keys()) if (!this.#files.has(path)) this.#chunks.delete(path);
      if (isFirst) return;
      const changed = [...this.#files.values()]
        .filter((file) => before.get(file.path)?.blob !== file.blob)
        .map((file) => file.path);
      for (const path of before.keys()) if (!this.#files.has(path)) changed.push(path);
      this.#store.noteForeignChange(changed);
    } else if (unread) {
      this.#list = undefined;
      for (const path of unread.paths) {
        const row = this.#get(`${fileQuery} WHERE path = ?`, path);
        if (row) this.#files.set(path, fileOf(row));
        else {
          this.#files.delete(path);
          this.#chunks.delete(path);
        }
      }
    }
  }

  #unpack(file: FileEntry): readonly Chunk[] {
    const row = this.#get('SELECT chunks, scopes, text, text_sum FROM blob WHERE id = ?', file.blob);
    if (!row) return [];
    const bytes = row['chunks'];
    const text = String(row['text']);
    const packed = String(row['scopes']);
    if (!(bytes instanceof Uint8Array) || textSum(text, bytes, packed) !== row['text_sum'])
      throw this.#damaged(`text of ${file.path}`);
    const numbers = new Uint32Array(bytes.slice().buffer);
    const scopes = unpackScopes(packed);
    const symbols = this.#symbols(file.blob);
    const prefix = file.contentHash.slice(0, idDigits);
    const chunks: Chunk[] = [];
    let next = 0;
    for (let i = 0; i * chunkFields < numbers.length; i++) {
      const [startLine = 0, endLine = 0, start = 0, end = 0] = numbers.subarray(i * chunkFields, (i + 1) * chunkFields);
      const own: SymbolDefinition[] = [];
      for (let symbol; (symbol = symbols[next]) && symbol.startLine <= endLine; next++) own.push(symbol);
      chunks.push({
        id: `${prefix}:${i}`,
        path: file.path,
        language: file.language,
        startLine,
        endLine,
        text: text.slice(start, end),
        scope: unpackScope(scopes[i] ?? ''),
        symbols: own,
      });
    }
    return chunks;
  }

  #symbols(blob: number): SymbolDefinition[] {
    const symbols = this.#all('SELECT * FROM symbol WHERE blob = ? ORDER BY ordinal', blob).map(symbolOf);
    const sum = this.#get('SELECT symbols_sum FROM blob WHERE id = ?', blob)?.['symbols_sum'];
    if (sum !== undefined && sum !== symbolsSum(symbols)) throw this.#damaged('symbols of a file');
    return symbols;
  }

  #checked(bytes: unknown, sum: unknown, what: string): Uint8Array {
    if (!(bytes instanceof Uint8Array) || bytesSum(bytes) !== sum) throw this.#damaged(what);
    return bytes;
  }

  #fault(error: unknown): unknown {
    if (isDamage(error)) this.#store.noteDamage();
    return indexFault(error, this.#store.file);
  }

  #damaged(what: string): Error {
    this.#store.noteDamage();
    return fault('LS5003', `${this.#store.file}, the ${what}`);
  }

  #get(sql: string, ...values: (string | number)[]): Row | undefined {
    try {
      return this.#store.prepare(sql).get(...values);
    } catch (error) {
      throw this.#fault(error);
    }
  }

  #all(sql: string, ...values: (string | number)[]): Row[] {
    try {
      return this.#store.prepare(sql).all(...values);
    } catch (error) {
      throw this.#fault(error);
    }
  }
}

const fileQuery = 'SELECT path, blob, language, hash, lines, bytes FROM file JOIN blob ON blob.id = file.blob';

function fileOf(row: Row): FileEntry {
  return {
    path: String(row['path']),
    language: String(row['language']),
    contentHash: String(row['hash']),
    lines: Number(row['lines']),
    bytes: Number(row['bytes']),
    blob: Number(row['blob']),
  };
}

function symbolOf(row: Row): SymbolDefinition {
  return {
    name: String(row['name']),
    kind: row['kind'] as SymbolKind,
    scope: unpackScope(String(row['scope'])),
    local: row['local'] === 1,
    startLine: Number(row['start_line']),
    endLine: Number(row['end_line']),
    signature: String(row['signature']),
    documentation: String(row['documentation']),
  };
}
