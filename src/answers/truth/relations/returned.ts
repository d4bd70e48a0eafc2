/** What a body returns: the names in its returned expressions, and those that flow into them. */
import type { Mention } from '../statements/mentions.ts';
import { type Bodies, type Body, headLength, occurrencesIn } from './bodies.ts';
import { type Known, agreed } from './known.ts';

/** In these a body returns what it ends with. */
const withoutReturn = new Set(['ruby', 'rust', 'elixir', 'scala', 'kotlin', 'swift', 'php-template']);
const nameIn = /[\p{L}_$][\p{L}\p{N}_$]*/gu;

export function returns(bodies: Bodies, subject: Mention, value: Mention): Known {
  const name = value.name;
  if (name === null || value.text !== name) return 'unknown';
  return agreed(
    bodies
      .of(subject)
      .filter(({ symbol }) => symbol.kind === 'function' || symbol.kind === 'method')
      .map((body) => returnsIn(body, value, name)),
  );
}

function returnsIn(body: Body, value: Mention, name: string): Known {
  const { code, language } = body;
  if (withoutReturn.has(language) || occurrencesIn({ code, text: '' }, value).length === 0) return 'unknown';
  const head = headLength(body);
  const inside = withoutInner(code.slice(head));
  if (/\bdef\b|\blambda\b|\byield\b/.test(inside.slice(1))) return 'unknown';
  if (
    new RegExp(String.raw`(?<![\p{L}\p{N}_$])${name.replaceAll('$', String.raw`\$`)}(?![\p{L}\p{N}_$])`, 'u').test(
      code.slice(0, head),
    ) &&
    !isParameter(code.slice(0, head), name)
  )
    return 'unknown';
  const returned = [...inside.matchAll(/(?<![\w.$])return\b/g)].map(({ index }) => expressionAt(inside, index + 6));
  if (returned.length === 0 || returned.every((one) => one.trim() === '')) return 'unknown';
  const flowing = new Set(returned.flatMap((one) => one.match(nameIn) ?? []));
  const lines = inside.split('\n');
  for (let size = -1; size !== flowing.size;) {
    size = flowing.size;
    for (const line of lines) {
      const words = line.match(nameIn) ?? [];
      // What is written into a value that is returned, on the left of a sign or as the object of a call.
      const target =
        /^\s*(?:(?:const|let|var|auto|final|mut)\b[^=]*?)?([^=]*?)(?::=|[-+*/|&%^]?=(?![=>])|\(|\.)/.exec(line)?.[1] ??
        '';
      if (
        (target.match(nameIn) ?? []).some((word) => flowing.has(word)) ||
        (/\bfor\b|\bwith\b|\bas\b|\bin\b/.test(line) && words.some((word) => flowing.has(word)))
      )
        for (const word of words) flowing.add(word);
    }
  }
  return flowing.has(name) ? 'unknown' : 'no';
}

/** The expression that begins at an offset: to the end of its line, or of the line in which its brackets close. */
function expressionAt(code: string, from: number): string {
  let depth = 0;
  for (let at = from; at < code.length; at++) {
    const sign = code.charAt(at);
    if ('([{'.includes(sign)) depth += 1;
    if (')]}'.includes(sign)) depth -= 1;
    if (depth < 0 || (depth === 0 && (sign === ';' || (sign === '\n' && !/^\s*[.?:&|+]/.test(code.slice(at))))))
      return code.slice(from, at);
  }
  return code.slice(from);
}

/** A function in it returns for itself. */
function withoutInner(code: string): string {
  let text = code;
  for (const match of code.matchAll(/=>\s*\{|\bfunction\b[^{]*\{|\bfunc\s*\([^{]*\{/g)) {
    if (match.index === 0) continue;
    const from = match.index + match[0].length;
    let depth = 1;
    let to = from;
    for (; to < code.length && depth > 0; to++) depth += code.charAt(to) === '{' ? 1 : code.charAt(to) === '}' ? -1 : 0;
    text = text.slice(0, from) + text.slice(from, to).replaceAll(/[^\n]/g, ' ') + text.slice(to);
  }
  return text;
}

function isParameter(head: string, name: string): boolean {
  const parameters = head.slice(head.indexOf('('));
  return new RegExp(String.raw`(?<![\p{L}\p{N}_$])${name.replaceAll('$', String.raw`\$`)}(?![\p{L}\p{N}_$])`, 'u').test(
    parameters,
  );
}
