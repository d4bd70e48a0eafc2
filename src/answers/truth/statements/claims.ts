/**
 * What a sentence claims of the code beyond names: who uses whom, in which order, under which condition, what is based on what,
 * where it is defined, how often. Only what is said in plain patterns is taken; the rest of a sentence claims nothing here.
 */
import type { Claim } from './claim.ts';
import { conditionsIn } from './conditions.ts';
import { declarationsIn } from './declarations.ts';
import { type Mention, mentionsIn, skeletonOf } from './mentions.ts';
import { ordersIn } from './orders.ts';
import { resultsIn } from './results.ts';
import { list, usesIn } from './uses.ts';

const base = new RegExp(
  String.raw`(${list}) (?:(?:is|are) (?:both )?(?:a |an |the |itself )?(?:\w+ )?(?:subclass(?:es)?|subtypes?|child(?: class)?|kinds?|descendants?) of|extends?|inherits? (?:directly )?from|derives? (?:directly )?from|(?:is|are) derived from|subclass(?:es)?|implements?) (?:both |the |from )*(${list})`,
  'giu',
);
const placed =
  /⟦(\d+)⟧(?: \w+){0,5} (?:is|are|lives?|can be found|sits|resides) ?(?:both )?(?:defined|implemented|located|declared|found|exported)? ?(?:in|from|inside) (?:the file )?⟦(\d+)⟧/giu;
const numbers: Readonly<Record<string, number>> = Object.fromEntries(
  'one two three four five six seven eight nine ten'.split(' ').map((word, at) => [word, at + 1]),
);
const counted =
  /⟦(\d+)⟧ (?:is|are|gets) (?:called|used|invoked) (?:from|in|by) (?:exactly |only )?(\w+) (?:other |different )?(?:methods?|functions?|places?|callers?|times)/giu;
const countedIn =
  /⟦(\d+)⟧ (?:calls|uses|invokes) ⟦(\d+)⟧ (?:in |from )?(?:exactly |only )?(\w+) (?:places|times|different places)/giu;
const defaulted =
  /⟦(\d+)⟧ (?:takes|has|accepts) (?:a|an|the) (?:optional )?(?:parameter|argument|option)s? (?:called |named )?⟦(\d+)⟧,? (?:which|that|whose default) (?:is|defaults to) ⟦(\d+)⟧/giu;
const valued =
  /(?<!\b(?:if|when|unless|where|whose|until) )⟦(\d+)⟧(?:(?: is(?: set| reset)?| are)? (?:back )?to| is| equals| of| holds| becomes| is (?:less|greater|more|fewer|smaller|larger) than) (?:exactly )?(\d+)\b(?!\.\d)(?! (?:ms|milliseconds?|seconds?|minutes?|hours?|days?|bytes?|[kKMG]i?B)\b)/giu;
const setTo = /⟦(\d+)⟧[^⟦]*?,? it (?:is|gets) (?:set|reset|raised|changed) (?:back )?to (\d+)\b/giu;

/** The claims of one sentence. */
export function claimsOf(sentence: string): Claim[] {
  const skeleton = skeletonOf(sentence);
  const { text, mentions } = skeleton;
  const of = (piece: string | undefined): Mention[] => mentionsIn(piece ?? '').flatMap((at) => mentions[at] ?? []);
  const claims: Claim[] = [];

  for (const match of text.matchAll(base)) {
    if (/\b(?:not|never)\b/i.test(match[0])) continue;
    for (const type of of(match[1])) for (const one of of(match[2])) claims.push({ kind: 'base', type, base: one });
  }
  for (const match of text.matchAll(placed)) {
    const [what] = of(`⟦${match[1] ?? ''}⟧`);
    const [where] = of(`⟦${match[2] ?? ''}⟧`);
    if (what && where && /[./]/.test(where.text) && /\.\w{1,5}$/.test(where.text))
      claims.push({ kind: 'place', subject: what, path: where.text });
  }
  for (const match of text.matchAll(counted)) {
    const [what] = of(`⟦${match[1] ?? ''}⟧`);
    const count = numbers[(match[2] ?? '').toLowerCase()] ?? Number(match[2]);
    if (what && Number.isInteger(count)) claims.push({ kind: 'count', subject: what, count, within: null });
  }
  for (const match of text.matchAll(countedIn)) {
    const [within] = of(`⟦${match[1] ?? ''}⟧`);
    const [what] = of(`⟦${match[2] ?? ''}⟧`);
    const count = numbers[(match[3] ?? '').toLowerCase()] ?? Number(match[3]);
    if (what && within && Number.isInteger(count)) claims.push({ kind: 'count', subject: what, count, within });
  }
  for (const match of text.matchAll(defaulted)) {
    const [owner, parameter, value] = [match[1], match[2], match[3]].flatMap((at) => of(`⟦${at ?? ''}⟧`));
    if (owner && parameter && value) claims.push({ kind: 'default', owner, parameter, value: value.text });
  }
  for (const match of [...text.matchAll(valued), ...text.matchAll(setTo)]) {
    const [what] = of(`⟦${match[1] ?? ''}⟧`);
    if (what) claims.push({ kind: 'value', subject: what, value: match[2] ?? '' });
  }
  return [
    ...usesIn(skeleton),
    ...claims,
    ...declarationsIn(skeleton),
    ...resultsIn(skeleton),
    ...ordersIn(skeleton),
    ...conditionsIn(skeleton),
  ];
}
