/** Where a body does with a name what is said to be done with it: sets, deletes, checks, calls, returns or raises it. */
import type { Deed } from '../statements/consequences.ts';
import type { Mention } from '../statements/mentions.ts';
import type { Body } from './bodies.ts';

const lines: Readonly<Partial<Record<Deed, RegExp>>> = {
  deleted: /\b(?:del|delete|remove\w*|pop|erase|unset|drop)\b|(?:Remove|Delete)/,
  checked: /\b(?:if|elif|while|unless|assert\w*|switch|case|match)\b|[!=]=|\?/,
  returned: /\breturn\b|=>/,
  raised: /\b(?:raise|throw|panic)\b|\breturn\b/,
};

/** Of the places of a name those whose lines do it, where there are any. */
export function doneAt(
  { text, code }: Body,
  { name }: Mention,
  deed: Deed,
  places: readonly number[],
): readonly number[] {
  if (deed === 'called') {
    const calls = places.filter(
      (at) =>
        calling.test(code.slice(at + (name ?? '').length)) ||
        calling.test(code.slice(at).replace(/^[\p{L}\p{N}_$.>:-]+/u, '')),
    );
    return calls.length > 0 ? calls : places;
  }
  if (deed === 'set') {
    const set = places.filter((at) => isSetAt(code, at));
    return set.length > 0 ? set : places;
  }
  const pattern = lines[deed];
  if (!pattern) return places;
  const line = (at: number): string =>
    text.slice(text.lastIndexOf('\n', at) + 1, (text.indexOf('\n', at) + 1 || text.length + 1) - 1);
  const found = places.filter((at) => pattern.test(line(at)));
  return found.length > 0 ? found : places;
}

const calling = /^[!?]?\s*(?:<[^<>()]*>)?\(/;

/** Of the places of a name those whose lines have the value that it is said to be set to. */
export function withValue(
  { text }: Pick<Body, 'text'>,
  value: string | null,
  places: readonly number[],
): readonly number[] {
  if (value === null) return places;
  const name = value.replace(/\(.*\)$/s, '').replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const word = new RegExp(String.raw`(?<![\p{L}\p{N}_$])${name}(?![\p{L}\p{N}_$])`, 'iu');
  return places.filter((at) => word.test(text.slice(at, (text.indexOf('\n', at) + 1 || text.length + 1) - 1)));
}

const assignment =
  /^(?:\[[^\]\n]*\]|\])?(?:\s*,\s*[\w.$]+)*\s*(?:(?:[-+*/|&%^:]|\|\||&&|\?\?|<<|>>)?=(?![=>])|:[^=;\n]*[^=!<>]=(?![=>])|\+\+|--)/;

/** Whether the name at an offset is what an assignment sets. */
export function isSetAt(code: string, at: number): boolean {
  const before = code.slice(Math.max(0, at - 2), at);
  return (
    before === '++' ||
    before === '--' ||
    assignment.test(code.slice(at).replace(/^[\p{L}\p{N}_$.>:-]*[\p{L}\p{N}_$]/u, ''))
  );
}
