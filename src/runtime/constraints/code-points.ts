/** Sets of Unicode code points as ranges, and how UTF-8 spells them. */
import { type ByteLanguage, type Expression } from './byte-language.ts';

/** Both ends included. */
export type CodePointRange = readonly [from: number, to: number];

/** Ranges in order that do not touch each other. */
export type CodePoints = readonly CodePointRange[];

export const lastCodePoint = 0x10ffff;

/** Everything but the surrogates, which no text has. */
const characters: CodePoints = [
  [0, 0xd7ff],
  [0xe000, lastCodePoint],
];

export function unionOf(ranges: readonly CodePointRange[]): CodePoints {
  const merged: [number, number][] = [];
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

export function complementOf(points: CodePoints): CodePoints {
  const rest: [number, number][] = [];
  let next = 0;
  for (const [from, to] of points) {
    if (from > next) rest.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= lastCodePoint) rest.push([next, lastCodePoint]);
  return rest;
}

export function intersectionOf(a: CodePoints, b: CodePoints): CodePoints {
  return complementOf(unionOf([...complementOf(a), ...complementOf(b)]));
}

/** The code points that a pattern with the flag u matches, found by trying them all. */
export function codePointsMatching(pattern: RegExp): CodePoints {
  const ranges: [number, number][] = [];
  for (let point = 0; point <= lastCodePoint; point++) {
    if (!pattern.test(String.fromCodePoint(point))) continue;
    const last = ranges.at(-1);
    if (last?.[1] === point - 1) last[1] = point;
    else ranges.push([point, point]);
  }
  return ranges;
}

/** One character of the set, in UTF-8 (RFC 3629). */
export function inUtf8(language: ByteLanguage, points: CodePoints): Expression {
  const parts: Expression[] = [];
  for (const [from, to] of intersectionOf(points, characters)) addRange(language, from, to, parts);
  return language.choice(...parts);
}

/** Cuts the range until the bytes of both ends are the bounds of each byte between them. */
function addRange(language: ByteLanguage, from: number, to: number, parts: Expression[]): void {
  for (const last of [0x7f, 0x7ff, 0xffff]) {
    if (from > last || to <= last) continue;
    addRange(language, from, last, parts);
    addRange(language, last + 1, to, parts);
    return;
  }
  const least = bytesOf(from);
  for (let i = 1; i < least.length; i++) {
    const free = 2 ** (6 * i) - 1;
    if (Math.floor(from / (free + 1)) === Math.floor(to / (free + 1))) continue;
    const cut =
      from % (free + 1) === 0 ? (to % (free + 1) === free ? null : to - (to % (free + 1))) : (from | free) + 1;
    if (cut === null) continue;
    addRange(language, from, cut - 1, parts);
    addRange(language, cut, to, parts);
    return;
  }
  const most = bytesOf(to);
  parts.push(language.sequence(...Array.from(least, (byte, i) => language.byte(byte, most[i]))));
}

function bytesOf(point: number): Uint8Array {
  return Buffer.from(String.fromCodePoint(point), 'utf8');
}
