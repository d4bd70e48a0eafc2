/** Kinds of file that rarely answer a question: tests, examples, compatibility layers, files that only gather others. */
import type { Query } from '../query.ts';

/** 1 where the kind applies, else 0. */
export interface Demotions {
  readonly test: number;
  readonly example: number;
  readonly compat: number;
  readonly init: number;
  /** Directories such as v1 or legacy that made it a compatibility layer, in lower case. */
  readonly compatNames: readonly string[];
}

const testDirectory =
  /^(tests?|testing|specs?|__tests__|__mocks__|mocks?|fixtures?|testdata|test[-_]\w+|\w+[-_.]tests?|\w+\.tests?|unittests?|e2e)$/i;
const testName =
  /(^test[_-]|^tests?\.|[_.-]tests?\.|[_.-]spec\.|[_.-]mock\.|^conftest\.|Tests?\.(java|cs|kt|swift|php)$|(^|_)(test|mock)(ing)?_|_spec\.|_(unit)?test(ing|_\w+)?\.|^mock_)/;
const exampleDirectory =
  /^(examples?|_?examples|demos?|samples?|bench(es|marks?)?|scripts?|tutorials?|playground|docs?|docs?_src|tools|perf)$/i;
const exampleName = /([_.-]|^)(bench(mark)?s?|example|demo)\./i;
const compatDirectory =
  /^(compat(ibility)?|legacy|vendor(ed)?|third[-_]?party|deprecated|polyfills?|shims?|obsolete|external|v\d+)$/i;
const compatName = /(^|[_.-])(_?compat(ibility)?|legacy|deprecated|polyfills?|shims?|obsolete)([_.-]|$)/i;
const gatherer =
  /^(__init__\.py|__main__\.py|index\.[cm]?[jt]sx?|mod\.rs|lib\.rs|package-info\.java|doc\.go|prelude\.rs)$/;

export function demotionsOf(path: string): Demotions {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  const compatNames = parts.filter((part) => compatDirectory.test(part)).map((part) => part.toLowerCase());
  const compat = compatName.exec(name);
  if (compat?.[2]) compatNames.push(compat[2].toLowerCase());
  return {
    test: flag(testName.test(name) || parts.some((part) => testDirectory.test(part))),
    example: flag(exampleName.test(name) || parts.some((part) => exampleDirectory.test(part))),
    compat: flag(compatNames.length > 0),
    init: flag(gatherer.test(name)),
    compatNames,
  };
}

function flag(value: boolean): number {
  return value ? 1 : 0;
}

const testStems = new Set(['test', 'tests', 'spec', 'mock', 'fixtur']);
const exampleStems = new Set(['exampl', 'demo', 'sampl', 'bench', 'benchmark', 'script', 'tutori']);

/** How much of each demotion a question leaves: a fifth for the kinds it speaks of. */
export interface DemotionShares {
  readonly test: number;
  readonly example: number;
  /** Names of compatibility directories that the question mentions, for instance v1. */
  readonly namedCompat: ReadonlySet<string>;
}

const spokenOf = 0.2;

export function demotionShares(query: Query): DemotionShares {
  const says = (stems: ReadonlySet<string>): boolean =>
    query.parts.some(({ word, stem }) => stems.has(stem) || stems.has(word));
  return {
    test: says(testStems) ? spokenOf : 1,
    example: says(exampleStems) ? spokenOf : 1,
    namedCompat: new Set(query.parts.map(({ word }) => word)),
  };
}

/** The compatibility demotion of a file for a question: a fifth when the question names the directory or speaks of the kind. */
export function compatShare(demotions: Demotions, shares: DemotionShares): number {
  if (demotions.compat === 0) return 0;
  return demotions.compatNames.some(
    (name) => shares.namedCompat.has(name) || shares.namedCompat.has(name.replace(/ibility$/, '')),
  )
    ? spokenOf
    : 1;
}
