/** Reads the index for search and answers: the store's side of IndexReader, synchronous, with what was unpacked last kept. */
import type { SkipReason } from '../../protocol/status.ts';
import { chunkFields } from '../parsed-file.ts';
import type { Chunk, ImportReference, IndexReader, IndexedFile, SymbolDefinition, SymbolKind } from '../types.ts';
import { unpackImports, unpackScope, unpackScopes } from './packed-text.ts';
import { indexFault } from './sqlite-errors.ts';
import { phraseRowsPerBlob } from './blobs.ts';
import type { Store } from './store.ts';

/** Files whose chunks are kept unpacked. */
const keptFiles = 200;
/** Hex digits of the content hash in a chunk's id. */
const idDigits = 16;

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

  /** Names of definitions that begin like `prefix` (for completion), with the first place of each. */
  symbolsLike(
    prefix: string,
    limit: number,
  ): readonly { readonly name: string; readonly path: string; readonly line: number }[] {
    if (prefix === '') return [];
    const rows = this.#all(
      `SELECT name, min(path) path, start_line line FROM symbol JOIN file ON file.blob = symbol.blob
       WHERE name >= ? AND name < ? AND local = 0 GROUP BY name ORDER BY length(name), name LIMIT ?`,
      prefix,
      `${prefix}\u{10ffff}`,
      limit,
    );
    return rows.map((row) => ({ name: String(row['name']), path: String(row['path']), line: Number(row['line']) }));
  }

  importsOf(path: string): readonly ImportReference[] {
    const row = this.#get('SELECT imports FROM file JOIN blob ON blob.id = file.blob WHERE path = ?', path);
    return row ? unpackImports(String(row['imports'])) : [];
  }

  terms(path: string): Uint8Array | undefined {
    const row = this.#get('SELECT terms FROM file JOIN blob ON blob.id = file.blob WHERE path = ?', path);
    return row?.['terms'] as Uint8Array | undefined;
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
    const bytes = this.#get('SELECT vector FROM vector WHERE key = ?', key)?.['vector'] as Uint8Array | undefined;
    // A copy: the bytes need not begin at a multiple of four.
    return bytes ? new Float32Array(bytes.slice().buffer) : undefined;
  }

  putVectors(vectors: readonly { readonly key: string; readonly vector: Float32Array }[]): void {
    this.#store.putVectors(vectors);
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
    const row = this.#get('SELECT chunks, scopes, text FROM blob WHERE id = ?', file.blob);
    if (!row) return [];
    const bytes = row['chunks'] as Uint8Array;
    const numbers = new Uint32Array(bytes.slice().buffer);
    const scopes = unpackScopes(String(row['scopes']));
    const text = String(row['text']);
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
    return this.#all('SELECT * FROM symbol WHERE blob = ? ORDER BY ordinal', blob).map(symbolOf);
  }

  #get(sql: string, ...values: (string | number)[]): Row | undefined {
    try {
      return this.#store.prepare(sql).get(...values);
    } catch (error) {
      throw indexFault(error, this.#store.file);
    }
  }

  #all(sql: string, ...values: (string | number)[]): Row[] {
    try {
      return this.#store.prepare(sql).all(...values);
    } catch (error) {
      throw indexFault(error, this.#store.file);
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
