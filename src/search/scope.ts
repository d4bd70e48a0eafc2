/** Which files a question searches: all, or those that the globs or folders of its scope take in. */
import picomatch from 'picomatch';
import type { Corpus } from './corpus.ts';
import { type Scope, scopeOf } from './bm25f.ts';
import { importCounts } from './features/imports.ts';
import { overBest } from './features/text.ts';
import type { Lane } from './lanes.ts';

/** Scopes kept with their statistics; a batch and a sidebar each come back to the same few. */
const mostCached = 24;

/**
 * A test for paths. An entry is a glob, a folder or a file, relative to the repository; one that begins with `!` takes files out.
 * No entry, or only ones that take out, means all files.
 */
export function scopeMatcher(scope: readonly string[]): (path: string) => boolean {
  const clean = scope.map((entry) => entry.trim().replaceAll('\\', '/')).filter((entry) => entry !== '');
  const take = clean.filter((entry) => !entry.startsWith('!')).map(matcherOf);
  const leave = clean.filter((entry) => entry.startsWith('!')).map((entry) => matcherOf(entry.slice(1)));
  return (path) =>
    (take.length === 0 || take.some((matches) => matches(path))) && !leave.some((matches) => matches(path));
}

function matcherOf(entry: string): (path: string) => boolean {
  const plain = entry.replace(/^\.\//, '').replace(/\/+$/, '');
  if (plain === '' || plain === '.') return () => true;
  // A folder's name is taken as it is before it is read as a glob: `app/[id]` is a folder in many a web application.
  const asFolder = (path: string): boolean => path === plain || path.startsWith(`${plain}/`);
  const asGlob = picomatch(plain.includes('/') ? plain : [plain, `**/${plain}`], { dot: true });
  return (path) => asFolder(path) || asGlob(path);
}

/** What is searched, and how much each file of it is imported by the others. */
export interface SearchedScope extends Scope {
  /** Logarithm of the number of importing files over that of the most imported one, by file number. */
  readonly imported: Float64Array;
}

/** Scopes by their entries and lane, for one version of the corpus. */
export class ScopeCache {
  #version = -1;
  readonly #cache = new Map<string, SearchedScope>();

  get(corpus: Corpus, entries: readonly string[], lane: Lane): SearchedScope {
    if (this.#version !== corpus.version) {
      this.#cache.clear();
      this.#version = corpus.version;
    }
    const key = JSON.stringify([lane, ...entries]);
    let scope = this.#cache.get(key);
    if (!scope) {
      if (this.#cache.size >= mostCached) this.#cache.clear();
      this.#cache.set(key, (scope = this.#make(corpus, entries, lane)));
    }
    return scope;
  }

  #make(corpus: Corpus, entries: readonly string[], lane: Lane): SearchedScope {
    const matches = scopeMatcher(entries);
    const mask = new Uint8Array(corpus.files.size);
    for (let file = 0; file < mask.length; file++) {
      if (!corpus.files.isPresent(file)) continue;
      const facts = corpus.files.facts(file);
      if (facts.lane === lane && matches(facts.path)) mask[file] = 1;
    }
    return { ...scopeOf(corpus.terms, mask), imported: this.#imported(corpus, mask, lane) };
  }
  #imported(corpus: Corpus, mask: Uint8Array, lane: Lane): Float64Array {
    const logs = new Float64Array(mask.length);
    if (lane !== 'code') return logs;
    const paths = new Map<string, number>();
    for (let file = 0; file < mask.length; file++) if (mask[file]) paths.set(corpus.files.facts(file).path, file);
    for (const [path, count] of importCounts(corpus, [...paths.keys()].sort()))
      logs[paths.get(path) ?? 0] = Math.log1p(count);
    return overBest(logs);
  }
}
