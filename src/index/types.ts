/** What the index holds and how it is read; the store implements it, search and answers read through it. */
import type { Event } from '../base/emitter.ts';

export type SymbolKind = 'type' | 'function' | 'method' | 'variable' | 'constant' | 'module' | 'field';

/** A stretch of a text: UTF-16 offsets, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A definition found in a file. */
export interface SymbolDefinition {
  readonly name: string;
  readonly kind: SymbolKind;
  /** Names of the enclosing definitions, outermost first. */
  readonly scope: readonly string[];
  /** True for what is defined inside a function body: visible to nobody else. */
  readonly local: boolean;
  readonly startLine: number;
  readonly endLine: number;
  /** The declaration without its body, as written, at most a few lines. */
  readonly signature: string;
  /** The documentation comment or docstring, comment signs removed; empty when there is none. */
  readonly documentation: string;
}

/** A run of whole lines of one file; the chunks of a file in order give back the file. */
export interface Chunk {
  /** `<first 16 hex digits of the content hash>:<ordinal>`: unchanged while the file's content is. */
  readonly id: string;
  readonly path: string;
  readonly language: string;
  /** Lines count from 1, both ends included. */
  readonly startLine: number;
  readonly endLine: number;
  readonly text: string;
  /** Names of the enclosing definitions at the chunk's first line, outermost first. */
  readonly scope: readonly string[];
  /** Definitions that begin in this chunk, in order of lines. */
  readonly symbols: readonly SymbolDefinition[];
}

export interface IndexedFile {
  readonly path: string;
  readonly language: string;
  /** Hex of the content's SHA-256, or of the Git blob id; see the store. */
  readonly contentHash: string;
  readonly lines: number;
  readonly bytes: number;
}

/** A file's import, as written, for the import graph (in-degree feature). */
export interface ImportReference {
  readonly specifier: string;
  readonly line: number;
}

/** A consistent read view of one repository's index. All of it is synchronous: SQLite is in the engine's own thread. */
export interface IndexReader {
  files(): readonly IndexedFile[];
  file(path: string): IndexedFile | undefined;
  chunksOf(path: string): readonly Chunk[];
  chunk(id: string): Chunk | undefined;
  symbolsOf(path: string): readonly SymbolDefinition[];
  /** Definitions of exactly this name, anywhere. */
  definitions(name: string): readonly (SymbolDefinition & { readonly path: string })[];
  importsOf(path: string): readonly ImportReference[];
  /** Compact terms of the file's chunks, made by `terms.ts` in the parser worker; search decodes them. */
  terms(path: string): Uint8Array | undefined;
  /** Ids of chunks that contain the words next to each other (FTS5 phrase), at most `limit`. */
  phrase(text: string, limit: number): readonly string[];
  /** The embedding of a text by its key (hash of the text and of the model), when it was computed. */
  vector(key: string): Float32Array | undefined;
  putVectors(vectors: readonly { readonly key: string; readonly vector: Float32Array }[]): void;
  /** Paths whose content, existence or terms changed since the last event. */
  readonly onDidChange: Event<readonly string[]>;
}
