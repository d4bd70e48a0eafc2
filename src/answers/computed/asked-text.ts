/** A question as forms read it: without politeness and the repository's mention, with what its opening asks for. */

import { type Sentence, joined } from '../../base/sentences.ts';

export interface AskedText {
  /** The whole, cleaned: `which classes implement Reader`. */
  readonly whole: string;
  /**
   * What is asked for, behind `list every`, `what are the`, `which`, `how many`: `classes implement Reader`; null: it opens in no
   * such way.
   */
  readonly listed: string | null;
}

const polite =
  /^(?:(?:please|can you|could you|would you|i(?:'d| would)? (?:like|want|need)(?: you)? to(?: know| see)?|tell me(?= (?:which|what|who|where|how)\b))[\s,]+)+/i;
const mention =
  /\s+(?:(?:in|of|by|from|across|within|throughout|inside)\s+)?(?:this|the|our|that)\s+(?:whole\s+|entire\s+)?(?:repositor(?:y|ies)|repo|code ?base|project|source(?: code)?)$/i;
const listing =
  /^(?:(?:list|enumerate|print|name|give|tell|show|find|get|collect|count)\s+(?:(?:me|us|out|up)\s+)*(?:a\s+(?:full\s+|complete\s+)?list\s+of\s+|the\s+(?:full\s+|complete\s+)?list\s+of\s+)?(?<all>(?:all|every|each)(?:\s+of)?(?:\s+the)?\s+|the\s+)?|(?:all|every)(?:\s+of)?(?:\s+the)?\s+|(?<are>what|which)\s+(?:are|were|is)\s+(?:all\s+)?(?:of\s+)?the\s+(?:different\s+|various\s+|possible\s+(?=values?))?|(?<which>which|what)\s+|how many\s+(?:different\s+)?|(?:what is\s+)?the number of\s+)/i;

export function askedText(question: string): AskedText {
  const whole = question
    .trim()
    .replaceAll(/[“”]/g, '"')
    .replaceAll('’', "'")
    .replaceAll(/\s+/g, ' ')
    .replace(/[\s?.!:]+$/, '')
    .replace(polite, '')
    .replace(mention, '')
    .trim();
  const match = listing.exec(whole);
  const opens = match?.[0] ?? '';
  // `Show the parser` and `find a bug` want no list: these verbs need `all` or a plural with `the` before a list is meant.
  const isList =
    match !== null &&
    (!/^(?:name|give|tell|show|find|get|print)\b/i.test(opens) ||
      match.groups?.['all'] !== undefined ||
      /list of/i.test(opens));
  return {
    whole: whole.replace(/^(?:and|so|now|then)\s+/i, ''),
    listed: isList
      ? whole
          .slice(opens.length)
          .replace(/^(?:and )?(?:count |list )?(?:all|every|each) (?:the )?/i, '')
          .trim()
      : null,
  };
}

/** What was asked for as the beginning of a sentence; text, not code. */
export function askedWords(listed: string): Sentence {
  return joined([listed.replace(/^\p{Ll}/u, (first) => first.toUpperCase())], '');
}

/** A noun phrase in the plural, as a heading says it. */
export function manyOf(phrase: string): string {
  return phrase.replace(/(\p{L})$/u, (last) => (last === 's' ? last : last === 'y' ? 'ies' : `${last}s`));
}
