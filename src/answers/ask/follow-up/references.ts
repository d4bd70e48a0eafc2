/**
 * What in a question refers back to the turns before it: "it", "that function", "the second one", "and in the tests?". Only the
 * question's own words are looked at; what they mean is for referents.ts.
 *
 * A pronoun refers back when nothing before it in the question can be meant: by the rule that a pronoun is not the subject or
 * object of its own clause (principle B of binding theory, Chomsky 1981), that is a noun of the same number in an earlier clause.
 */
import { stemOf } from '../../../index/terms/words.ts';
import { contentWords } from '../../code/words.ts';
import { hasAntecedent, isExpletive } from './antecedents.ts';
import { type Token, isAuxiliary, isContent, isFunctionWord, tokensOf } from './tokens.ts';
import {
  type Kind,
  asks,
  continuing,
  demonstratives,
  kindOf,
  numerals,
  ofAnswer,
  orders,
  ordinals,
  partsOfCode,
  pluralPronouns,
  possessives,
  prepositions,
  singularPronouns,
  verbsOfCode,
  whole,
} from './vocabulary.ts';

/** Where the words stand that refer back; UTF-16 offsets, `end` exclusive. */
interface Words {
  readonly start: number;
  readonly end: number;
}

export type Reference = Words &
  (
    | /** "the second one", "the last function": `at` from 0, or from the end when it is negative. */ {
        readonly how: 'order';
        readonly at: number;
        readonly count: number;
        readonly kind: Kind | null;
        /** "the former", "the latter": of what was compared. */
        readonly compares: boolean;
      }
      /** "[2]", "source 2": the number that the answer gave it. */
    | { readonly how: 'number'; readonly number: number }
    | { readonly how: 'kind'; readonly kind: Kind; readonly many: boolean; /** As a stem. */ readonly noun: string }
    /** What the turn before is about; `isPossessive` for "its". */
    | { readonly how: 'subject'; readonly many: boolean; readonly isPossessive: boolean }
    /** The one of several that was not spoken of. */
    | { readonly how: 'other' }
    /** The question goes on from the one before and says only what is different. */
    | { readonly how: 'rest' }
  );

/** A question with more words of its own says itself what it is about, whatever pronouns it has. */
const mostOwnWords = 7;
/** "Does the function close the connection?": with more words it may be any function. */
const mostBesideKind = 1;
/** "And …" with more words than this is a question of its own. */
const mostContinued = 2;
/** What begins with a preposition and has no verb is a part of a question, up to this many words. */
const mostOfFragment = 4;

/**
 * The references of a question in its order; empty for one that stands by itself.
 * @param names the names of code in the question that some repository defines
 */
export function referencesIn(question: string, names: readonly string[]): Reference[] {
  const tokens = tokensOf(question, names);
  const own = contentWords(question);
  const named = tokens.some(({ isCode }) => isCode);
  const found: Reference[] = [];
  for (const [at, token] of tokens.entries()) {
    if (found.some(({ end }) => token.start < end)) continue;
    const reference =
      orderAt(tokens, at) ?? (own.length > mostOwnWords ? null : (kindAt(tokens, at) ?? wordAt(tokens, at)));
    if (reference) found.push(reference);
  }
  if (found.length > 0) return found;
  const rest: Reference = { how: 'rest', start: question.length, end: question.length };
  if (continues(tokens, own.length)) return [rest];
  if (named) return [];
  if (own.length === 0) return [rest];
  // A few words without a question are searched for as they are.
  const isAsked = tokens.some(({ word }) => asks.has(word) || isAuxiliary(word) || orders.has(word) || word === '?');
  return isAsked && own.every((word) => partsOfCode.has(word))
    ? [{ how: 'subject', many: false, isPossessive: false, start: question.length, end: question.length }]
    : [];
}

/** Whether a noun phrase is over: at the end, or before what is no noun. */
function endsPhrase(token: Token | undefined): boolean {
  return !token || isFunctionWord(token.word) || !isContent(token);
}

