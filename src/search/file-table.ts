/** Files by number, and what their paths say: words of the stem and of the last directories, kinds of file that are ranked lower. */
import { partsOf, stemOf, termsOf } from '../index/terms/words.ts';
import { type Demotions, demotionsOf } from './features/demotions.ts';
import { laneOf, type Lane } from './lanes.ts';

/** Path parts that count as the path field of the chunk score. */
const partsInField = 4;
const directoriesMatched = 3;

export interface FileFacts {
  readonly path: string;
  readonly lane: Lane;
  /** The file name without its ending. */
  readonly stem: string;
  /** Numbers of words, see {@link FileTable.words}. */
  readonly stemWords: readonly number[];
  /** The number of the directory, see {@link FileTable.directories}. */
  readonly directory: number;
  /** Terms of the last four path parts, with how often. */
  readonly terms: ReadonlyMap<string, number>;
  readonly demotions: Demotions;
}

/** Numbers are given in the order files come and stay with their path for ever. */
export class FileTable {
  readonly #numbers = new Map<string, number>();
  readonly #facts: FileFacts[] = [];
  readonly #present: boolean[] = [];
  readonly #wordNumbers = new Map<string, number>();
  /** Distinct words of all paths with their stems; questions are matched against these once, not against every file. */
  readonly words: { readonly word: string; readonly stem: string }[] = [];
  /** Numbers of the words of each distinct run of last directories: files that lie together are matched together. */
  readonly directories: (readonly number[])[] = [];
  readonly #directoryNumbers = new Map<string, number>();
  /** Files (present or not) by term of the path. */
  readonly #byTerm = new Map<string, number[]>();

  get size(): number {
    return this.#facts.length;
  }

  numberOf(path: string): number | undefined {
    return this.#numbers.get(path);
  }

  isPresent(file: number): boolean {
    return this.#present[file] ?? false;
  }

  /** Of the files that are there now. */
  paths(): string[] {
    return this.#facts.filter((_, file) => this.#present[file]).map(({ path }) => path);
  }

  facts(file: number): FileFacts {
    const facts = this.#facts[file];
    if (!facts) throw new RangeError(`no file ${file}`);
    return facts;
  }

  /** Files whose path holds the term; some may be absent by now. */
  withTerm(term: string): readonly number[] {
    return this.#byTerm.get(term) ?? [];
  }

  add(path: string): number {
    let file = this.#numbers.get(path);
    if (file === undefined) {
      file = this.#facts.length;
      this.#numbers.set(path, file);
      const facts = this.#describe(path);
      this.#facts.push(facts);
      for (const term of facts.terms.keys()) {
        const files = this.#byTerm.get(term);
        if (files) files.push(file);
        else this.#byTerm.set(term, [file]);
      }
    }
    this.#present[file] = true;
    return file;
  }

  remove(file: number): void {
    this.#present[file] = false;
  }

  #describe(path: string): FileFacts {
    const parts = path.split('/');
    const name = parts.at(-1) ?? '';
    const stem = stemOfName(name);
    const terms = new Map<string, number>();
    for (const part of [...parts.slice(-partsInField, -1), stem]) {
      for (const identifier of part.split(/[^\p{L}\p{N}_$]+/u)) {
        for (const { term } of termsOf(identifier)) terms.set(term, (terms.get(term) ?? 0) + 1);
      }
    }
    return {
      path,
      lane: laneOf(path),
      stem,
      stemWords: this.#intern(stem),
      directory: this.#directory(parts.slice(0, -1).slice(-directoriesMatched)),
      terms,
      demotions: demotionsOf(path),
    };
  }

  #directory(parts: readonly string[]): number {
    const key = parts.join('/');
    let number = this.#directoryNumbers.get(key);
    if (number === undefined) {
      number = this.directories.length;
      this.#directoryNumbers.set(key, number);
      this.directories.push([...new Set(parts.flatMap((part) => this.#intern(part)))]);
    }
    return number;
  }

  #intern(text: string): number[] {
    return text.split(/[^\p{L}\p{N}_$]+/u).flatMap((identifier) =>
      partsOf(identifier).map((word) => {
        let number = this.#wordNumbers.get(word);
        if (number === undefined) {
          number = this.words.length;
          this.#wordNumbers.set(word, number);
          this.words.push({ word, stem: stemOf(word) });
        }
        return number;
      }),
    );
  }
}

/** The file name up to its ending: `http.client.ts` gives `http.client`, `.eslintrc` gives `.eslintrc`. */
export function stemOfName(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(0, dot) : name;
}
