/** What a clause says happens, and what it says does not: `F` is called, `None` is returned, an error is raised, nothing is done. */
import { type Mention, mentionsIn } from './mentions.ts';

export type Deed = 'any' | 'called' | 'set' | 'deleted' | 'checked' | 'returned' | 'raised' | 'left' | 'nothing';

export interface Consequence {
  /** What it is done with; null: a literal is returned, or something that has no name is raised. */
  readonly of: Mention | null;
  readonly deed: Deed;
  /** What it is set to, or the literal that is returned; `error`: an error value. */
  readonly value: string | null;
  readonly isNegated: boolean;
}

export const literal = /^(?:true|false|none|nil|null|undefined)$/i;
const participles = String.raw`(?:\w+ed|run|set|sent|read|written|shown|thrown|made|kept|put|taken|built|given|done|hit|begun|found|cut|left)`;
const negatedVerb = new RegExp(
  String.raw`\b(?:(?:is|are|gets?|was|will be|being) (?:\w+ly )?(?:not|never|no longer) (?:\w+ly )?(?:be )?${participles}|(?:does not|doesn't|do not|don't|never|cannot|will not|no longer) (?:\w+ly )?(?!only|just)[a-z]+|without)\b`,
  'i',
);
const negatedSubject = /^\W*(?:and |then )?(?:no|neither|nothing)\b/i;
const leavingOut =
  /⟦\d+⟧(?: itself)? (?:is|are) (?:simply |just |then )?(?:skipped|ignored|omitted|left out|bypassed|disregarded)\b/i;
const another = /\b(?:only|just|merely|otherwise|else|again|twice|once|directly|yet|necessarily|always)\b/i;

/** @param clause a piece of a skeleton */
export function consequencesIn(clause: string, mentions: readonly Mention[]): Consequence[] {
  const found: Consequence[] = [];
  let isNegated = false;
  for (const piece of clause.split(/;|,|\band\b|\bbut\b|(?=\bwithout\b)|\binstead of\b.*$/)) {
    const hasVerb = /\b(?:is|are|was|\w+s|does|do|without|no)\b/.test(piece.replaceAll(/⟦\d+⟧/g, ' '));
    if (hasVerb) {
      const isNot = negatedVerb.test(piece) || negatedSubject.test(piece) || leavingOut.test(piece);
      // "is not a leader": nothing is done, and nothing is said not to be done.
      if (!isNot && /\b(?:not|never|neither|nor)\b/i.test(piece)) continue;
      if (isNot && another.test(piece.replaceAll(/⟦\d+⟧/g, ' '))) continue;
      isNegated = isNot;
    }
    found.push(...consequencesOfPiece(piece, mentions, isNegated));
  }
  return found;
}

function consequencesOfPiece(piece: string, mentions: readonly Mention[], isNegated: boolean): Consequence[] {
  const found: Consequence[] = [];
  const words = piece.replaceAll(/⟦\d+⟧/g, '⟧');
  if (/\b(?:does nothing|do nothing|nothing (?:is done|happens)|no-op)\b|\bwithout doing anything\b/i.test(words))
    return [{ of: null, deed: 'nothing', value: null, isNegated: false }];
  if (
    /\breturns?\b (?:early|immediately|at once|right away|straight away)\b/i.test(words) &&
    !/⟧/.test(words.split(/\breturns?\b/)[1] ?? '')
  )
    return [{ of: null, deed: 'left', value: null, isNegated }];
  const word =
    /\b(?:returns?|answers|gives?|yields?) (?:back |just |simply |plain )*(true|false|nil|null|none|undefined|an? (?:\w+ )?error)\b/i.exec(
      words,
    )?.[1] ?? /\b(true|false|nil|null|none|undefined|an? (?:\w+ )?error) (?:is|gets) returned\b/i.exec(words)?.[1];
  if (word !== undefined)
    found.push({ of: null, deed: 'returned', value: /error$/i.test(word) ? 'error' : word, isNegated });
  const isRaised =
    /\b(?:error|exception)s? (?:is|are|gets) (?:raised|thrown)\b/i.test(words) ||
    /\b(?:throws?|raises?|panics?)\b(?! (?:an? |the )?(?:\w+ )?⟧)/i.test(words);
  if (isRaised && !/⟧ (?:is|are) (?:raised|thrown)/i.test(words))
    found.push({ of: null, deed: 'raised', value: null, isNegated });

  const numbers = mentionsIn(piece);
  for (const [at, number] of numbers.entries()) {
    const mention = mentions[number];
    if (!mention) continue;
    const before = mentions[numbers[at - 1] ?? -1];
    // What another one is set to is no deed of its own.
    if (before?.value != null && before.value === mention.text) continue;
    if (literal.test(mention.text)) {
      const isReturned = /\b(?:return|yield|answer|give|result)/i.test(words);
      if (
        isReturned &&
        (before === undefined ||
          literal.test(before.text) ||
          !new RegExp(String.raw`⟦${numbers[at - 1] ?? 0}⟧ (?:is|are|to|=)`).test(piece))
      )
        found.push({ of: null, deed: 'returned', value: mention.text, isNegated });
      continue;
    }
    const next = mentions[numbers[at + 1] ?? -1];
    const isPair =
      next !== undefined &&
      literal.test(next.text) &&
      new RegExp(String.raw`⟦${number}⟧ (?:is|are|to|becomes|=) (?:set to )?⟦${numbers[at + 1] ?? 0}⟧`, 'i').test(
        piece,
      );
    const value = mention.value ?? (isPair ? next.text : null);
    found.push({ of: mention, deed: deedOf(piece, number, mention), value, isNegated });
  }
  return found;
}

function deedOf(piece: string, number: number, { how }: Mention): Deed {
  if (how !== null) return how;
  const is = (verbs: string, participle: string): boolean =>
    new RegExp(
      String.raw`\b(?:${verbs})(?: (?:back|only|just|a|an|the|new|with))* ⟦${number}⟧|⟦${number}⟧(?: \w+){0,2} (?:is|are|gets|was|be|being)(?: \w+){0,2} (?:${participle})\b`,
      'i',
    ).test(piece);
  if (is('returns?|returning', 'returned')) return 'returned';
  if (is('raises?|throws?|raising|throwing|panics?', 'raised|thrown')) return 'raised';
  if (is('calls?|invokes?|runs?|calling|invoking', 'called|invoked|run|executed')) return 'called';
  return 'any';
}
