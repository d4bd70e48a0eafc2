/**
 * What a question is about, told from the words around it: topics, names of code, and words that are not ordinary English. Each
 * is a subject with the forms in which a repository would hold it.
 */
import { partsOf, stemOf } from '../../../index/terms/words.ts';
import { contentWords, looksLikeCode } from '../../code/words.ts';
import { isOrdinary } from './ordinary-words.ts';
import { topicsIn } from './topics.ts';

export interface Subject {
  /** As the question writes it. */
  readonly text: string;
  /** `verb`: tells what is done rather than what is asked for. */
  readonly kind: 'topic' | 'name' | 'word' | 'verb' | 'ordinary';
  /** The forms of the question's own spelling. */
  readonly own: readonly string[];
  /** Words and joined names in lower case: the subject occurs where one of them does. */
  readonly forms: readonly string[];
  /** Words next to each other, by which it occurs too. */
  readonly phrases: readonly string[];
}

const word = /`[^`\n]+`|[\p{L}\p{N}_$][\p{L}\p{N}_$.]*(?:\(\))?(?:[-/][\p{L}\p{N}_$]+)*/gu;

/** The subjects of a question in their order, each once. */
export function subjectsOf(question: string): Subject[] {
  const topics = topicsIn(question);
  const found: { readonly start: number; readonly subject: Subject }[] = topics.map(({ topic, text, start }) => {
    const spellings = [...new Set([text.toLowerCase(), ...topic.asked, ...topic.spelled])];
    return { start, subject: { text, kind: 'topic', own: ownForms(text), ...formsOf(spellings) } };
  });
  const verb = verbAt(question);
  for (const match of question.matchAll(word)) {
    const start = match.index;
    if (topics.some((topic) => start < topic.end && topic.start < start + match[0].length)) continue;
    const ticked = match[0].startsWith('`');
    const text = match[0].replaceAll('`', '').replace(/\(\)$|[.]+$/g, '');
    const isName = ticked || match[0].endsWith('()') || isMarked(text, start === firstWord(question));
    if (isName && /[\p{L}]/u.test(text)) {
      // `Retry-After` is one name, and a repository that has it has both words next to each other.
      if (!ticked && /^\p{Lu}[\p{L}\p{N}]*(?:-\p{Lu}[\p{L}\p{N}]*)+$/u.test(text)) {
        found.push({ start, subject: { text, kind: 'name', own: ownForms(text), ...formsOf([text.toLowerCase()]) } });
        continue;
      }
      // Of a qualified name and of a path the last part tells.
      const names = ticked ? [text.split(/\s|\./).at(-1) ?? text] : text.split(/[-/]|\.(?=[\p{L}_])/u);
      for (const name of names) found.push({ start, subject: nameOf(name.replaceAll(/[^\p{L}\p{N}_$]/gu, '')) });
      continue;
    }
    for (const part of text.split(/[^\p{L}\p{N}]+/u)) {
      const [stem] = contentWords(part);
      if (stem === undefined || /^\d+$/.test(part)) continue;
      const isVerb = start === verb || isModifier(question, start, match[0].length);
      const kind = isOrdinary(stem) ? 'ordinary' : isVerb ? 'verb' : 'word';
      found.push({
        start,
        subject: { text: part, kind, own: [part.toLowerCase()], forms: related(part.toLowerCase()), phrases: [] },
      });
    }
  }
  const seen = new Set<string>();
  return found
    .toSorted((a, b) => a.start - b.start)
    .map(({ subject }) => subject)
    .filter(({ text, forms }) => {
      const key = stemOf(text.toLowerCase());
      if (forms.length === 0 || seen.has(key)) return false;
      seen.add(key);
      return true;
    });
}

/** Where the verb of "How does X do …" stands, whose subject is one word; -1 when it cannot be told. */
function verbAt(question: string): number {
  const asked =
    /^\W*(?:how|why|when|where|what)\s+(?:does|do|did|can|could|will|would|should)\s+(?:(?:the|a|an|this|its?)\s+)?\S+\s+(?=\p{L})/iu.exec(
      question,
    );
  return asked ? asked[0].length : -1;
}

