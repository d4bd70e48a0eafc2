/** An index held in memory behind the same reading interface as the store: for tests of the search that want exact chunks. */
import { createHash } from 'node:crypto';
import { Emitter } from '../../src/base/emitter.ts';
import { encodeTerms } from '../../src/index/terms/terms.ts';
import type {
  Chunk,
  ImportReference,
  IndexedFile,
  IndexReader,
  SymbolDefinition,
  SymbolKind,
} from '../../src/index/types.ts';

/** One chunk as a test writes it; lines are counted from its text. */
export interface MemoryChunk {
  readonly text: string;
  readonly symbols?: readonly (Partial<SymbolDefinition> & { readonly name: string })[];
  readonly scope?: readonly string[];
}

export interface MemoryFile {
  readonly path: string;
  readonly language?: string;
  readonly chunks: readonly MemoryChunk[];
  readonly imports?: readonly string[];
}

interface Entry {
  readonly file: IndexedFile;
  readonly chunks: readonly Chunk[];
  readonly terms: Uint8Array;
  readonly imports: readonly ImportReference[];
}

/** A fixture that can be edited: `put` replaces files and fires the change event, as the store does. */
export class MemoryIndex implements IndexReader {
  readonly #entries = new Map<string, Entry>();
  readonly #changed = new Emitter<readonly string[]>();
  readonly #vectors = new Map<string, Float32Array>();
  readonly onDidChange = this.#changed.event;
  /** How often vectors were written, for tests of the cache. */
  vectorWrites = 0;

  constructor(files: readonly MemoryFile[] = []) {
    for (const file of files) this.#entries.set(file.path, entryOf(file));
  }

  put(files: readonly MemoryFile[]): void {
    for (const file of files) this.#entries.set(file.path, entryOf(file));
    this.#changed.fire(files.map((file) => file.path));
  }

  remove(path: string): void {
    this.#entries.delete(path);
    this.#changed.fire([path]);
  }

  files(): readonly IndexedFile[] {
    return [...this.#entries.values()].map((entry) => entry.file);
  }

  file(path: string): IndexedFile | undefined {
    return this.#entries.get(path)?.file;
  }

  chunksOf(path: string): readonly Chunk[] {
    return this.#entries.get(path)?.chunks ?? [];
  }

  chunk(id: string): Chunk | undefined {
    for (const entry of this.#entries.values()) {
      const found = entry.chunks.find((chunk) => chunk.id === id);
      if (found) return found;
    }
    return undefined;
  }

  symbolsOf(path: string): readonly SymbolDefinition[] {
    return this.chunksOf(path).flatMap((chunk) => chunk.symbols);
  }

  definitions(name: string): readonly (SymbolDefinition & { readonly path: string })[] {
    return [...this.#entries.keys()].flatMap((path) =>
      this.symbolsOf(path)
        .filter((symbol) => symbol.name === name)
        .map((symbol) => ({ ...symbol, path })),
    );
  }

  importsOf(path: string): readonly ImportReference[] {
    return this.#entries.get(path)?.imports ?? [];
  }

  terms(path: string): Uint8Array | undefined {
    return this.#entries.get(path)?.terms;
  }

  phrase(text: string, limit: number): readonly string[] {
    const wanted = text.toLowerCase();
    return [...this.#entries.values()]
      .flatMap((entry) =>
        entry.chunks.filter((chunk) => chunk.text.toLowerCase().includes(wanted)).map((chunk) => chunk.id),
      )
      .slice(0, limit);
  }

  vector(key: string): Float32Array | undefined {
    return this.#vectors.get(key);
  }

  putVectors(vectors: readonly { readonly key: string; readonly vector: Float32Array }[]): void {
    this.vectorWrites += vectors.length;
    for (const { key, vector } of vectors) this.#vectors.set(key, vector);
  }
}

function entryOf(file: MemoryFile): Entry {
  const language = file.language ?? 'python';
  const text = file.chunks.map((chunk) => chunk.text).join('\n');
  const hash = createHash('sha256').update(text).digest('hex');
  let line = 1;
  const chunks = file.chunks.map((chunk, ordinal): Chunk => {
    const startLine = line;
    line += chunk.text.split('\n').length;
    return {
      id: `${hash.slice(0, 16)}:${ordinal}`,
      path: file.path,
      language,
      startLine,
      endLine: line - 1,
      text: chunk.text,
      scope: chunk.scope ?? [],
      symbols: (chunk.symbols ?? []).map((symbol) => definition(symbol, startLine)),
    };
  });
  return {
    file: { path: file.path, language, contentHash: hash, lines: line - 1, bytes: Buffer.byteLength(text) },
    chunks,
    terms: encodeTerms(
      chunks.map((chunk) => ({
        text: chunk.text,
        comments: commentsOf(chunk.text),
        symbols: chunk.symbols,
        scope: chunk.scope,
      })),
    ),
    imports: (file.imports ?? []).map((specifier) => ({ specifier, line: 1 })),
  };
}

function definition(symbol: Partial<SymbolDefinition> & { readonly name: string }, line: number): SymbolDefinition {
  const kind: SymbolKind = symbol.kind ?? (/^[A-Z]/.test(symbol.name) ? 'type' : 'function');
  return {
    name: symbol.name,
    kind,
    scope: symbol.scope ?? [],
    local: symbol.local ?? false,
    startLine: symbol.startLine ?? line,
    endLine: symbol.endLine ?? line,
    signature: symbol.signature ?? symbol.name,
    documentation: symbol.documentation ?? '',
  };
}

/** Line comments of the languages that the tests use. */
function commentsOf(text: string): { start: number; end: number }[] {
  return [...text.matchAll(/(?:#|\/\/).*/g)].map((found) => ({
    start: found.index,
    end: found.index + found[0].length,
  }));
}
