/** The searched files in memory: loaded from the index in slices, kept true by its change events, never blocking for long. */
import { yieldToEventLoop, throwIfCancelled } from '../base/cancellation.ts';
import type { Disposable } from '../base/disposable.ts';
import type { Logger } from '../base/logging.ts';
import { UnreadableTerms } from '../index/terms/terms-reader.ts';
import type { ImportReference, IndexReader } from '../index/types.ts';
import { FileTable } from './file-table.ts';
import { TermIndex } from './term-index.ts';

/** Longest stretch of loading before other work gets its turn, in milliseconds. */
const slice = 15;

export class Corpus implements Disposable {
  readonly files = new FileTable();
  readonly terms = new TermIndex();
  readonly #reader: IndexReader;
  /** By file number: asked of the index once a file, for every scope counts them again. */
  readonly #imports: (readonly ImportReference[])[] = [];
  readonly #logger: Logger;
  readonly #subscription: Disposable;
  /** Paths to read (again); null until the first load listed all files. */
  #dirty: Set<string> | null = null;
  #draining: Promise<void> | null = null;
  #version = 0;
  #disposed = false;

  constructor(reader: IndexReader, logger: Logger) {
    this.#reader = reader;
    this.#logger = logger;
    this.#subscription = reader.onDidChange((paths) => {
      if (!this.#dirty) return;
      for (const path of paths) this.#dirty.add(path);
    });
  }

  /** Grows with every change: what is derived from the corpus is stale when it moved on. */
  get version(): number {
    return this.#version;
  }

  dispose(): void {
    this.#disposed = true;
    this.#subscription.dispose();
  }

  /** Reads everything that is new since the last time; two callers share one pass. */
  async refresh(signal: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    if (this.#dirty?.size === 0) return;
    // The pass itself is not bound to the first caller's signal: the next question needs it too.
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = null;
    });
    await this.#draining;
    throwIfCancelled(signal);
  }

  async #drain(): Promise<void> {
    const dirty = (this.#dirty ??= new Set(this.#reader.files().map((file) => file.path)));
    let deadline = performance.now() + slice;
    for (const path of dirty) {
      if (this.#disposed) return;
      dirty.delete(path);
      this.#take(path);
      if (performance.now() < deadline) continue;
      await yieldToEventLoop();
      deadline = performance.now() + slice;
    }
    if (this.terms.wantsCompaction) {
      this.terms.compact();
      this.#version++;
    }
  }

  #take(path: string): void {
    this.#version++;
    const stored = this.#reader.terms(path);
    if (stored === undefined) {
      const file = this.files.numberOf(path);
      if (file === undefined) return;
      this.files.remove(file);
      this.terms.remove(file);
      return;
    }
    const file = this.files.add(path);
    try {
      this.terms.put(file, stored);
      this.#imports[file] = this.#reader.importsOf(path);
    } catch (error) {
      if (!(error instanceof UnreadableTerms)) throw error;
      // One damaged entry must not take the search down; the file is left out until it is indexed again, and the log says so.
      this.#logger.warn({ path, reason: error.message }, 'terms of a file cannot be read; index it again');
      this.terms.remove(file);
      this.files.remove(file);
    }
  }

  /** A file's imports as written. */
  importsOf(path: string): readonly ImportReference[] {
    return this.#imports[this.files.numberOf(path) ?? -1] ?? [];
  }
}
