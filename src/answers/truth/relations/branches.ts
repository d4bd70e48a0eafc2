/** The branches of a body: the tests that are written there, and what runs where they hold and where they do not. */
import type { Body } from './bodies.ts';

/** Offsets in the body's text, `to` exclusive. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface Branch {
  /** The condition as written. */
  readonly test: string;
  readonly testAt: Stretch;
  /** It is written as `unless`: what follows runs where the test does not hold. */
  readonly isTurned: boolean;
  readonly then: Stretch;
  /** What runs otherwise, all of the chain; null where nothing is written. */
  readonly otherwise: Stretch | null;
  /** What follows in the same block. */
  readonly rest: Stretch;
  /** Whether nothing of `rest` runs after `then`, or after `otherwise`. */
  readonly thenLeaves: boolean;
  readonly otherwiseLeaves: boolean;
  /** Whether no other branch or loop is around it. */
  readonly isOutermost: boolean;
}

const opening =
  /^([ \t]*)(?:\}[ \t]*)?(?:else[ \t]+)?(if|elif|elsif|elseif|unless|while|until)\b(?![ \t]*let\b.*\bin\b)/gm;
const leaving = /^\s*(?:return|throw|raise|panic!?|continue|break|next|goto|exit|abort|die|fail)\b/;
/** In these no brackets are needed around a test, and a brace opens what follows. */
const bracesAfterTest = new Set(['go', 'rust', 'swift']);
const indented = new Set(['python']);
/** In these a test ends with its line, and a word closes what follows. */
const wordsAround = new Set(['ruby', 'lua', 'elixir', 'shell', 'shellscript', 'bash', 'julia', 'crystal']);

const known = new WeakMap<Body, readonly Branch[]>();

export function branchesOf(body: Body): readonly Branch[] {
  const before = known.get(body);
  if (before) return before;
  const found = [...blocks(body), ...choices(body), ...modifiers(body)];
  known.set(body, found);
  return found;
}

function blocks(body: Body): Branch[] {
  const { code, text } = body;
  return [...code.matchAll(opening)].flatMap((match): Branch[] => {
    const from = match.index + match[0].length;
    const test = testFrom(body, from);
    if (!test) return [];
    const base = indent(lineAt(code, match.index));
    const then = blockFrom(body, test.end, base);
    if (!then) return [];
    const isLoop = match[2] === 'while' || match[2] === 'until';
    const otherwise = isLoop ? null : chainFrom(body, then.to, base);
    const rest = { from: otherwise?.to ?? then.to, to: enclosingEnd(code, otherwise?.to ?? then.to, base) };
    return [
      {
        test: text.slice(test.from, test.to).split(';').at(-1)?.trim() ?? '',
        testAt: test,
        isTurned: match[2] === 'unless' || match[2] === 'until',
        then,
        otherwise,
        rest,
        thenLeaves: !isLoop && leaves(code.slice(then.from, then.to)),
        otherwiseLeaves: otherwise !== null && leaves(code.slice(otherwise.from, otherwise.to)),
        isOutermost: isOutermost(code, match.index, base),
      },
    ];
  });
}

