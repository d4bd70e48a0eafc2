/** The decimal integers between two bounds as a language of bytes: no leading zeros, no "-0". */
import { type ByteLanguage, type Expression, empty, nothing } from './byte-language.ts';

/** @param min, max both included, infinite for none @param mostDigits of integers without a bound */
export function integersWithin(language: ByteLanguage, min: number, max: number, mostDigits: number): Expression {
  const furthest = 10 ** mostDigits - 1;
  const least = Math.max(Math.ceil(min), -furthest);
  const most = Math.min(Math.floor(max), furthest);
  const negative = naturalsWithin(language, Math.max(1, -most), -least);
  return language.choice(
    naturalsWithin(language, Math.max(0, least), most),
    language.sequence(language.literal('-'), negative),
  );
}

/** @param from, to both included and not negative; nothing when from > to */
function naturalsWithin(language: ByteLanguage, from: number, to: number): Expression {
  const parts: Expression[] = [];
  for (let length = 1; length <= String(to).length && from <= to; length++) {
    const least = Math.max(from, length === 1 ? 0 : 10 ** (length - 1));
    const most = Math.min(to, 10 ** length - 1);
    if (least <= most) parts.push(between(language, String(least), String(most)));
  }
  return parts.length === 0 ? nothing : language.choice(...parts);
}

/** Numbers of as many digits as both bounds have. */
function between(language: ByteLanguage, from: string, to: string): Expression {
  if (from === '') return empty;
  const [first, last] = [Number(from[0]), Number(to[0])];
  const rest = from.length - 1;
  const digit = (low: number, high: number): Expression =>
    low > high ? nothing : language.byte(0x30 + low, 0x30 + high);
  if (/^0*$/.test(from) && /^9*$/.test(to)) return language.repeat(digit(0, 9), rest + 1, rest + 1);
  if (first === last) return language.sequence(digit(first, first), between(language, from.slice(1), to.slice(1)));
  const [zeros, nines] = ['0'.repeat(rest), '9'.repeat(rest)];
  return language.choice(
    language.sequence(digit(first, first), between(language, from.slice(1), nines)),
    language.sequence(digit(first + 1, last - 1), language.repeat(digit(0, 9), rest, rest)),
    language.sequence(digit(last, last), between(language, zeros, to.slice(1))),
  );
}
