/** A question as search sees it: its words, terms, quoted phrases, the identifier that it is, and the kinds of file it speaks of. */
import { isWordCode, partsOf, stemOf, termsOf } from '../index/terms/words.ts';

/** Words of questions that say nothing about the code; they are dropped from questions, never from the index. */
const stopWords = new Set(
  (
    'a an and are as at be by can do does for from has have how i in into is it its me my of on or our should show tell that the their ' +
    'there these this those to us was we what when where which who why will with work works you'
  ).split(' '),
);

/** One word of the question that is no stop word. */
interface QueryWord {
  /** As written, for exact symbol names. */
  readonly raw: string;
  /** True when it is written as a name: with capitals or signs inside, in backticks, or before a bracket. */
  readonly asName: boolean;
  /** Lower-cased parts and their stems. */
  readonly parts: readonly { readonly word: string; readonly stem: string }[];
}

export interface Query {
  readonly text: string;
  readonly words: readonly QueryWord[];
  /** Distinct lower-cased parts of all words with their stems, in order. */
  readonly parts: readonly { readonly word: string; readonly stem: string }[];
  /** Terms to score by, with how often the question has them. */
  readonly terms: ReadonlyMap<string, number>;
  /** Set when the question is one identifier, qualified (`Session.send`, `de::Visitor`) or not. */
  readonly identifier: { readonly name: string; readonly qualifiers: readonly string[] } | null;
  /** What stands in double quotes or backticks with more than one word. */
  readonly phrases: readonly string[];
  /**
   * Words that look like paths or file names; whether they are is for the files to say. One that begins with a slash counts from
   * the root: what a question on the whole project means, its README.
   */
  readonly paths: readonly string[];
}

const identifierQuestion =
  /^[\s`'"]*([\p{L}_$][\p{L}\p{N}_$]*(?:(?:::|\.|#|->|\/)[\p{L}_$][\p{L}\p{N}_$]*)*)(?:\(\))?[\s`'"?!]*$/u;
const phrase = /"([^"\n]{3,200})"|`([^`\n]{3,200})`/g;
const pathLike = /(?:[\w@.+-]+[\\/])+[\w@.+-]*|[\w@+-]+(?:\.[\w+-]+)*\.[A-Za-z][A-Za-z0-9]{0,5}\b/g;

const projectStems = new Set(
  'project repositori repo librari packag codebas tool app applic extens program softwar'.split(' '),
);
/** Words with which one asks what a project is, besides those that name it. */
const overviewStems = new Set(
  'code base overview purpos summari summar describ explain introduct introduc about main high level goal idea go get thing good use'.split(
    ' ',
  ),
);
const readmes = ['/README.md', '/README.rst', '/README.txt', '/README.adoc', '/README'];

/** Longest part of a question that is read, in UTF-16 units: beyond it are logs and pasted files. */
const longestQuestion = 8_000;
/** Most path-like words that are looked up: a pasted log may hold hundreds. */
const mostPaths = 12;
/** Most distinct terms that are scored; the first ones stay, for a question begins with what it asks. */
const mostTerms = 200;

export function parseQuery(input: string): Query {
  const text = input.slice(0, longestQuestion).trim();
  const whole = identifierQuestion.exec(text)?.[1];
  const names = whole?.split(/::|\.|#|->|\//) ?? [];
  const name = names.at(-1);
  const identifier = name === undefined ? null : { name, qualifiers: names.slice(0, -1) };
  const words: QueryWord[] = [];
  const terms = new Map<string, number>();
  const parts = new Map<string, string>();
  const found = wordsIn(text);
  // A question of stop words only ("who are you") keeps them: something is better than nothing.
  const onlyStops = found.every(({ raw }) => stopWords.has(raw.toLowerCase()));
  for (const { raw, asName } of found) {
    if (!onlyStops && stopWords.has(raw.toLowerCase()) && !(identifier && found.length === 1)) continue;
    const wordParts = partsOf(raw).map((word) => ({ word, stem: stemOf(word) }));
    words.push({ raw, asName, parts: wordParts });
    for (const { word, stem } of wordParts) parts.set(word, stem);
    for (const { term } of termsOf(raw)) {
      const known = terms.get(term);
      if (known !== undefined || terms.size < mostTerms) terms.set(term, (known ?? 0) + 1);
    }
  }
  const named = [...text.matchAll(pathLike)]
    .slice(0, mostPaths)
    .map((match) => match[0].replaceAll('\\', '/').replace(/[.]+$/, ''));
  return {
    text,
    words,
    parts: [...parts].map(([word, stem]) => ({ word, stem })),
    terms,
    identifier,
    phrases: [...text.matchAll(phrase)]
      .map((match) => (match[1] ?? match[2] ?? '').trim())
      .filter((inner) => wordsIn(inner).length > 1),
    paths: asksOverview([...parts.values()]) ? [...readmes, ...named] : named,
  };
}

/** True for "what does this project do" and its like: a word for the project, and nothing that one could search for. */
function asksOverview(stems: readonly string[]): boolean {
  return (
    stems.some((stem) => projectStems.has(stem)) &&
    stems.every((stem) => projectStems.has(stem) || overviewStems.has(stem))
  );
}

interface Word {
  readonly raw: string;
  readonly asName: boolean;
}

function wordsIn(text: string): Word[] {
  const words: Word[] = [];
  let start = -1;
  for (let i = 0; i <= text.length; i++) {
    const inside = i < text.length && isWordCode(text.charCodeAt(i));
    if (inside && start < 0) start = i;
    if (inside || start < 0) continue;
    const raw = text.slice(start, i);
    words.push({ raw, asName: /[\p{Lu}_$]/u.test(raw) || text[start - 1] === '`' || text[i] === '(' });
    start = -1;
  }
  return words;
}

/** True when one of the question's words has one of these stems. */
export function speaksOf(query: Query, stems: ReadonlySet<string>): boolean {
  return query.parts.some(({ word, stem }) => stems.has(stem) || stems.has(word));
}