/** "the second one", "the last function", "the latter", "the other one", "[2]". */
function orderAt(tokens: readonly Token[], at: number): Reference | null {
  const token = tokens[at];
  if (!token) return null;
  const number =
    /^\[(\d{1,3})\]$/.exec(token.word)?.[1] ??
    (/^(?:source|number|nr|no)$/.test(token.word) ? /^\d{1,3}$/.exec(tokens[at + 1]?.word ?? '')?.[0] : undefined);
  if (number !== undefined)
    return {
      how: 'number',
      number: Number(number),
      start: token.start,
      end: token.word.startsWith('[') ? token.end : (tokens[at + 1]?.end ?? token.end),
    };
  if (token.word !== 'the' && token.word !== 'that') return null;
  const next = tokens[at + 1];
  if (!next || next.isCode) return null;
  const spans = (last: Token): Words => ({ start: token.start, end: last.end });
  if (next.word === 'former') return { how: 'order', at: 0, count: 1, kind: null, compares: true, ...spans(next) };
  if (next.word === 'latter') return { how: 'order', at: -1, count: 1, kind: null, compares: true, ...spans(next) };
  const after = tokens[at + 2];
  const further = tokens[at + 3];
  // "The first function of the file" says itself which.
  const isNoun =
    after &&
    (kindOf(after) !== null || ofAnswer.has(after.word)) &&
    further?.word !== 'of' &&
    endsPhraseOrVerb(further);
  const noun = after && (/^ones?$/.test(after.word) || isNoun) ? after : null;
  // "How do the two differ?"
  if (numerals[next.word] !== undefined && !after?.isCode && endsPhraseOrVerb(after))
    return { how: 'order', at: 0, count: numerals[next.word] ?? 2, kind: null, compares: true, ...spans(next) };
  if (next.word === 'other') {
    if (noun) return { how: 'other', ...spans(noun) };
    return !after || isAuxiliary(after.word) || !isContent(after) ? { how: 'other', ...spans(next) } : null;
  }
  const ordinal = ordinals.findIndex((words) => words.includes(next.word));
  const from = next.word === 'last' || next.word === 'final' ? -1 : ordinal < 0 ? null : ordinal;
  if (from === null) return null;
  // "the first two", "the last three ones"
  const count = after ? numerals[after.word] : undefined;
  if (after && count !== undefined) {
    const last = further && (/^ones?$/.test(further.word) || kindOf(further)) ? further : after;
    if (last === after && !endsPhraseOrVerb(further)) return null;
    return {
      how: 'order',
      at: from < 0 ? -count : from,
      count,
      kind: kindOf(further)?.kind ?? null,
      compares: false,
      ...spans(last),
    };
  }
  if (noun)
    return { how: 'order', at: from, count: 1, kind: kindOf(noun)?.kind ?? null, compares: false, ...spans(noun) };
  // "What does the second do?", "and the last?"
  return !after || isAuxiliary(after.word) || (!after.isCode && !isContent(after))
    ? { how: 'order', at: from, count: 1, kind: null, compares: false, ...spans(next) }
    : null;
}

function endsPhraseOrVerb(token: Token | undefined): boolean {
  return endsPhrase(token) || (token !== undefined && verbsOfCode.test(token.word));
}

/** "that function", "these classes", and "the function" where nothing more is said of it. */
function kindAt(tokens: readonly Token[], at: number): Reference | null {
  const token = tokens[at];
  const noun = tokens[at + 1];
  const kind = kindOf(noun);
  if (!token || !noun || !kind || token.isCode) return null;
  const words = { start: token.start, end: noun.end };
  if (demonstratives.has(token.word)) {
    // "Code that functions"; and a name before it is what is meant.
    if ((token.word === 'that' && kind.many) || tokens.slice(0, at).some(({ isCode }) => isCode)) return null;
    return {
      how: 'kind',
      noun: stemOf(noun.word),
      kind: kind.kind,
      many: kind.many || /^(?:these|those)$/.test(token.word),
      ...words,
    };
  }
  if (token.word === 'same' && tokens[at - 1]?.word === 'the')
    return {
      how: 'kind',
      noun: stemOf(noun.word),
      kind: kind.kind,
      many: kind.many,
      start: tokens[at - 1]?.start ?? words.start,
      end: words.end,
    };
  const isKnown = token.word === 'the' && (kind.kind === 'function' || kind.kind === 'type') && !kind.many;
  const next = tokens[at + 2];
  const isAlone = next === undefined || next.word === '?' || next.word === '.' || verbsOfCode.test(next.word);
  const others = tokens.filter((one) => isContent(one) && !verbsOfCode.test(one.word) && one !== noun);
  return isKnown && isAlone && others.length <= mostBesideKind
    ? { how: 'kind', noun: stemOf(noun.word), ...kind, ...words }
    : null;
}

