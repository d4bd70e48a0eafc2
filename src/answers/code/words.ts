/** The words of a question or of code: identifiers taken apart and cut to their stems, so that they can be compared. */
import { partsOf, stemOf } from '../../index/terms/words.ts';

/** Words that carry no meaning of their own in a question about code. */
const stopWords = new Set(
  (
    'a about after all an and any are as at be been before being between both but by can could did do does doing done each ' +
    'every for from get gets given had has have having how i if in into is it its itself like made make makes may me might ' +
    'more most my no not of off on once one only or other our out over please same shall should show so some such tell than ' +
    'that the their them then there these they thing things this those through to too under until up us use used uses using ' +
    'very via was way we were what when where whether which while who whose why will with within without would you your ' +
    'explain describe happen happens work works working find code file files implement implements implemented ' +
    'implementation define defines defined definition done handle handles handled'
  ).split(' '),
);

/** The lower-cased parts of the identifiers and words in a text: `HTTPAdapter.send_all` gives http, adapter, send, all. */
function parts(text: string): string[] {
  return (text.match(/[\p{L}\p{N}_$]+/gu) ?? []).flatMap(partsOf);
}

/** Every word of a text as a stem, in order, with repetitions. */
export function wordsOf(text: string): string[] {
  return parts(text).map(stemOf);
}

/** The meaningful words of a question as stems, each once. */
export function contentWords(question: string): string[] {
  return [
    ...new Set(
      parts(question)
        .filter((word) => !stopWords.has(word))
        .map(stemOf),
    ),
  ];
}

/** Names in a question that can only be code: back-ticked, CamelCase, snake_case, dotted or called; their last part only. */
export function namesIn(question: string): string[] {
  const found = question.match(/[\p{L}_$][\p{L}\p{N}_$]*(?:\.[\p{L}_$][\p{L}\p{N}_$]*)*(?:\(\))?/gu) ?? [];
  const ticked = new Set([...question.matchAll(/`([^`]+)`/g)].map((match) => (match[1] ?? '').replace(/\(\)$/, '')));
  const names = found
    .map((name) => ({ name: name.replace(/\(\)$/, ''), called: name.endsWith('()') }))
    .filter(({ name, called }) => called || ticked.has(name) || looksLikeCode(name))
    .map(({ name }) => name.slice(name.lastIndexOf('.') + 1));
  return [...new Set(names)];
}

/** Words with a capital that does not open the sentence, and a question that is one word: names, where code defines them. */
export function capitalised(question: string): string[] {
  const only = /^[\p{L}_$][\p{L}\p{N}_$]*$/u.exec(question.trim());
  if (only) return [only[0]];
  return [...new Set([...question.matchAll(/(?<=\S\s+)\p{Lu}[\p{L}\p{N}_$]+/gu)].map(([name]) => name))];
}

/** True for CamelCase with two humps, snake_case and dotted names. */
export function looksLikeCode(word: string): boolean {
  return (
    /\p{Ll}\p{Lu}/u.test(word) ||
    /\p{Lu}{2,}\p{Ll}{2,}/u.test(word) ||
    /[\p{L}\d]_[\p{L}\d]/u.test(word) ||
    /\p{L}\.\p{L}/u.test(word)
  );
}
