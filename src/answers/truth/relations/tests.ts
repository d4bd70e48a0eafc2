/** What a test of the code (`if x == nil || !ok`) comes to where something is known of a value. */
import type { Comparison } from '../statements/claim.ts';
import {
  type States,
  areApart,
  complementOf,
  isWithin,
  states,
  statesOfLiteral,
  truthy,
} from '../statements/states.ts';

/** Null: it depends on what is not known. */
type Outcome = boolean | null;

/** What one comparison or value of a test comes to; null: nothing is known of it. */
export type AtomJudge = (atom: string) => Outcome;

export interface TestOutcome {
  readonly is: Outcome;
  /** Whether a part of it is known to hold and none is known not to: what runs behind it does run in such cases. */
  readonly isMet: boolean;
}

export function outcomeOfTest(test: string, judge: AtomJudge): TestOutcome {
  const plain = bare(test);
  const either = split(plain, /^(?:\|\||or\b)/);
  if (either.length > 1) {
    const parts = either.map((part) => outcomeOfTest(part, judge));
    const is = parts.some((part) => part.is === true) ? true : parts.every((part) => part.is === false) ? false : null;
    return { is, isMet: is === true };
  }
  const both = split(plain, /^(?:&&|and\b)/);
  if (both.length > 1) {
    const parts = both.map((part) => outcomeOfTest(part, judge));
    const is = parts.some((part) => part.is === false) ? false : parts.every((part) => part.is === true) ? true : null;
    return { is, isMet: is === true || (is === null && parts.some((part) => part.isMet)) };
  }
  const negated = /^(?:!(?!=)|not\b)\s*(\(.*\))$/s.exec(plain);
  if (negated?.[1] !== undefined && closes(negated[1])) {
    const { is } = outcomeOfTest(negated[1], judge);
    return { is: is === null ? null : !is, isMet: is === false };
  }
  const is = judge(plain);
  return { is, isMet: is === true };
}

/** A test without its outer brackets and hints to the compiler. */
function bare(test: string): string {
  let plain = test.trim();
  for (let before = ''; before !== plain;) {
    before = plain;
    if (plain.startsWith('(') && closes(plain)) plain = plain.slice(1, -1).trim();
    const hint = /^(?:[A-Z_]*(?:PREDICT_TRUE|PREDICT_FALSE|LIKELY)|(?:un)?likely|Boolean|bool)\s*(\(.*\))$/s.exec(
      plain,
    );
    if (hint?.[1] !== undefined && closes(hint[1])) plain = hint[1];
  }
  return plain;
}

/** Whether the bracket that opens a text closes at its end. */
function closes(text: string): boolean {
  let depth = 0;
  for (const [at, sign] of Array.from(text).entries()) {
    if (sign === '(') depth += 1;
    if (sign === ')') depth -= 1;
    if (depth === 0) return at === Array.from(text).length - 1;
  }
  return false;
}

/** Parts of a text between signs that are in no bracket and no string. */
function split(text: string, sign: RegExp): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at);
    if (quote !== '') {
      if (letter === quote && text.charAt(at - 1) !== '\\') quote = '';
      continue;
    }
    if (letter === '"' || letter === "'") quote = letter;
    if ('([{'.includes(letter)) depth += 1;
    if (')]}'.includes(letter)) depth -= 1;
    const isWordStart = !/[\w$]/.test(text.charAt(at - 1)) || !/\w/.test(letter);
    const found = depth === 0 && isWordStart ? sign.exec(text.slice(at, at + 4)) : null;
    if (!found) continue;
    parts.push(text.slice(from, at));
    at += found[0].length - 1;
    from = at + 1;
  }
  parts.push(text.slice(from));
  return parts.map((part) => part.trim());
}

const chain = String.raw`(?:[*&@$]*[\p{L}_$][\p{L}\p{N}_$]*(?:\((?:[^()]|\([^()]*\))*\))?!?(?:\.|->|::|\?\.|&\.))*[*&@$]*`;
const call = String.raw`[?!]?(?:\((?:[^()]|\([^()]*\))*\))?!?`;
const countOf = 'length|size|Length|Count|len|count';
const emptiness = String.raw`(?:isEmpty|is_empty|empty|Empty|IsEmpty|blank|isBlank)\??(?:\(\))?`;
const nothingness = String.raw`(?:nil\?|is_none\(\)|isNull\(\)|isNil\(\))`;
const presence = String.raw`(?:is_some\(\)|isPresent\(\)|any\?|present\?|has_value\(\)|HasValue)`;

