/** A JSON file in the extension's storage: parsed by a schema, replaced whole, written after a short pause so that a stream of changes is one write. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';

/** Pause between a change and its write, milliseconds. */
const pauseMs = 300;

export class SavedFile<T> {
  readonly #file: string;
  readonly #schema: z.ZodType<T>;
  readonly #onProblem: (message: string) => void;
  #pending: { readonly value: T } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: string, schema: z.ZodType<T>, onProblem: (message: string) => void) {
    this.#file = file;
    this.#schema = schema;
    this.#onProblem = onProblem;
  }

  /** What was saved, or null when nothing was. A damaged file is set aside and said to be, never overwritten. */
  async load(): Promise<T | null> {
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    try {
      return this.#schema.parse(JSON.parse(text));
    } catch (error) {
      const aside = `${this.#file}.damaged`;
      await rename(this.#file, aside);
      this.#onProblem(`${this.#file} could not be read and was set aside as ${aside}: ${String(error)}`);
      return null;
    }
  }

  save(value: T): void {
    this.#pending = { value };
    this.#timer ??= setTimeout(() => {
      void this.flush();
    }, pauseMs);
  }

  /** Writes what is waiting now. */
  flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const pending = this.#pending;
    this.#pending = null;
    if (pending) this.#writing = this.#writing.then(() => this.#write(pending.value));
    return this.#writing;
  }

  async #write(value: T): Promise<void> {
    try {
      await mkdir(path.dirname(this.#file), { recursive: true });
      const part = `${this.#file}.${process.pid}.part`;
      await writeFile(part, JSON.stringify(value));
      await rename(part, this.#file);
    } catch (error) {
      this.#onProblem(`${this.#file} could not be written: ${String(error)}`);
    }
  }
}
