/**
 * Whether what a question is about occurs in a repository at all. The index knows every word: a question whose subject occurs
 * nowhere is not answered from places that share an ordinary word with it.
 */
import path from 'node:path';
import type { IndexReader } from '../../../index/types.ts';
import type { LineRange } from '../../../protocol/answers.ts';
import type { Occurrence } from '../../../search/occurrences.ts';
import { contentWords, looksLikeCode } from '../../code/words.ts';
import type { Search } from '../../../search/search.ts';
import { togetherIn } from './togetherness.ts';
import { type Subject, subjectsOf } from './subjects.ts';

/** A repository as its words are looked up. */
export interface WordPlace {
  readonly reader: Pick<IndexReader, 'phrase' | 'files' | 'chunk' | 'chunksOf'>;
  readonly search: Pick<Search, 'occurrences' | 'coverage' | 'likeness' | 'search'>;
  /** Its folder, by whose name questions call it; left out: not known. */
  readonly repositoryRoot?: string;
}

export interface Absence {
  /**
   * `absent`: what the question is about occurs nowhere, so nothing there answers it. `partly`: some of it occurs nowhere, which
   * the answer says. `none`: all of it occurs.
   */
  readonly verdict: 'absent' | 'partly' | 'none';
  /** Subjects whose very letters occur nowhere, as the question writes them. */
  readonly nowhere: readonly string[];
  /** Subjects that no word or name is, though their letters are inside of some. */
  readonly noName: readonly string[];
  /** Subjects that are only mentioned, outside of the code, with a place that does; null: in a path. */
  readonly aside: readonly { readonly text: string; readonly place: LineRange | null }[];
  /** Words of the question that no place has together with the others, as the question writes them; only of what is absent by that. */
  readonly apart: readonly string[];
  /** What the decision rests on, for measuring. */
  readonly weighed: readonly WeighedSubject[];
}

interface WeighedSubject {
  readonly subject: Subject;
  readonly found: Occurrence;
  /** How much of the question it is. */
  readonly weight: number;
  /** `aside`: only in a few places of documents, tests or data, which mention it. */
  readonly where: 'nowhere' | 'aside' | 'there';
  /** Whether the letters of the question's own spelling occur at all. */
  readonly letters: boolean;
}

/** Chunks that hold a phrase: more need not be counted. */
const mostPhrases = 20;

/** @param places all repositories that the question is asked over */
export async function absenceOf(question: string, places: readonly WordPlace[], signal: AbortSignal): Promise<Absence> {
  const subjects = subjectsOf(question);
  const forms = [...new Set(subjects.flatMap((subject) => [...subject.forms, ...subject.own]))];
  const found = new Map<string, Occurrence>();
  let phrases = new Map<string, number>();
  let files = 0;
  for (const { reader, search } of places) {
    const occurrences = await search.occurrences(forms, signal);
    forms.forEach((form, at) => void found.set(form, sum(found.get(form), occurrences[at])));
    phrases = new Map(
      [...new Set(subjects.flatMap((subject) => subject.phrases))].map((phrase) => [
        phrase,
        (phrases.get(phrase) ?? 0) + reader.phrase(phrase, mostPhrases).length,
      ]),
    );
    files += reader.files().length;
  }
  // Of a repository that was not searched nothing is known.
  if (files === 0) return { verdict: 'none', nowhere: [], noName: [], aside: [], apart: [], weighed: [] };
  const weighed = subjects.map((subject) => weigh(subject, found, phrases, files, asksAside.test(question)));
  const missing = weighed.filter(({ where }) => where !== 'there');
  const gone = total(missing);
  const share = gone / Math.max(total(weighed), 1e-9);
  const named = missing.filter(({ subject: { kind } }) => kind !== 'ordinary' && kind !== 'verb');
  const gaps = named.filter(({ where }) => where === 'nowhere');
  const isGone = gone >= leastMissing && share >= leastShare;
  // Who names code that is there, or asks for tests and documents, is not refused by how the other words are spread.
  const isNamed = weighed.some(
    ({ subject, where }) => subject.kind === 'name' && where === 'there' && looksLikeCode(subject.text),
  );
  const together =
    isGone || isNamed || asksAside.test(question)
      ? null
      : await togetherIn(
          question,
          places.map(({ repositoryRoot, ...place }) => ({
            ...place,
            ...(repositoryRoot !== undefined && { name: path.basename(repositoryRoot) }),
          })),
          share,
          signal,
        );
  const lacking = new Set(together?.isAbsent === true ? together.lacking : []);
  return {
    verdict: isGone || together?.isAbsent === true ? 'absent' : named.length > 0 ? 'partly' : 'none',
    apart: (question.match(/[\p{L}\p{N}_$]+/gu) ?? []).filter((word) =>
      contentWords(word).some((stem) => lacking.has(stem)),
    ),
    nowhere: gaps.filter(({ letters }) => !letters).map(({ subject }) => subject.text),
    noName: gaps.filter(({ letters }) => letters).map(({ subject }) => subject.text),
    aside: named
      .filter(({ where }) => where === 'aside')
      .map(({ subject }) => ({ text: subject.text, place: mentionOf(subject, places) })),
    weighed,
  };
}

