/** What a sentence says one definition does with another: "`A` calls `B`", "`B` is raised by the `a` method of `A`", "`A` never sets `b`". */
import type { Claim, UseKind } from './claim.ts';
import { type Mention, type Skeleton, mentionsIn } from './mentions.ts';

const adverbs =
  '(?:(?:also|then|first|only|just|simply|always|internally|directly|itself|even|finally|again|now|later) )*';
const nouns =
  '(?: (?:method|function|class|middleware|constructor|struct|type|helper|macro|handler|hook|component|module|file|package|decorator|property))?';
/** What a body does with what it names. */
const useVerbs =
  'calls?|invokes?|uses?|reads?|returns?|creates?|makes?|registers?|asks?|throws?|raises?|checks?|wakes?|schedules?|pass(?:es)?|sets?|' +
  'stores?|writes?|cop(?:y|ies)|removes?|deletes?|adds?|builds?|constructs?|validates?|awaits?|waits?|polls?|acquires?|releases?|closes?|' +
  'frees?|resets?|clears?|empt(?:y|ies)|parses?|encodes?|decodes?|compares?|groups?|joins?|puts?|takes?|fetch(?:es)?|clones?|' +
  'walks?|sends?|serves?|catch(?:es)?|wraps?|delegates?|iterates?|looks?|runs?|executes?|appl(?:y|ies)|converts?|increments?|' +
  'decrements?|locks?|unlocks?|logs?|prints?|opens?|starts?|stops?|panics?|shuts?|yields?|emits?|dispatch(?:es)?|initiali[sz]es?|' +
  'assigns?|allocates?|computes?|merges?|splits?|strips?|appends?|inserts?|push(?:es)?|pops?|rejects?|resolves?|subscribes?|updates?|' +
  'is built on|are built on|relies on|rely on|gets?|handles?|moves?|rewinds?|redirects?|retr(?:y|ies)|' +
  'extracts?|expects?|marks?|sleeps?|spawns?|cancels?';
export const list = String.raw`⟦\d+⟧(?:(?:, (?:and |or )?| and (?:from |by |in )?| or )(?:the )?⟦\d+⟧)*`;
/** Where the objects of a verb end. */
const boundary =
  /\b(?:before|after|when|whenever|if|unless|until|once|because|since|so|but|while|whereas|otherwise|instead|like|which|that|whose|where|as|than|not|without|never|for the|according|is|are|was|were|has|have)\b|[;:()]|, (?=⟦\d+⟧ \w+s\b)|(?<= and )⟦\d+⟧(?= (?:is|are|\w+s)\b)/;

const active = new RegExp(String.raw`(?:\b(both) )?(${list})${nouns} ${adverbs}(?:${useVerbs})\b`, 'giu');
const pronoun = new RegExp(
  String.raw`(?:\b(?:before|after|and|then|where|once|until|when|but)|,|;) (?:and )?(?:it|they) ${adverbs}(?:${useVerbs})\b`,
  'giu',
);
const passiveVerbs =
  'called|invoked|used|executed|run|triggered|raised|thrown|created|registered|caught|handled|set|reset|modified|changed|returned|read|checked|wrapped';
const passive = new RegExp(
  String.raw`(${list})${nouns}(?:,? (?:(?:which|that) )?(?:is|are|gets|was)|, (?=(?:called|raised|thrown|used|set|invoked) (?:by|in)))? ((?:not|never) )?${adverbs}(${passiveVerbs}) (?:only |once |twice |\w+ly )?(?:by|from|in|inside|within) (?:both |either |the )?(${list})`,
  'giu',
);
/** "`a` in `a.py`, which does this, is called by `b`": the verb is far from what it is said of. */
const distantPassive = new RegExp(
  String.raw`^(?:\W*(?:the|a|an|method|function|class|helper) )*⟦(\d+)⟧(?:(?: \(?(?:method|function|class|helper|property|middleware))?(?:,? (?:of|in|from|on|inside|defined in) (?:the )?⟦\d+⟧(?: (?:class|module|file|package|struct|type|object))?\)?)*(?:,? (?:which|that) (?![^,]*⟦)[^,]*,)?) (?:is|are|gets) ${adverbs}(${passiveVerbs}) (?:only |\w+ly )?(?:by|from|in|inside|within) (?:both |either |the )?(${list})`,
  'iu',
);
const relative = new RegExp(
  String.raw`(⟦\d+⟧),? which (⟦\d+⟧) ${adverbs}(?:calls|uses|invokes|throws|raises)\b`,
  'giu',
);
/** What is denied is denied of all cases: nothing may follow that narrows it. */
const negative = new RegExp(
  String.raw`(⟦\d+⟧)${nouns} (?:${adverbs}(?:does not|doesn't|do not|don't|never|cannot)|[^⟦,;:()]{1,60}(?: and|,) (?:does not|doesn't|never)) (?:even |itself |directly |ever )*([a-z]+)(?: (?:at|on|to|up|into|upon|from))? (?:(?:the|any|a|an|its|their) )*(?:\w+ )?(⟦\d+⟧(?:(?:, | or | nor |, or )⟦\d+⟧)*)${nouns}(?: itself| directly| at all| anywhere)?(?=\s*(?:$|[.;:,)]|(?:and|but|because|since|so|nor)\b))`,
  'giu',
);
const negativePronoun = new RegExp(
  String.raw`(?:^|[;,] )(?:(?:and|but|so) )?(?:it|they) ${adverbs}(?:does not|doesn't|do not|don't|never|cannot) (?:even |itself |directly |ever )*([a-z]+)(?: (?:at|on|to|up|into|upon|from))? (?:(?:the|any|a|an|its|their) )*(?:\w+ )?(⟦\d+⟧(?:(?:, | or | nor |, or )⟦\d+⟧)*)${nouns}(?: itself| directly| at all| anywhere)?(?=\s*(?:$|[.;:,)]|(?:and|but|because|since|so|nor)\b))`,
  'giu',
);
const negativePassive = new RegExp(
  String.raw`(⟦\d+⟧)${nouns} (?:is|are|was) (?:not|never) (?:directly |ever )*(${passiveVerbs}) (?:by|in|inside|within) (?:the )?(⟦\d+⟧)${nouns}(?=\s*(?:$|[.;:,)]|(?:and|but|because|since|so|nor)\b))`,
  'giu',
);
const narrowing =
  /\b(?:if|when|whenever|unless|until|while|once|where|only|just|except|otherwise|in case|without|again|twice|always|yet|for)\b/i;

