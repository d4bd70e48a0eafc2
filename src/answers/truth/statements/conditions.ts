/** Under which condition a sentence says that something happens. */
import type { Claim, Comparison, ConditionSubject, Operator } from './claim.ts';
import { type Consequence, consequencesIn } from './consequences.ts';
import { type Mention, type Skeleton } from './mentions.ts';
import { type States, falsy, stateWords, states, statesOfWord, truthy } from './states.ts';

const opener = String.raw`\b(?<!(?:even|as|not only) )(?<opener>if|when|whenever|unless|where|whose|with|as long as|provided that|in case)`;
const be = String.raw`(?:is|are|was|were|has been|have been|evaluates to|equals|becomes|holds)`;
const article = String.raw`(?:(?:the|a|an|this|that|its|their|both|given) )*`;
const small = String.raw`(?:(?:still|already|also|currently|yet|simply|exactly|actually) )*`;

const more = 'greater|larger|more|higher|longer|bigger';
const less = 'less|smaller|fewer|lower|shorter';

interface Found {
  readonly claim: ConditionOn;
  readonly start: number;
  readonly length: number;
  readonly isTurned: boolean;
}

type ConditionOn =
  /** `otherwise`: the states in which it does not hold. */
  | {
      readonly kind: 'condition';
      readonly subject: ConditionSubject;
      readonly states: States;
      readonly otherwise: States;
    }
  | { readonly kind: 'comparison'; readonly comparison: Comparison };

