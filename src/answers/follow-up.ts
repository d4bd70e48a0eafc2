/** Follow-up questions: one that only refers back ("and where is it called?") is searched with the words of the question before. */
import type { Turn } from '../protocol/answers.ts';
import { contentWords, looksLikeCode, namesIn } from './words.ts';

const refers = /\b(?:it|its|they|them|their|this|that|these|those|there|he|she|same|above|former|latter)\b/i;
const continues = /^\s*(?:and|but|or|so|also|then|why|how so|how come|what about|what else|where else|who else)\b/i;
/** A question with more words of its own than this says itself what it is about. */
const fewWords = 2;

/**
 * The text to search for. The rule: a question with earlier turns that names no code and has at most two meaningful words, and
 * refers back by a pronoun or begins as a continuation, or has no meaningful word at all, takes the previous question along;
 * when that one referred back too, so does the one before it.
 */
export function searchText(question: string, history: readonly Turn[] = []): string {
  const previous = history.at(-1);
  if (!previous || !refersBack(question)) return question;
  return `${searchText(previous.question, history.slice(0, -1))} ${question}`;
}

function refersBack(question: string): boolean {
  if (namesIn(question).length > 0 || question.split(/\s+/).some((word) => looksLikeCode(word))) return false;
  const words = contentWords(question).length;
  if (words === 0) return true;
  return words <= fewWords && (refers.test(question) || continues.test(question));
}