/** The states of a value in which an atom holds; null: it tells nothing of the value itself. */
function statesWhere(atom: string, name: string): States | null {
  const value = String.raw`${chain}${escaped(name)}${call}`;
  const is = (pattern: string): RegExpExecArray | null => new RegExp(`^${pattern}$`, 'su').exec(atom);
  const negation = String.raw`(?<not>!\s*|not\s+)?`;
  const sided = (found: RegExpExecArray, positive: States): States =>
    found.groups?.['not'] === undefined ? positive : complementOf(positive);

  const plain = is(`${negation}${value}`);
  if (plain) return sided(plain, truthy);
  // `if found = look()`: the value is tested that is set.
  if (is(String.raw`${value}\s*:?=(?!=).*`)) return truthy;
  const counted =
    is(String.raw`${negation}${value}(?:\.|->|::|\?\.|&\.)(?:${countOf})(?:\(\))?`) ??
    is(String.raw`${negation}(?:len|count|size|strlen|any|bool)\(${value}\)`);
  if (counted) return counted.groups?.['not'] === undefined ? truthy : states('empty', 'nothing');
  const compared =
    is(String.raw`${value}(?:\.|->|::|\?\.|&\.)(?:${countOf})(?:\(\))?\s*(?<sign>[!=]==?|[<>]=?)\s*(?<number>\d+)`) ??
    is(String.raw`(?:len|count|size|strlen)\(${value}\)\s*(?<sign>[!=]==?|[<>]=?)\s*(?<number>\d+)`);
  if (compared?.groups) {
    const { sign = '', number = '' } = compared.groups;
    if ((number === '0' && /^(?:>|!==?)$/.test(sign)) || (number === '1' && sign === '>=')) return truthy;
    if ((number === '0' && /^(?:===?|<=)$/.test(sign)) || (number === '1' && sign === '<'))
      return states('empty', 'nothing');
    return null;
  }
  const empty =
    is(String.raw`${negation}${value}(?:\.|->|::|\?\.|&\.)${emptiness}`) ??
    is(
      String.raw`${negation}(?:[\w.]*(?:isEmpty|IsNullOrEmpty|IsNullOrWhiteSpace|isBlank|is_empty|empty))\(${value}\)`,
    );
  if (empty) return empty.groups?.['not'] === undefined ? states('empty', 'nothing') : states('some', 'false', 'zero');
  const missing = is(String.raw`${negation}${value}(?:\.|->|::|\?\.|&\.)${nothingness}`);
  if (missing) return sided(missing, states('nothing'));
  const there =
    is(String.raw`${negation}${value}(?:\.|->|::|\?\.|&\.)${presence}`) ??
    is(String.raw`${negation}(?:isset|defined\?)[ (]${value}\)?`);
  if (there) return there.groups?.['not'] === undefined ? truthy : states('nothing', 'empty');
  const undefinedness = is(String.raw`typeof ${value}\s*(?<sign>[!=]==?)\s*['"]undefined['"]`);
  if (undefinedness) return equal(undefinedness.groups?.['sign'], states('nothing'));
  if (is(String.raw`let\s+(?:Some|Ok)\(.*\)\s*=\s*(?:&(?:mut )?)?${value}`)) return truthy;
  if (is(String.raw`let\s+None\s*=\s*${value}`)) return states('nothing');
  const literal = String.raw`(?<literal>[\p{L}]+|""|''|\[\]|0(?:\.0)?)`;
  const against =
    is(String.raw`${value}\s*(?<sign>[!=]==?|is not|is)\s*${literal}`) ??
    is(String.raw`${literal}\s*(?<sign>[!=]==?)\s*${value}`);
  const meant = statesOfLiteral(against?.groups?.['literal'] ?? '');
  return meant && equal(against?.groups?.['sign'], meant);
}

function equal(sign: string | undefined, meant: States): States {
  return sign?.startsWith('!') === true || sign === 'is not' ? complementOf(meant) : meant;
}

/** Judges atoms where a value is in one of some states. */
export function judgeStates(name: string, claimed: States): AtomJudge {
  return (atom) => {
    const where = statesWhere(atom, name);
    if (!where) return null;
    return isWithin(claimed, where) ? true : areApart(claimed, where) ? false : null;
  };
}

/** Judges atoms where a comparison holds; null for a side: any value stands there. */
export function judgeComparison({ left, sign, right }: Comparison): AtomJudge {
  return (atom) => {
    const found = /^(.+?)\s*(===?|!==?|<=?|>=?|\bis not\b|\bis\b)\s*(.+)$/s.exec(atom);
    const [, one = '', written = '', two = ''] = found ?? [];
    const plain =
      written === 'is not'
        ? '!='
        : written === 'is'
          ? '=='
          : written.slice(0, 2).replace(/^[<>]=$/, (s) => s.charAt(0));
    const isLeft = (side: string): boolean => left === null || sameValue(side, left);
    const isRight = (side: string): boolean => sameValue(side, right);
    const turned = plain === '<' ? '>' : plain === '>' ? '<' : plain;
    const signed = isLeft(one) && isRight(two) ? plain : isLeft(two) && isRight(one) ? turned : null;
    if (signed === null || signed === '') return null;
    if (signed === sign) return true;
    const opposite = { '<': '>', '>': '<', '==': '!=', '!=': '==' }[sign];
    if (signed === opposite) return false;
    // What is more or less than a value is not that value.
    if (sign === '==' && (written === '<' || written === '>')) return false;
    if (sign !== '==' && sign !== '!=' && signed === '!=') return true;
    return null;
  };
}

/** Whether a side of a comparison is the value that is spoken of: the same, or the last name of a chain. */
function sameValue(side: string, value: string): boolean {
  const squeeze = (text: string): string =>
    text
      .replaceAll(/\s+/g, '')
      .replace(/^[*&@$!]+/, '')
      .replace(/^\((.*)\)$/s, '$1');
  const [a, b] = [squeeze(side), squeeze(value)];
  if (a === b) return true;
  const ends = (long: string, short: string): boolean =>
    /^[\p{L}_$][\p{L}\p{N}_$.>:-]*(?:\(\))?$/u.test(short) &&
    new RegExp(String.raw`(?:\.|->|::)[*&@$]*${escaped(short.replace(/\(\)$/, ''))}(?:\(\))?$`, 'u').test(long);
  return a.replace(/\(\)$/, '') === b.replace(/\(\)$/, '') || ends(a, b) || ends(b, a);
}

function escaped(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