/** Where a test is that begins at an offset, and where it ends with all that closes it. */
function testFrom({ code, language }: Body, from: number): (Stretch & { readonly end: number }) | null {
  const start = from + (/^\s*/.exec(code.slice(from))?.[0].length ?? 0);
  if (indented.has(language)) {
    const end = outside(code, start, /^:(?!=)/);
    return end === null ? null : { from: start, to: end, end: end + 1 };
  }
  if (wordsAround.has(language)) {
    const end = outside(code, start, /^(?:\bthen\b|;|(?<!(?:&&|\|\||\band|\bor|,|\\)[ \t]*)\n)/);
    return end === null ? null : { from: start, to: end, end };
  }
  if (bracesAfterTest.has(language)) {
    const end = outside(code, start, /^\{/);
    return end === null ? null : { from: start, to: end, end };
  }
  if (code.charAt(start) !== '(') return null;
  const close = closing(code, start);
  return close === null ? null : { from: start + 1, to: close, end: close + 1 };
}

/** The first offset outside of brackets where a sign is. */
function outside(code: string, from: number, sign: RegExp): number | null {
  let depth = 0;
  for (let at = from; at < code.length && at < from + 1200; at++) {
    const letter = code.charAt(at);
    if (
      depth === 0 &&
      sign.test(code.slice(at, at + 6)) &&
      !(
        letter === '\n' &&
        sign.source.includes('\\n') &&
        /(?:&&|\|\||\band|\bor|,|\\)[ \t]*$/.test(code.slice(from, at))
      )
    )
      return at;
    if ('([{'.includes(letter)) depth += 1;
    if (')]}'.includes(letter)) depth -= 1;
    if (depth < 0) return null;
  }
  return null;
}

/** Where a bracket closes. */
function closing(code: string, from: number): number | null {
  let depth = 0;
  for (let at = from; at < code.length; at++) {
    const letter = code.charAt(at);
    if ('([{'.includes(letter)) depth += 1;
    if (')]}'.includes(letter)) depth -= 1;
    if (depth === 0) return at;
  }
  return null;
}

/** What a test or an `else` that ends at an offset opens; null where it cannot be told. */
function blockFrom({ code, language }: Body, from: number, base: number): Stretch | null {
  if (indented.has(language) || wordsAround.has(language)) {
    const lineEnd = endOfLine(code, from);
    const sameLine = code.slice(from, lineEnd).replace(/^\s*then\b/, '');
    if (indented.has(language) && sameLine.trim() !== '') return { from, to: lineEnd };
    return { from: lineEnd, to: deeperEnd(code, lineEnd, base) };
  }
  const start = from + (/^\s*/.exec(code.slice(from))?.[0].length ?? 0);
  if (code.charAt(start) === '{') {
    const close = closing(code, start);
    if (close === null) return null;
    // What a preprocessor leaves out may unbalance the braces.
    const isAligned =
      !code.slice(start, close).includes('\n') ||
      indent(lineAt(code, close)) === base ||
      indent(lineAt(code, close)) === indent(lineAt(code, start));
    return isAligned ? { from: start + 1, to: close } : null;
  }
  const end = outside(code, start, /^(?:;|\n)/);
  return end === null ? null : { from: start, to: end + 1 };
}

/** The branches that follow a block, from its end to the end of the last of them. */
function chainFrom(body: Body, from: number, base: number): Stretch | null {
  const { code } = body;
  const found = /^[\s}]*?(?:^|\}|\s)[ \t]*(else[ \t]+if|elif|elsif|elseif|else)\b/.exec(code.slice(from));
  if (!found?.[1]) return null;
  const at = from + found[0].length;
  const line = lineAt(code, at - 1);
  if (indent(line) !== base) return null;
  let end: number;
  if (found[1] === 'else') {
    const colon = indented.has(body.language) ? at + 1 : at;
    const block = blockFrom(body, colon, base);
    if (!block) return null;
    end = block.to;
  } else {
    const test = testFrom(body, at);
    const block = test && blockFrom(body, test.end, base);
    if (!block) return null;
    end = chainFrom(body, block.to, base)?.to ?? block.to;
  }
  return { from: at, to: end };
}

