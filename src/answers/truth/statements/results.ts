/** What a sentence says that a definition returns, answers with or sets, and that it never fails. */
import type { Claim } from './claim.ts';
import { literal } from './consequences.ts';
import type { Skeleton } from './mentions.ts';
import { isNarrowed, subjectOf } from './uses.ts';

const nouns = '(?: (?:method|function|constructor|helper|macro|handler|hook))?';
const returned = new RegExp(
  String.raw`⟦(\d+)⟧${nouns} (?:\w+ly |always |just |simply |then )*returns (?:only |just |the |its )*⟦(\d+)⟧(?= *(?:$|[.;)]|, (?:and|but|which)\b|(?:and|but|because|since)\b))`,
  'giu',
);
const never = new RegExp(
  String.raw`⟦(\d+)⟧${nouns} (?:never|does not|doesn't|cannot) (?:ever |itself )*(raises?|throws?|panics?|fails?|returns?)(?: (?:any|an?|the) (?:\w+ )?(?:errors?|exceptions?)| anything)?(?= *(?:$|[.;,)]|(?:and|but|because|since)\b))`,
  'giu',
);

const status =
  /\b(?:status(?: codes?)?|HTTP|response(?: codes?)?|responds with|answers with|error)(?: (?:of|is|to|with|an?|the|HTTP|status|codes?))* \(?([1-5]\d\d)\b|\b([1-5]\d\d) (?:status|response|error|\(|Not|Bad|Too|Internal|Forbidden|Unauthorized|OK|Found|Created|Moved|See|Method|Unsupported|Service|Gateway)/g;

export function resultsIn(skeleton: Skeleton): Claim[] {
  const { text, mentions } = skeleton;
  const claims: Claim[] = [];
  const [spoken] = subjectOf(skeleton);
  const codes = new Set([...text.matchAll(status)].map((match) => match[1] ?? match[2] ?? ''));
  // Another name beside it may be what answers.
  if (spoken && codes.size === 1 && !/\b(?:not|never|unless|except|instead|other than|rather)\b/i.test(text))
    for (const code of codes) claims.push({ kind: 'status', subject: spoken, code });
  if (!/\b(?:not|never|nor|before|until|once|after)\b/i.test(text))
    for (const target of mentions)
      if (target.value !== null && target.name !== null && (literal.test(target.value) || /^\d+$/.test(target.value)))
        claims.push({
          kind: 'assigned',
          user: spoken === target ? null : (spoken ?? null),
          target,
          value: target.value,
        });
  for (const match of text.matchAll(returned)) {
    const [subject, value] = [mentions[Number(match[1])], mentions[Number(match[2])]];
    if (!subject || value?.name == null || literal.test(value.text)) continue;
    if (!isNarrowed(text, match.index, match[0].length)) claims.push({ kind: 'returns', subject, value });
  }
  for (const match of text.matchAll(never)) {
    const subject = mentions[Number(match[1])];
    const isReturn = /^return/i.test(match[2] ?? '');
    if (!subject || (isReturn && !/errors?$/i.test(match[0]))) continue;
    if (!isNarrowed(text, match.index, match[0].length))
      claims.push({ kind: 'neverFails', subject, how: isReturn ? 'return' : 'raise' });
  }
  return claims;
}
