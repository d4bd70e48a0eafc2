/** What the references of a question mean: places of the turns before it. */
import { contentWords } from '../../code/words.ts';
import { isTestPath } from '../../code/module-map.ts';
import type { Reference } from './references.ts';
import type { Kind } from './vocabulary.ts';
import { type Place, type Shown, definitionsOf, isSame } from './shown.ts';

/** An earlier turn with what it showed, and what its own question was about. */
export interface EarlierTurn {
  /** Its question as it stands by itself, and as it is searched for. */
  readonly asked: string;
  readonly query: string;
  readonly shown: readonly Shown[];
  /** The definitions that its question names, in its order. */
  readonly named: readonly Shown[];
  /** What its question's references meant; empty for one that stands by itself. */
  readonly referents: readonly Shown[];
}

/** Types are used, functions are called. */
const isOfCalls = /\b(?:calls?|called|callers?|calling|invokes?|invoked|returns?|returned)\b/i;
/** Things that "they" and "those functions" mean at most. */
const mostMany = 3;

/**
 * The places that a reference means, best first; empty where nothing of the turns before fits.
 * @param question the one that refers: what is called is a function
 */
export function referentsOf(reference: Reference, question: string, turns: readonly EarlierTurn[]): readonly Shown[] {
  const last = turns.at(-1);
  if (!last) return [];
  switch (reference.how) {
    case 'order':
      return inOrder(reference, last);
    case 'number': {
      const numbered = last.shown.filter(({ number }) => number === reference.number);
      return numbered.length > 0 ? numbered : last.shown.slice(reference.number - 1, reference.number);
    }
    case 'kind':
      return ofKind(reference, turns);
    case 'other': {
      const subject = subjectOf(turns)[0];
      const list = listOf(last, null);
      return list.filter((one) => !subject || !isSame(one, subject)).slice(0, 1);
    }
    case 'subject':
      return reference.many ? manyOf(last, turns) : oneOf(last, turns, question);
    case 'rest':
      return [];
  }
}

/** What the last turn is about: what its question names or refers to, else the best of what it showed. */
export function subjectOf(turns: readonly EarlierTurn[]): readonly Shown[] {
  for (const { named, referents, shown } of turns.toReversed()) {
    const found = [...(named.length > 0 ? named : referents), ...shown];
    if (found.length > 0) return distinct(found);
  }
  return [];
}

export function distinct(list: readonly Shown[]): readonly Shown[] {
  return list.filter((one, at) => list.findIndex((other) => isSame(one, other)) === at);
}

/** What the talk is about, and after a question that itself referred back also the best of what that one found. */
function oneOf(last: EarlierTurn, turns: readonly EarlierTurn[], question: string): readonly Shown[] {
  const subjects = subjectOf(turns);
  const functions = isOfCalls.test(question) ? subjects.filter((one) => isOfKind(one, 'function')) : [];
  const [subject] = functions.length > 0 ? functions : subjects;
  if (!subject) return [];
  const newest =
    last.named.length === 0 && last.referents.length > 0 ? last.shown.find((one) => !isSame(one, subject)) : null;
  return newest ? [subject, newest] : [subject];
}

function manyOf(last: EarlierTurn, turns: readonly EarlierTurn[]): readonly Shown[] {
  if (last.named.length > 1) return last.named.slice(0, mostMany);
  return subjectOf(turns).slice(0, 2);
}

/** What is counted: the things that the question before compared, else what was shown. */
function listOf({ named, shown }: EarlierTurn, kind: Kind | null): readonly Shown[] {
  const list = named.length > 1 ? named : shown;
  return kind === null ? list : kind === 'file' ? byFile(list) : list.filter((one) => isOfKind(one, kind));
}

function inOrder(
  { at, count, kind, compares }: Extract<Reference, { how: 'order' }>,
  last: EarlierTurn,
): readonly Shown[] {
  const list = listOf(last, kind);
  // "The latter" is the second of two.
  const of = compares ? list.slice(0, 2) : list;
  const from = at < 0 ? of.length + at : at;
  return from < 0 ? [] : of.slice(from, from + count);
}

/** The first of this kind in the newest turn that has one; what its question is about comes before what it showed. */
function ofKind(
  { kind, many, noun }: Extract<Reference, { how: 'kind' }>,
  turns: readonly EarlierTurn[],
): readonly Shown[] {
  for (let end = turns.length; end > 0; end--) {
    const turn = turns[end - 1];
    if (!turn) continue;
    const list = [...turn.named, ...turn.referents, ...turn.shown];
    const ofKind = kind === 'file' ? byFile(list) : list.filter((one) => isOfKind(one, kind));
    // "That handler" is the one that is called so.
    const called = ofKind.filter(({ symbol }) => symbol && contentWords(symbol.name).includes(noun));
    const found = distinct(called.length > 0 ? called : ofKind);
    if (found.length > 0) return found.slice(0, many ? mostMany : 1);
  }
  return [];
}

function isOfKind({ symbol }: Shown, kind: Kind): boolean {
  if (!symbol) return false;
  switch (kind) {
    case 'function':
      return symbol.kind === 'function' || symbol.kind === 'method';
    case 'type':
      return symbol.kind === 'type';
    case 'exception':
      return (
        symbol.kind === 'type' && /(?:Error|Exception|Warning|Timeout|Fault|Failure)$|^(?:Err|E[A-Z])/.test(symbol.name)
      );
    case 'value':
      return symbol.kind === 'variable' || symbol.kind === 'constant' || symbol.kind === 'field';
    case 'file':
      return false;
  }
}

/** The files of the list, each by the first place in it. */
function byFile(list: readonly Shown[]): Shown[] {
  return list.filter((one, at) => list.findIndex((other) => other.path === one.path && other.from === one.from) === at);
}

/** What a name in a question means: what was shown of it; where nothing was shown its only definition outside of tests. */
export function namedBy(name: string, shown: readonly Shown[], places: readonly Place[]): Shown[] {
  const exact = shown.find(({ symbol }) => symbol?.name === name);
  const inside = shown.find(({ symbol }) => symbol?.scope.includes(name));
  if (exact ?? inside) return [exact ?? inside].flatMap((one) => one ?? []);
  // What a question names is read for it: a word that only looks like a name of what was not is no subject.
  if (shown.length > 0) return [];
  const defined = definitionsOf(name, places).filter(({ path }) => !isTestPath(path));
  return defined.length === 1 ? defined : [];
}
