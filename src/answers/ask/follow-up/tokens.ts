/** The words of a question in their order, each with its place: what the rules for references look at. */
import { looksLikeCode } from '../../code/words.ts';

export interface Token {
  /** Lower-cased; a name of code without backticks and brackets. */
  readonly word: string;
  /** UTF-16 offsets, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  /** A name of code: written as one, or defined in a repository. */
  readonly isCode: boolean;
}

const auxiliaries = new Set(
  'is are was were be been being am do does did has have had can could will would shall should may might must'.split(
    ' ',
  ),
);
const functionWords = new Set(
  (
    'a an the this that these those each every any some another no not of to for in on with from by about between into at as under over ' +
    'within without against during via than what which who whose whom where when why how and or but so also then plus if while because ' +
    'before after once until unless though although i you we he she it its they them their theirs me my your our us one ones there ' +
    'here else more most other same such only just ever never always instead again too yes please both all many much few several enough often really actually exactly still already now'
  ).split(' '),
);

export function tokensOf(question: string, names: readonly string[]): Token[] {
  const known = new Set(names);
  const pattern = /`[^`\n]+`|\[\d+\]|[\p{L}\p{N}_$]+(?:['’./-][\p{L}\p{N}_$]+)*(?:\(\))?|[?!.,;:]/gu;
  return [...question.matchAll(pattern)].map((match): Token => {
    const [raw] = match;
    const bare = raw.replace(/^`|`$/g, '').replace(/\(\)$/, '');
    const isCode =
      raw.startsWith('`') ||
      raw.endsWith('()') ||
      looksLikeCode(bare) ||
      known.has(bare) ||
      known.has(bare.split('.').at(-1) ?? '');
    return { word: bare.toLowerCase(), start: match.index, end: match.index + raw.length, isCode };
  });
}

export function isAuxiliary(word: string): boolean {
  return auxiliaries.has(word);
}

export function isFunctionWord(word: string): boolean {
  return functionWords.has(word) || auxiliaries.has(word);
}

/** A word that carries meaning of its own; no name of code. */
export function isContent({ word, isCode }: Token): boolean {
  return !isCode && !isFunctionWord(word) && /^[\p{L}\p{N}]/u.test(word);
}
