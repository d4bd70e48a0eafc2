/** What a sentence says of how a definition is declared: exported, async, private, with a parameter that may be left out. */
import type { Claim, Declared } from './claim.ts';
import type { Skeleton } from './mentions.ts';

const nouns = '(?:method|function|class|constructor|struct|type|member|procedure|constant|variable|field)';
const declared = new RegExp(
  String.raw`⟦(\d+)⟧(?: ${nouns})? (?:is|are)(n't| not)? (?:(?:a|an|also|itself|declared|marked|marked as|defined as) )*(exported|async(?:hronous)?|static|private|public|protected|abstract)(?: ${nouns})?(?= *(?:$|[.;,)]|(?:and|but|because|so|from|since)\b))`,
  'giu',
);
const optional =
  /⟦(\d+)⟧ (?:is|are)( not|n't)? (?:an? )?(optional|required|mandatory) (?:parameter|argument|option) of (?:the )?⟦(\d+)⟧(?= *(?:$|[.;,)]|(?:and|but|because|so|method|function|constructor)\b))/giu;
const optionalOf =
  /⟦(\d+)⟧(?: method| function| constructor)? (?:takes|has|accepts|expects) (?:a|an|the|one) (optional|required|mandatory) (?:parameter|argument) (?:called |named )?⟦(\d+)⟧/giu;

export function declarationsIn({ text, mentions }: Skeleton): Claim[] {
  const claims: Claim[] = [];
  for (const match of text.matchAll(declared)) {
    const subject = mentions[Number(match[1])];
    const word = match[3]?.toLowerCase() ?? '';
    const as = (word.startsWith('async') ? 'async' : word) as Declared;
    if (subject?.name != null) claims.push({ kind: 'declared', subject, as, negated: match[2] !== undefined });
  }
  for (const match of text.matchAll(optional)) {
    const [parameter, owner] = [mentions[Number(match[1])], mentions[Number(match[4])]];
    const negated = (match[2] !== undefined) !== (match[3]?.toLowerCase() !== 'optional');
    if (parameter && owner) claims.push({ kind: 'optional', owner, parameter, negated });
  }
  for (const match of text.matchAll(optionalOf)) {
    const [owner, parameter] = [mentions[Number(match[1])], mentions[Number(match[3])]];
    if (parameter && owner)
      claims.push({ kind: 'optional', owner, parameter, negated: match[2]?.toLowerCase() !== 'optional' });
  }
  return claims;
}
