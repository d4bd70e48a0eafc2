/**
 * Follow-up questions: what "it", "that function" and "the second one" mean is found in the turns before, and the question is
 * searched for with that name in place of the word. A question that stands by itself is left alone.
 */
import type { Turn } from '../../../protocol/answers.ts';
import { fileText, linesOf, pathAmong, qualifiedName } from '../../code/file-text.ts';
import { partsOf } from '../../../index/terms/words.ts';
import { contentWords, looksLikeCode, wordsOf } from '../../code/words.ts';
import { codeNames, namedOf } from '../../evidence/evidence.ts';
import { type EarlierTurn, distinct, namedBy, referentsOf, subjectOf } from './referents.ts';
import { type Reference, referencesIn } from './references.ts';
import { type Place, type Shown, isSame, shownBy } from './shown.ts';

/** A place that words of the question mean. */
interface Referent extends Shown {
  /** The words, as they stand in the question; empty where it only goes on from the one before. */
  readonly words: string;
}

export interface FollowUp {
  /** The question with the names of what its words mean in their place: it stands by itself. */
  readonly asked: string;
  /** What to search for: its words and those of what it refers to. Names are taken apart, for what they name is read anyway. */
  readonly query: string;
  /** What is read beside what search finds, best first. */
  readonly referents: readonly Referent[];
}

/** Places that are read because a question refers to them. */
const mostReferents = 3;
/** Further back nothing is looked for: a question that means that names it. */
const mostTurnsBack = 8;

/** @param places the repositories that are asked */
export function understand(question: string, history: readonly Turn[], places: readonly Place[]): FollowUp {
  const turns: EarlierTurn[] = [];
  if (history.length === 0 || referencesIn(question, codeNames(question, places)).length === 0)
    return { asked: question, query: question, referents: [] };
  for (const turn of history.slice(-mostTurnsBack)) {
    const shown = shownBy(turn, places);
    const named = distinct(codeNames(turn.question, places).flatMap((name) => namedBy(name, shown, places)));
    turns.push({ ...resolve(turn.question, turns, places), shown, named });
  }
  return resolve(question, turns, places);
}

/** The question with what its words mean said behind it, for a decoder that reads the turns before as they were. */
export function withMeaning(question: string, { referents }: FollowUp): string {
  const words = [...new Set(referents.map((one) => one.words))].filter((one) => one !== '');
  const meanings = words.map((word) => {
    const names = referents.filter((one) => one.words === word).map((one) => `\`${nameOf(one)}\``);
    return `"${word}" is ${names.join(' or ')}`;
  });
  return meanings.length === 0 ? question : `${question} (${meanings.join('; ')})`;
}

function resolve(question: string, turns: readonly EarlierTurn[], places: readonly Place[]): FollowUp {
  const references = referencesIn(question, codeNames(question, places));
  const before = turns.at(-1);
  if (references.length === 0 || !before) return { asked: question, query: question, referents: [] };
  const meant = references.map((reference) => ({ reference, found: referentsOf(reference, question, turns) }));
  const referents = meant.flatMap(({ reference, found }) =>
    found.map((one): Referent => ({ ...one, words: question.slice(reference.start, reference.end) })),
  );
  const needsTopic = meant.some(({ reference, found }) => reference.how === 'subject' || found.length === 0);
  // Who asks on about a thing asks often about what stood beside it, and a decoder has that in its cache.
  const beside = needsTopic ? besides(question, distinct([...subjectOf(turns).slice(0, 1), ...before.shown])) : [];
  const asked = replaced(question, meant, (one) => `\`${nameOf(one)}\``);
  const query = replaced(question, meant, (one) => wordsOfName(nameOf(one)));
  return {
    asked: needsTopic && referents.length === 0 ? `${before.asked} ${asked}` : asked,
    query: needsTopic
      ? [query, referents.length === 0 ? subjectWords(turns) : '', taken(before.query)].join(' ')
      : query,
    referents: [
      ...referents,
      ...beside
        .filter((one) => !referents.some((other) => isSame(one, other)))
        .map((one): Referent => ({ ...one, words: '' })),
    ].slice(0, mostReferents),
  };
}

/** What was shown, by how many of the question's words it holds; what holds as many stays in its order. */
function besides(question: string, shown: readonly Shown[]): readonly Shown[] {
  const words = contentWords(question);
  const held = new Map(
    shown.map((one) => {
      const file = fileText(one.from.reader, one.path);
      const there = new Set(wordsOf(file ? linesOf(file, one.startLine, one.endLine) : ''));
      return [one, words.filter((word) => there.has(word)).length] as const;
    }),
  );
  return shown.toSorted((a, b) => (held.get(b) ?? 0) - (held.get(a) ?? 0));
}

function subjectWords(turns: readonly EarlierTurn[]): string {
  const [subject] = subjectOf(turns);
  return subject ? wordsOfName(nameOf(subject)) : '';
}

/** The question with something in place of the words that mean a place. */
function replaced(
  question: string,
  meant: readonly { readonly reference: Reference; readonly found: readonly Shown[] }[],
  by: (one: Shown) => string,
): string {
  let text = '';
  let at = 0;
  for (const { reference, found } of meant) {
    const { start, end } = reference;
    text += question.slice(at, start);
    text += found.length === 0 ? question.slice(start, end) : `${start === end ? ' ' : ''}${found.map(by).join(', ')}`;
    at = end;
  }
  return `${text}${question.slice(at)}`;
}

function nameOf({ symbol, path, from }: Shown): string {
  return symbol ? qualifiedName(symbol) : pathAmong({ path, repository: namedOf(from) });
}

/** `NotFoundHandler` as "not found handler". */
function wordsOfName(name: string): string {
  return (name.match(/[\p{L}\p{N}]+/gu) ?? []).flatMap(partsOf).join(' ');
}

/** A question with its names of code taken apart. */
function taken(question: string): string {
  return question
    .replace(/[\p{L}_$][\p{L}\p{N}_$.]*/gu, (word) => (looksLikeCode(word) ? wordsOfName(word) : word))
    .replaceAll('`', '');
}