/** Conditions as sentences say them; each is tried where the ones before do not fit. */
const forms: readonly {
  readonly pattern: string;
  readonly read: (groups: Readonly<Record<string, string | undefined>>, skeleton: Skeleton) => ConditionOn | null;
}[] = [
  // "if the names differ": two values of one name.
  {
    pattern: String.raw`(?:the |both |two |these )*(?:\w+ )?(?<word>[a-z]\w+?)s (?:(?<differ>differ|are different|are not equal|are not the same|do not match)|(?:are equal|are the same|match))\b`,
    read: ({ word = '', differ }) => comparison(null, differ === undefined ? '==' : '!=', word, word),
  },
  // "if `a` is greater than `b`", "if there are fewer than `n` …".
  {
    pattern: String.raw`(?:${article}⟦(?<subject>\d+)⟧ ${be}(?<not> not)?|there (?:is|are)(?<none> not)?) ${small}(?:(?<more>${more})|(?<less>${less})) than ${article}(?:⟦(?<other>\d+)⟧|(?<number>\d+))`,
    read: ({ subject, not, none, more: isMore, other, number }, { mentions }) => {
      if (not !== undefined || none !== undefined) return null;
      return comparison(
        subject === undefined ? null : textOf(mentions[Number(subject)]),
        isMore === undefined ? '<' : '>',
        textOf(mentions[Number(other)]) ?? number ?? null,
      );
    },
  },
  {
    pattern: String.raw`${article}⟦(?<subject>\d+)⟧ (?:exceeds|(?<under>is below|falls below|is under)) ${article}(?:⟦(?<other>\d+)⟧|(?<number>\d+))`,
    read: ({ subject, under, other, number }, { mentions }) =>
      comparison(
        textOf(mentions[Number(subject)]),
        under === undefined ? '>' : '<',
        textOf(mentions[Number(other)]) ?? number ?? null,
      ),
  },
  // "if `a` equals `b`", "if `a` is not `B`", "if it differs from `b`".
  {
    pattern: String.raw`${article}(?:⟦(?<subject>\d+)⟧|it|they) (?:(?:is|are)(?<not> not)? ${small}(?:equal to |the same as |identical to )?|equals ${small}|(?<differ>differs from|does not equal|is different from|are different from) )${article}⟦(?<other>\d+)⟧`,
    read: ({ subject, not, differ, other }, skeleton) => {
      const one = subject === undefined ? spokenOf(skeleton) : skeleton.mentions[Number(subject)];
      const two = skeleton.mentions[Number(other)];
      if (!one || !two) return null;
      const said = meant(two.text, not !== undefined);
      if (said) return differ === undefined ? { kind: 'condition', subject: one, ...said } : null;
      return comparison(one.text, not !== undefined || differ !== undefined ? '!=' : '==', two.text);
    },
  },
  // "if `x` is not empty", "if it is nil", "with `x` set".
  {
    pattern: String.raw`(?<none>no )?${article}(?:⟦(?<subject>\d+)⟧|(?<it>it|they)) (?:${be}(?<not> not)? )?${small}(?<word>${stateWords})\b`,
    read: ({ none, subject, not, word = '' }, skeleton) => {
      const one = subject === undefined ? spokenOf(skeleton) : skeleton.mentions[Number(subject)];
      const said = meant(word, (not !== undefined) !== (none !== undefined));
      return one && said ? { kind: 'condition', subject: one, ...said } : null;
    },
  },
  // "if the cell is `initialized`": the value is what is said of it.
  {
    pattern: String.raw`${article}(?:\w+ )?(?:is|are|was)(?<not> not)? ${small}⟦(?<subject>\d+)⟧`,
    read: ({ not, subject }, { mentions }) => {
      const one = mentions[Number(subject)];
      if (one?.name == null || statesOfWord(one.text, false)) return null;
      return { kind: 'condition', subject: one, ...sided(not === undefined) };
    },
  },
  // "where `x` holds", "if `x`," "without a `x`".
  {
    pattern: String.raw`${article}⟦(?<subject>\d+)⟧(?: holds)?(?=\s*(?:,|$|\.$))`,
    read: ({ subject, opener: word = '' }, { mentions }) => {
      const one = mentions[Number(subject)];
      // "with `f`" says what with, not when.
      if (!/^(?:if|when|whenever|unless|as)/i.test(word)) return null;
      return one?.name == null ? null : { kind: 'condition', subject: one, ...sided(true) };
    },
  },
  // "if the cache is empty": a value that the code calls so.
  {
    pattern: String.raw`(?:there (?:is|are) )?(?<none>no )?${article}(?<noun>(?:[a-z]\w* )?[a-z]\w*) (?:is|are|was)(?<not> not)? ${small}(?<word>${stateWords})\b`,
    read: ({ none, noun = '', not, word = '' }) => {
      const said = meant(word, (not !== undefined) !== (none !== undefined));
      return said && !pronouns.test(noun) ? { kind: 'condition', subject: { words: noun }, ...said } : null;
    },
  },
  // "if the command is not runnable", "if the node has a parent", "if there is no context": what the code asks by that word.
  {
    pattern: String.raw`${article}[a-z]\w* (?:is|are)(?<not> not)? ${small}(?<adjective>[a-z]\w+)(?=\s*(?:,|$|\.$|⟦))`,
    read: ({ not, adjective = '' }) => ({
      kind: 'condition',
      subject: { words: adjective, isExact: true },
      ...sided(not === undefined),
    }),
  },
  {
    pattern: String.raw`(?:${article}[a-z]\w* (?:has|have)|there (?:is|are)) (?<none>no )?(?:a |an |any )?(?<noun>[a-z]\w+)(?=\s*(?:,|$|\.$))`,
    read: ({ none, noun = '' }) => ({
      kind: 'condition',
      subject: { words: noun, isExact: true },
      ...(none === undefined ? { states: truthy, otherwise: nothing } : { states: nothing, otherwise: truthy }),
    }),
  },
];
const nothing = states('nothing');

/** The states of a word and of its opposite. */
function meant(word: string, isNegated: boolean): { readonly states: States; readonly otherwise: States } | null {
  const [own, other] = [statesOfWord(word, isNegated), statesOfWord(word, !isNegated)];
  return own && other && { states: own, otherwise: other };
}

function sided(holds: boolean): { readonly states: States; readonly otherwise: States } {
  return holds ? { states: truthy, otherwise: falsy } : { states: falsy, otherwise: truthy };
}

const pronouns = /^(?:it|this|that|they|there|nothing|everything|one|which|what)$/i;