/** A participle before a noun ("for mistyped input") describes what is asked for; it is not what is asked for. */
function isModifier(question: string, start: number, length: number): boolean {
  return (
    /(?:ed|ing)$/.test(question.slice(start, start + length)) &&
    /^ \p{L}/u.test(question.slice(start + length)) &&
    !/^ (?:in|on|by|to|from|for|at|of|with|into|over|when|if|as|and|or|through|under|before|after)\b/.test(
      question.slice(start + length),
    )
  );
}

function firstWord(question: string): number {
  return /[\p{L}\p{N}`]/u.exec(question)?.index ?? 0;
}

/** Capitals, signs and digits that a word of prose has not. */
function isMarked(text: string, isFirst: boolean): boolean {
  if (looksLikeCode(text) || /\p{Lu}{2,}/u.test(text) || /\p{L}\p{N}/u.test(text)) return true;
  return !isFirst && /^\p{Lu}\p{Ll}/u.test(text);
}

function nameOf(name: string): Subject {
  const lower = name.toLowerCase();
  const parts = partsOf(name);
  const forms = parts.length > 1 ? [lower, parts.join('_')] : related(lower);
  if (lower === '') return { text: name, kind: 'name', own: [], forms: [], phrases: [] };
  return { text: name, kind: 'name', own: [lower], forms: [...new Set(forms)], phrases: [lower] };
}

/** A word and its stem in both spellings of English; of long ones also the beginning that its other forms share (`recovery`). */
function related(lower: string): string[] {
  const forms = new Set<string>();
  for (const word of spellings(lower)) {
    const stem = stemOf(word);
    const shared = stem.replace(/(?:ation|ition|ion|eri|er|or|iti|ic|al|i|e)$/, '');
    forms.add(word);
    forms.add(stem);
    if (shared.length >= 5) forms.add(`${shared}*`);
  }
  return [...forms];
}

/** Endings that the two spellings write differently. */
const endings = [
  ['our', 'or'],
  ['ours', 'ors'],
  ['oured', 'ored'],
  ['ouring', 'oring'],
  ['ise', 'ize'],
  ['ises', 'izes'],
  ['ised', 'ized'],
  ['ising', 'izing'],
  ['isation', 'ization'],
  ['lled', 'led'],
  ['lling', 'ling'],
  ['ence', 'ense'],
  ['tre', 'ter'],
  ['ogue', 'og'],
  ['grey', 'gray'],
] as const;

/** The word as it is spelled, and as the other spelling has it. */
function spellings(lower: string): string[] {
  const others = endings.flatMap((pair) =>
    [pair, pair.toReversed()].flatMap(([from = '', to = '']) =>
      lower.endsWith(from) ? [lower.slice(0, lower.length - from.length) + to] : [],
    ),
  );
  return [lower, ...others];
}

/** A topic's own words, joined in both ways. */
function ownForms(text: string): string[] {
  const words = text.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return [...new Set([words.join('_'), words.join('')])];
}

function formsOf(spellings: readonly string[]): Pick<Subject, 'forms' | 'phrases'> {
  const forms = new Set<string>();
  const phrases: string[] = [];
  for (const spelling of spellings) {
    if (spelling.endsWith('*')) {
      forms.add(spelling);
      continue;
    }
    const words = spelling.split(/[^\p{L}\p{N}]+/u).filter((part) => part !== '');
    const [only] = words;
    if (words.length === 1 && only !== undefined) {
      forms.add(only);
      forms.add(stemOf(only));
      // `gRPC` falls into a letter and a word, and only the phrase finds it whole.
      phrases.push(only);
    } else {
      forms.add(words.join('_'));
      const joined = words.join('');
      if (joined.length >= 8) forms.add(joined);
      phrases.push(words.join(' '));
    }
  }
  return { forms: [...forms], phrases };
}