/** `test ? one : other`, and `one if test else other`. */
function choices(body: Body): Branch[] {
  const { code, text, language } = body;
  const branch = (test: Stretch, then: Stretch, otherwise: Stretch): Branch => ({
    test: text.slice(test.from, test.to).trim(),
    testAt: test,
    isTurned: false,
    then,
    otherwise,
    rest: { from: otherwise.to, to: otherwise.to },
    thenLeaves: false,
    otherwiseLeaves: false,
    isOutermost: false,
  });
  if (indented.has(language))
    return [
      ...code.matchAll(/^(?![ \t]*(?:if|elif|while|assert)\b)(.*?)[ \t]if[ \t]+(.+?)[ \t]+else[ \t]+(.+)$/gm),
    ].flatMap((match) => {
      const [, head = '', test = '', other = ''] = match;
      const start = /^.*(?:[^=!<>]=(?!=)|\breturn\b|[(,[{:])/s.exec(head)?.[0].length ?? 0;
      const thenTo = match.index + head.length;
      const testFrom = thenTo + match[0].slice(head.length).indexOf(test);
      const otherFrom = match.index + match[0].length - other.length;
      return [
        branch(
          { from: testFrom, to: testFrom + test.length },
          { from: match.index + start, to: thenTo },
          { from: otherFrom, to: match.index + match[0].length },
        ),
      ];
    });
  return [...code.matchAll(/\s\?\s/g)].flatMap((match) => {
    const testFrom = backTo(code, match.index);
    const colon = outside(code, match.index + match[0].length, /^\s:\s/);
    if (colon === null) return [];
    const end = outside(code, colon + 2, /^(?:[;,]|\n)/) ?? closingAfter(code, colon + 2);
    return [
      branch({ from: testFrom, to: match.index }, { from: match.index + 2, to: colon }, { from: colon + 2, to: end }),
    ];
  });
}

/** Where the expression begins that ends at an offset. */
function backTo(code: string, from: number): number {
  let depth = 0;
  for (let at = from - 1; at >= 0; at--) {
    const letter = code.charAt(at);
    if (')]}'.includes(letter)) depth += 1;
    if ('([{'.includes(letter)) depth -= 1;
    const isAssignment = letter === '=' && !/[=!<>]/.test(code.charAt(at - 1)) && code.charAt(at + 1) !== '=';
    if (
      depth < 0 ||
      (depth === 0 && (';,{'.includes(letter) || isAssignment || (letter === '>' && code.charAt(at - 1) === '=')))
    )
      return at + 1;
    if (depth === 0 && /\breturn$/.test(code.slice(Math.max(0, at - 7), at + 1))) return at + 1;
  }
  return 0;
}

function closingAfter(code: string, from: number): number {
  let depth = 0;
  for (let at = from; at < code.length; at++) {
    if ('([{'.includes(code.charAt(at))) depth += 1;
    if (')]}'.includes(code.charAt(at))) depth -= 1;
    if (depth < 0) return at;
  }
  return code.length;
}

/** `return x if test` (Ruby, Perl). */
function modifiers(body: Body): Branch[] {
  const { code, text, language } = body;
  if (language !== 'ruby' && language !== 'perl') return [];
  return [
    ...code.matchAll(/^([ \t]*)(?!if\b|unless\b|elsif\b|while\b|until\b)(\S.*?)[ \t]+(if|unless)[ \t]+(\S.*)$/gm),
  ].flatMap((match): Branch[] => {
    const [whole, space = '', done = '', word = '', test = ''] = match;
    if (/[=(]$/.test(done)) return [];
    const testFrom = match.index + whole.length - test.length;
    const then = { from: match.index + space.length, to: match.index + space.length + done.length };
    const end = match.index + whole.length;
    const base = indent(whole);
    return [
      {
        test: text.slice(testFrom, end).replace(/;?\s*$/, ''),
        testAt: { from: testFrom, to: end },
        isTurned: word === 'unless',
        then,
        otherwise: null,
        rest: { from: end, to: enclosingEnd(code, end, base) },
        thenLeaves: leaving.test(done),
        otherwiseLeaves: false,
        isOutermost: isOutermost(code, match.index, base),
      },
    ];
  });
}

/** Whether what stands there ends with a statement that leaves it. */
export function leaves(block: string): boolean {
  const lines = block.split('\n').filter((line) => line.trim() !== '');
  const least = Math.min(...lines.map(indent));
  const last = lines.findLast((line) => indent(line) === least && !/^\s*[)\]}]/.test(line));
  if (last !== undefined && leaving.test(last)) return true;
  const only = block.trim().replace(/^\{|\}$/g, '');
  return leaving.test(only) && !only.includes('\n');
}

function isOutermost(code: string, at: number, base: number): boolean {
  let inner = base;
  for (const line of code.slice(0, at).split('\n').slice(1, -1).toReversed()) {
    if (line.trim() === '' || indent(line) >= inner) continue;
    inner = indent(line);
    if (
      /\b(?:if|elif|elsif|else|unless|for|while|until|loop|case|when|switch|try|except|catch|rescue|match|each|do)\b/.test(
        line,
      )
    )
      return false;
  }
  return true;
}

function deeperEnd(code: string, from: number, base: number): number {
  let at = from;
  for (const line of code.slice(from + 1).split('\n')) {
    if (line.trim() !== '' && indent(line) <= base) break;
    at += line.length + 1;
  }
  return Math.min(at, code.length);
}

/** Where the block ends in which lines are indented so. */
function enclosingEnd(code: string, from: number, base: number): number {
  let at = endOfLine(code, from);
  for (const line of code.slice(at + 1).split('\n')) {
    if (line.trim() !== '' && !/^\s*#/.test(line) && indent(line) < base) break;
    at += line.length + 1;
  }
  return Math.min(at, code.length);
}

function endOfLine(code: string, from: number): number {
  const end = code.indexOf('\n', from);
  return end < 0 ? code.length : end;
}

/** The line of an offset. */
export function lineAt(code: string, at: number): string {
  const start = code.lastIndexOf('\n', at - 1) + 1;
  return code.slice(start, endOfLine(code, at));
}

/** How far a line is indented; a tab counts four. */
export function indent(line: string): number {
  return /^[ \t]*/.exec(line)?.[0].replaceAll('\t', '    ').length ?? 0;
}