export function conditionsIn(skeleton: Skeleton): Claim[] {
  const found = conditionOf(skeleton);
  if (!found) return [];
  const { text, mentions } = skeleton;
  const { claim, start, length, isTurned } = found;
  const then = consequencesIn(stated(text, start, length), mentions);
  const other = consequencesIn(/\b(?:otherwise|or else|else)\b,?(.*)$/i.exec(text.slice(start))?.[1] ?? '', mentions);
  return [...claimOf(claim, isTurned, then, mentions), ...claimOf(claim, !isTurned, other, mentions)];
}

function claimOf(on: ConditionOn, isTurned: boolean, then: readonly Consequence[], all: readonly Mention[]): Claim[] {
  if (then.length === 0) return [];
  if (on.kind === 'condition')
    return [{ kind: 'condition', subject: on.subject, states: isTurned ? on.otherwise : on.states, then, all }];
  const sign = isTurned ? opposite[on.comparison.sign] : on.comparison.sign;
  return [{ kind: 'comparison', comparison: { ...on.comparison, sign }, then, all }];
}

const opposite: Readonly<Record<Operator, Operator>> = { '<': '>', '>': '<', '==': '!=', '!=': '==' };

const second =
  /\b(?:if|when|whenever|unless|until|while)\b|^\s*;\s*(?:and|or) (?!then\b)[^,]*\b(?:is|are|has|holds|equals|evaluates)\b[^,]*(?:,|\.?$)|; *(?:and|or) (?!then\b)[^,]*\b(?:is|are|has|holds|equals|evaluates)\b[^,]*(?:,|\.?$)/i;

function conditionOf(skeleton: Skeleton): Found | null {
  for (const { pattern, read } of forms) {
    const match = new RegExp(String.raw`${opener} (?:it is |and only if )?${pattern}`, 'i').exec(skeleton.text);
    if (!match?.groups) continue;
    const claim = read(match.groups, skeleton);
    if (!claim) continue;
    // A second condition decides too.
    const others = `${skeleton.text.slice(0, match.index)} ; ${skeleton.text.slice(match.index + match[0].length).split(/\b(?:otherwise|else)\b|;/i)[0] ?? ''}`;
    if (second.test(others)) return null;
    return {
      claim,
      start: match.index,
      length: match[0].length,
      isTurned: match.groups['opener']?.toLowerCase() === 'unless',
    };
  }
  return null;
}

/** The clause that says what happens under the condition: behind its comma where it opens the sentence, else what stands before it. */
function stated(text: string, start: number, length: number): string {
  const before = text.slice(0, start);
  const behind = text.slice(start + length);
  if (/^whose/i.test(text.slice(start))) return behind.split(/[,;]/)[0] ?? '';
  if (
    !/⟦|\b(?:returns?|returned|raises?|throws?|panics?|nothing)\b/i.test(before) ||
    /^\W*(?:in|inside) [^,]*,\s*$/i.test(before)
  ) {
    if (!behind.includes(',')) return '';
    return (
      behind.replace(/^[^,]*,/, '').split(/\b(?:otherwise|else|unless|before|after|because|if|when|until)\b|;/i)[0] ??
      ''
    );
  }
  const nearest =
    before
      .split(/,|;|\bbut\b|\bor\b|\botherwise\b|\bbecause\b|\bwhile\b|\bbefore\b|\bafter\b/i)
      .findLast((piece) => /⟦|\b(?:return|raise|throw|panic|nothing)/i.test(piece)) ?? '';
  return nearest.replace(/\b(?:only|even|just)\s*$/i, '');
}

function comparison(left: string | null, sign: Operator, right: string | null, of?: string): ConditionOn | null {
  if (right === null) return null;
  return { kind: 'comparison', comparison: { left: of ?? left, sign, right } };
}

function textOf(mention: Mention | undefined): string | null {
  return mention?.text ?? null;
}

/** The mention that "it" is: the one that the sentence begins with. */
function spokenOf({ text, mentions }: Skeleton): Mention | undefined {
  return mentions[Number(/⟦(\d+)⟧/.exec(text)?.[1] ?? NaN)];
}
