/**
 * Splits text before merging, so that no token crosses a boundary: regular expressions one after the other, each within the
 * pieces before it; what an expression matches and what lies between two matches are pieces (the tokenizers library calls
 * that "isolated").
 */

/**
 * The expressions of tokenizer files are those of Rust and Oniguruma. In JavaScript `\s` differs by two characters, `(?i:…)`
 * is not known to every runtime, and possessive quantifiers are not known at all (without them the same text matches in the
 * expressions that use them, for what follows can never match what they hold).
 * @throws SyntaxError when JavaScript has no such expression
 */
export function compileSplit(source: string): RegExp {
  const translated = source
    .replace(/\(\?i:((?:[^()\\]|\\.)*)\)/g, (_, body: string) => `(?:${anyCase(body)})`)
    .replace(
      /(\\.|\[(?:\\.|[^\]\\])*\])|(\{[\d,]+\}|[+*?])\+/gs,
      (_, kept?: string, quantifier?: string) => kept ?? quantifier ?? '',
    )
    .replace(/\\s/g, '\\p{White_Space}')
    .replace(/\\S/g, '\\P{White_Space}')
    .replace(/\\p\{Han\}/g, '\\p{Script=Han}');
  return new RegExp(translated, 'gu');
}

/** Letters stand for both cases; K and S have a third form each (Kelvin sign, long s), as in Rust. */
function anyCase(body: string): string {
  return body.replace(/\\.|\[[^\]]*\]|[A-Za-z]/g, (part) => {
    if (/^\[[A-Za-z]+\]$/.test(part)) return `[${part.slice(1, -1).toLowerCase()}${part.slice(1, -1).toUpperCase()}]`;
    if (part.length > 1) return part;
    const extra = part.toLowerCase() === 's' ? 'ſ' : part.toLowerCase() === 'k' ? '\u212a' : '';
    return `[${part.toLowerCase()}${part.toUpperCase()}${extra}]`;
  });
}

export class TextSplitter {
  readonly #patterns: readonly RegExp[];

  /** @param patterns global expressions; with none the text stays whole */
  constructor(patterns: readonly RegExp[]) {
    this.#patterns = patterns;
  }

  split(text: string): readonly string[] {
    let pieces: readonly string[] = text.length === 0 ? [] : [text];
    for (const pattern of this.#patterns) {
      if (pieces.length === 1 && pieces[0] !== undefined) pieces = splitOne(pieces[0], pattern);
      else pieces = pieces.flatMap((piece) => splitOne(piece, pattern));
    }
    return pieces;
  }
}

function splitOne(text: string, pattern: RegExp): readonly string[] {
  pattern.lastIndex = 0;
  const matches = text.match(pattern);
  if (!matches) return [text];
  let matched = 0;
  for (const match of matches) matched += match.length;
  // Most expressions match everything; an empty match is a place to cut at.
  if (matched === text.length && !matches.includes('')) return matches;
  const pieces: string[] = [];
  let start = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > start) pieces.push(text.slice(start, match.index));
    if (match[0].length > 0) pieces.push(match[0]);
    start = match.index + match[0].length;
  }
  if (start < text.length) pieces.push(text.slice(start));
  return pieces;
}

/** What becomes of the text that an expression matches, in the words of the tokenizer.json format. */
export type SplitBehavior = 'Removed' | 'Isolated' | 'MergedWithPrevious' | 'MergedWithNext' | 'Contiguous';

/** One step of splitting. @param inverted the expression matches what lies between the separators */
export function splitBy(
  pattern: RegExp,
  behavior: SplitBehavior,
  inverted: boolean,
): (text: string) => readonly string[] {
  if (behavior === 'Isolated') return (text) => (text.length === 0 ? [] : splitOne(text, pattern));
  return (text) => {
    const pieces: string[] = [];
    let isAfterMatch = false;
    let waiting = '';
    for (const { part, isMatch } of parts(text, pattern)) {
      const isSeparator = isMatch !== inverted;
      if (behavior === 'MergedWithNext') {
        if (isSeparator) {
          if (waiting.length > 0) pieces.push(waiting);
          waiting = part;
        } else {
          pieces.push(waiting + part);
          waiting = '';
        }
      } else if (isSeparator && behavior === 'Removed') continue;
      else if (isSeparator && pieces.length > 0 && (behavior === 'MergedWithPrevious' ? !isAfterMatch : isAfterMatch))
        pieces.push(`${pieces.pop() ?? ''}${part}`);
      else pieces.push(part);
      isAfterMatch = isSeparator;
    }
    if (waiting.length > 0) pieces.push(waiting);
    return pieces;
  };
}

function* parts(text: string, pattern: RegExp): Generator<{ part: string; isMatch: boolean }, void, undefined> {
  let start = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > start) yield { part: text.slice(start, match.index), isMatch: false };
    if (match[0].length > 0) yield { part: match[0], isMatch: true };
    start = match.index + match[0].length;
  }
  if (start < text.length) yield { part: text.slice(start), isMatch: false };
}