/** "that" which begins a clause: "the function that parses", "make sure that". */
function isRelative(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  if (!before) return false;
  // "Switch that off", "test that?": nothing follows that a clause could begin with.
  const next = tokens[at + 1]?.word;
  if (next === undefined || /^(?:off|on|up|down|out|back|away|[?!.,;])$/.test(next)) return false;
  if (before.isCode || isContent(before)) return true;
  // "those that", "one that", "it that", "so that"
  return /^(?:those|these|one|ones|it|so|such|something|anything|everything|way)$/.test(before.word);
}

/** A pronoun, or "this", "those" for one. */
function wordAt(tokens: readonly Token[], at: number): Reference | null {
  const token = tokens[at];
  if (!token || token.isCode) return null;
  const { word, start, end } = token;
  const next = tokens[at + 1];
  if (word === 'there') {
    const exists = [tokens[at - 1]?.word, next?.word].some((near) => near !== undefined && isAuxiliary(near));
    return exists || hasAntecedent(tokens, at, false, false)
      ? null
      : { how: 'subject', many: false, isPossessive: false, start: end, end };
  }
  if (demonstratives.has(word)) {
    if (next && (whole.has(next.word) || /^(?:that|which|who|of|way)$/.test(next.word))) return null;
    if (word === 'that' && isRelative(tokens, at)) return null;
    // A code name after it is what is meant.
    if (next?.isCode) return null;
    const many = word === 'these' || word === 'those';
    return hasAntecedent(tokens, at, many, false) ? null : { how: 'subject', many, isPossessive: false, start, end };
  }
  if (/^ones?$/.test(word)) return oneAt(tokens, at);
  const many = pluralPronouns.has(word);
  if (!many && !singularPronouns.has(word)) return null;
  // "Both A and B" says itself what it means.
  if (word === 'both' && tokens.slice(at).some((one) => one.word === 'and')) return null;
  if (isExpletive(tokens, at)) return null;
  const isPossessive = possessives.has(word);
  return hasAntecedent(tokens, at, many, isPossessive) ? null : { how: 'subject', many, isPossessive, start, end };
}

/** "the streaming one", "one of my own", "add one". */
function oneAt(tokens: readonly Token[], at: number): Reference | null {
  const token = tokens[at];
  const next = tokens[at + 1];
  if (!token || !tokens[at - 1]) return null;
  const isMine = next?.word === 'of' && /^(?:my|our|your)$/.test(tokens[at + 2]?.word ?? '');
  const isLast =
    !next || next.word === '?' || isAuxiliary(next.word) || next.word === 'instead' || next.word === 'myself';
  if (!isMine && !isLast) return null;
  return hasAntecedent(tokens, at, false, false) ? null : { how: 'rest', start: token.start, end: token.start };
}

/** "And in the tests?", "what about gzip?", "for POST?", "what else?" */
function continues(tokens: readonly Token[], own: number): boolean {
  const [first, second] = tokens;
  if (!first) return false;
  if ((first.word === 'what' || first.word === 'how') && second?.word === 'about') return true;
  if (first.word === 'what' && second?.word === 'if' && own <= mostOfFragment) return true;
  if (second?.word === 'else' && own <= mostContinued) return true;
  const isFragment = (rest: readonly Token[]): boolean => !rest.some(({ word }) => asks.has(word) || isAuxiliary(word));
  if (continuing.has(first.word)) {
    const rest = tokens.slice(1);
    if (rest[0]?.word === 'what' && rest[1]?.word === 'about') return true;
    if (rest.some(({ isCode }) => isCode)) return isFragment(rest);
    return (isFragment(rest) && own <= mostOfFragment) || own <= mostContinued;
  }
  return (
    prepositions.has(first.word) && isFragment(tokens) && own <= mostOfFragment && !tokens.some(({ isCode }) => isCode)
  );
}