const kinds: readonly (readonly [RegExp, UseKind])[] = [
  [/^(?:call|invoke|run|execute|trigger|delegate)/i, 'call'],
  [/^(?:raise|throw|panic)/i, 'raise'],
  [/^(?:catch|caught)/i, 'catch'],
  [/^return/i, 'return'],
  [/^(?:set|reset|modif|chang|assign|updat|alter|overwrit|mutat|increment|decrement)/i, 'set'],
  [
    /^(?:use|touch|look|read|check|access|consult|rely|relies|mention|involve|need|require|validate|inspect|consider|compare)/i,
    'use',
  ],
];
function kindOf(verb: string): UseKind | undefined {
  return kinds.find(([pattern]) => pattern.test(verb))?.[1];
}

export function usesIn(skeleton: Skeleton): Claim[] {
  const { text, mentions } = skeleton;
  const of = (piece: string | undefined): Mention[] => mentionsIn(piece ?? '').flatMap((at) => mentions[at] ?? []);
  const claims: Claim[] = [];
  const add = (users: readonly Mention[], used: readonly Mention[], how: UseKind, negated = false): void => {
    for (const user of users)
      for (const one of used) if (one !== user) claims.push({ kind: 'uses', user, used: one, negated, how });
  };
  const verbOf = (said: string): UseKind => {
    if (/\b(?:calls?|called|invokes?|invoked)\b/i.test(said)) return 'call';
    return /\b(?:raises?|raised|throws?|thrown)\b/i.test(said) ? 'raise' : 'use';
  };

  for (const match of text.matchAll(active))
    add(
      holderOf(skeleton, match.index) ?? of(match[2]),
      objects(skeleton, match.index + match[0].length),
      verbOf(match[0]),
    );
  const [subject] = subjectOf(skeleton);
  if (subject)
    for (const match of text.matchAll(pronoun))
      add([subject], objects(skeleton, match.index + match[0].length), verbOf(match[0]));
  const passives = [...text.matchAll(passive)];
  for (const match of passives)
    if (match[2] === undefined)
      add(of(match[4]), holderOf(skeleton, match.index) ?? of(match[1]), verbOf(match[3] ?? ''));
  const distant = passives.length === 0 ? distantPassive.exec(text) : null;
  if (distant) add(of(distant[3]), of(`⟦${distant[1] ?? ''}⟧`), verbOf(distant[2] ?? ''));
  for (const match of text.matchAll(relative)) add(of(match[2]), of(match[1]), 'use');

  for (const match of text.matchAll(negative)) {
    const how = kindOf(match[2] ?? '');
    if (how && !isNarrowed(text, match.index, match[0].length)) add(of(match[1]), of(match[3]), how, true);
  }
  if (subject)
    for (const match of text.matchAll(negativePronoun)) {
      const how = kindOf(match[1] ?? '');
      if (how && !isNarrowed(text, match.index, match[0].length)) add([subject], of(match[2]), how, true);
    }
  for (const match of text.matchAll(negativePassive)) {
    const how = kindOf(match[2] ?? '');
    if (how && !isNarrowed(text, match.index, match[0].length)) add(of(match[3]), of(match[1]), how, true);
  }
  return claims;
}

/** Of "`a` of the `A` class" what is spoken of: `a`, where a match begins at `A`. */
function holderOf({ text, mentions }: Skeleton, at: number): Mention[] | null {
  const found =
    /⟦(\d+)⟧(?: (?:method|function|class|helper|property|middleware|constructor))? \(?(?:of|in|from|on|inside|defined in) (?:the )?(?:both )?$/i.exec(
      text.slice(0, at),
    );
  const mention = mentions[Number(found?.[1] ?? NaN)];
  return mention ? [mention] : null;
}

/** Whether a clause says when it holds. */
export function isNarrowed(text: string, start: number, length: number): boolean {
  const before =
    text
      .slice(0, start)
      .split(/;|\bbut\b/)
      .at(-1) ?? '';
  const behind =
    text.slice(start + length).split(/;|:|\bbut\b|\bbecause\b|\bsince\b|\bas\b|\band (?:only|just|simply)\b/)[0] ?? '';
  return narrowing.test(before) || narrowing.test(behind);
}

/** The mention that a sentence speaks of: the one it begins with, as far as words before it allow. */
export function subjectOf({ text, mentions }: Skeleton): Mention[] {
  const opening =
    /^(?:\W*(?:in|inside|both|the|when|here|a|an|method|function|class|middleware|\w+ly),? )*⟦(\d+)⟧/i.exec(
      text.trim(),
    );
  const found = mentions[Number(opening?.[1] ?? NaN)];
  return found ? [found] : [];
}

/** The mentions behind a verb, up to where something else begins. */
function objects({ text, mentions }: Skeleton, from: number): Mention[] {
  const rest = text.slice(from);
  const end = boundary.exec(rest)?.index ?? rest.length;
  return mentionsIn(rest.slice(0, end)).flatMap((at) => mentions[at] ?? []);
}