/** What asks for documents and tests finds its answer there. */
const asksAside =
  /\b(?:tests?|tested|testing|specs?|examples?|samples?|fixtures?|bench\w*|docs?|documentation|documented|readme|changelog)\b/i;

/** A question is about what is missing when that weighs so much… */
const leastMissing = 0.9;
/** …and is this share of all that it is about. */
const leastShare = 0.5;

/** Mentions of a topic outside of the code that make no answer. */
const fewMentions = 6;

function weigh(
  subject: Subject,
  occurrences: ReadonlyMap<string, Occurrence>,
  phrases: ReadonlyMap<string, number>,
  files: number,
  wantsAside: boolean,
): WeighedSubject {
  const { kind } = subject;
  const inPhrases = Math.max(0, ...subject.phrases.map((phrase) => phrases.get(phrase) ?? 0));
  let found = subject.forms.reduce<Occurrence>((all, form) => sum(all, occurrences.get(form)), none);
  if (inPhrases > 0) found = { ...found, other: Math.max(found.other, inPhrases - found.code) };
  const { code, other, paths } = found;
  const canBeAside = !wantsAside && (kind === 'topic' || (kind === 'name' && !looksLikeCode(subject.text)));
  const where =
    code + other + paths === 0
      ? 'nowhere'
      : canBeAside && code + paths === 0 && other <= fewMentions
        ? 'aside'
        : 'there';
  const weight = where === 'there' ? weightThere(kind, found, files) : missingWeights[where][kind];
  const letters = inPhrases > 0 || subject.own.some((form) => occurrences.get(form)?.letters === true);
  return { subject, found, where, weight, letters };
}

/** The first line that mentions the subject. */
function mentionOf({ phrases }: Subject, places: readonly WordPlace[]): LineRange | null {
  for (const { reader } of places)
    for (const phrase of phrases) {
      const chunk = reader.chunk(reader.phrase(phrase, 1)[0] ?? '');
      if (!chunk) continue;
      const words = new RegExp(phrase.split(' ').join(String.raw`[^\p{L}\p{N}]+`), 'iu');
      const at = Math.max(
        0,
        chunk.text.split('\n').findIndex((line) => words.test(line)),
      );
      return { path: chunk.path, startLine: chunk.startLine + at, endLine: chunk.startLine + at };
    }
  return null;
}

const missingWeights: Readonly<Record<'nowhere' | 'aside', Readonly<Record<Subject['kind'], number>>>> = {
  nowhere: { topic: 3, name: 2, word: 1, verb: 0.4, ordinary: 0.1 },
  aside: { topic: 1.2, name: 1, word: 0, verb: 0, ordinary: 0 },
};

/** What is everywhere in a repository says little about a question; what is in few places is what it asks for. */
function weightThere(kind: Subject['kind'], { code, other, paths }: Occurrence, files: number): number {
  const often = code + other + paths;
  const rarity = Math.max(0, 1 - Math.log(1 + often) / Math.log(2 + files * 2));
  return kind === 'ordinary' || kind === 'verb' ? 0.15 + 0.25 * rarity : 0.25 + 0.75 * rarity;
}

const none: Occurrence = { code: 0, other: 0, paths: 0, letters: false };

function sum(a: Occurrence = none, b: Occurrence = none): Occurrence {
  return {
    code: a.code + b.code,
    other: a.other + b.other,
    paths: a.paths + b.paths,
    letters: a.letters || b.letters,
  };
}

function total(subjects: readonly WeighedSubject[]): number {
  return subjects.reduce((all, { weight }) => all + weight, 0);
}
