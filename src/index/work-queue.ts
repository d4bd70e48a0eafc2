/** The files of a run that wait to be indexed: those the user looks at first, then code, then the rest, each in the given order. */
import { languageOf } from '../repository/languages.ts';
import type { ScannedFile } from '../repository/scan.ts';
import { syntaxOf } from './languages/table.ts';

export class WorkQueue {
  readonly #waiting = new Map<string, ScannedFile>();
  #first: readonly string[] = [];

  constructor(files: readonly ScannedFile[]) {
    const isCode = (file: ScannedFile): boolean => syntaxOf.has(languageOf(file.path));
    for (const file of files) if (isCode(file)) this.#waiting.set(file.path, file);
    for (const file of files) if (!isCode(file)) this.#waiting.set(file.path, file);
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** These overtake all others that still wait. */
  prioritise(paths: readonly string[]): void {
    this.#first = [...paths].reverse();
  }

  next(): ScannedFile | undefined {
    const first = [...this.#first];
    for (let path = first.pop(); path !== undefined; path = first.pop()) {
      const file = this.#waiting.get(path);
      this.#first = first;
      if (file) return this.#take(file);
    }
    for (const file of this.#waiting.values()) return this.#take(file);
    return undefined;
  }

  #take(file: ScannedFile): ScannedFile {
    this.#waiting.delete(file.path);
    return file;
  }
}
