/** Whether one definition calls, uses, raises or sets another, by itself or through what it calls. */
import { partsOf } from '../../../index/terms/words.ts';
import { namesInCode } from '../../code/code-words.ts';
import { selfNames } from '../../code/scoping.ts';
import type { UseKind } from '../statements/claim.ts';
import type { Mention } from '../statements/mentions.ts';
import { type Bodies, type Body, headLength, occurrencesIn } from './bodies.ts';
import { isSetAt } from './deeds.ts';
import type { Known } from './known.ts';

/** By its own lines or those of what it calls; `no`: it is in none of them. */
export function uses(bodies: Bodies, user: Mention, used: Mention, how: UseKind): Known {
  const own = bodies.of(user);
  if (own.length === 0 || used.name === null) return 'unknown';
  if (used.name === user.name) return own.some((body) => callIn(body, used)) ? 'yes' : 'unknown';
  if (how === 'call' && !own.some((body) => callIn(body, used)) && usesItself(bodies, used, user, 'call') === 'yes')
    return 'no';
  const holds = (body: Body): boolean => {
    if (occurrencesIn({ code: '', text: body.symbol.documentation }, used).length > 0) return true;
    const places = occurrencesIn(body, used);
    if (how !== 'raise') return places.length > 0;
    // What is caught and let go on is raised too.
    return places.some((at) => !catching.test(lineOf(body.code, at))) || (places.length > 0 && rethrow.test(body.code));
  };
  if (own.some(holds)) return 'yes';
  return reachedFrom(bodies, own).some(holds) ? 'yes' : 'no';
}

const catching = /\b(?:except|catch|rescue)\b/;
const rethrow =
  /\braise\b[ \t]*(?:\n|$|from\b)|\bthrow\b[ \t]*(?:;|\w+[ \t]*(?:;|\n))|\braise\b[ \t]+\w+[ \t]*(?:\n|$)/;

/** By its own lines; `no` is never said. */
export function usesItself(bodies: Bodies, user: Mention, used: Mention, how: UseKind): Known {
  if (used.name === null) return 'unknown';
  return bodies.of(user).some((body) => doesIn(body, used, how)) ? 'yes' : 'unknown';
}

function doesIn(body: Body, used: Mention, how: UseKind): boolean {
  if (used.name === body.symbol.name && how !== 'call') return false;
  if (how === 'call') return callIn(body, used);
  const head = headLength(body);
  const places = occurrencesIn({ code: body.code, text: '' }, used).filter((at) => at >= head);
  const line = (at: number): string => lineOf(body.code, at);
  switch (how) {
    case 'use':
      return places.length > 0;
    case 'raise':
      return places.some(
        (at) => new RegExp(String.raw`\b(?:raise|throw|panic!?)\b[^;\n]*$`).test(line(at)) && !catching.test(line(at)),
      );
    case 'catch':
      return places.some((at) => catching.test(line(at)));
    case 'return':
      return places.some((at) => /\breturn\b/.test(line(at).slice(0, line(at).indexOf(used.name ?? ''))));
    case 'set':
      return places.some((at) => isSetAt(body.code, at));
  }
}

/**
 * What a callee does is done too: of a name with several definitions those in the body itself, else those of its file. What is
 * called on another object by a word that many types have is none of ours.
 */
export function reachedFrom(bodies: Bodies, own: readonly Body[]): Body[] {
  return own.flatMap((body) => {
    const self = body.language === 'go' ? /^func\s*\(\s*(\w+)\s/.exec(body.code)?.[1] : undefined;
    const isOurs = (receiver: string, name: string): boolean =>
      receiver === '' ||
      receiver === self ||
      selfNames.has(receiver) ||
      /^\p{Lu}/u.test(receiver) ||
      partsOf(name).length > 1;
    const callees = namesInCode(body.code, body.language).filter(
      ({ name, called, receiver }) => called && isOurs(receiver, name),
    );
    return [...new Set(callees.map(({ name }) => name))].flatMap((name) => {
      const all = bodies.named(name);
      const within = all.filter((other) => other !== body && isPartOf(other, body));
      if (within.length > 0) return within;
      return all.filter(({ path }) => all.length === 1 || path === body.path);
    });
  });
}

function isPartOf(inner: Body, body: Body): boolean {
  return (
    inner.path === body.path &&
    inner.symbol.startLine >= body.symbol.startLine &&
    inner.symbol.endLine <= body.symbol.endLine
  );
}

function callIn(body: Body, used: Mention): boolean {
  const code = body.code.slice(headLength(body));
  const name = escaped(used.name ?? '');
  if (used.name === null) return false;
  if (new RegExp(String.raw`(?<![\p{L}\p{N}_$])${name}(?:!|\?\.)?(?:(?:::)?<[^<>()]*>)?\s*\(`, 'u').test(code))
    return true;
  // Ruby calls without brackets.
  return (
    body.language === 'ruby' &&
    new RegExp(String.raw`(?:\.|&\.|^\s*|[=(!]\s*)${name}(?![\p{L}\p{N}_$=])`, 'mu').test(code) &&
    /[?!]$/.test(used.name)
  );
}

/**
 * Whether a definition lets an error out by its own lines: it raises one outside of what catches, or returns one.
 * `no` is never said: what it calls may fail.
 */
export function fails(bodies: Bodies, subject: Mention, how: 'raise' | 'return'): Known {
  const raising = (body: Body): boolean => {
    const code = body.code.slice(headLength(body));
    if (how === 'return')
      return body.language === 'go' && /\breturn\b[^\n]*\b(?:errors\.New|fmt\.Errorf|Err[A-Z]\w*)\b/.test(code);
    if (
      /\b(?:try|begin|catch|rescue|recover)\b/.test(code) &&
      !/\b(?:except|catch|rescue)\b[^]*\b(?:raise|throw)\b/.test(code)
    )
      return false;
    return /(?<![\w.$"'`])(?:raise|throw|panic!?)\b[ \t]*[\p{L}(]/u.test(code);
  };
  return bodies.of(subject).some((body) => body.symbol.kind !== 'type' && raising(body)) ? 'yes' : 'unknown';
}

function lineOf(text: string, at: number): string {
  const end = text.indexOf('\n', at);
  return text.slice(text.lastIndexOf('\n', at - 1) + 1, end < 0 ? text.length : end);
}

function escaped(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
