/**
 * Checks what a decoder wrote against what it read: every name of code, path, quotation and number in a stretch of prose must
 * stand in the texts that were read. What does not is listed; nothing is judged but whether it stands there.
 */
import { STATUS_CODES } from 'node:http';
import type { LineRange } from '../../protocol/answers.ts';
import { looksLikeCode } from '../code/words.ts';

export interface ReadText extends Pick<LineRange, 'path'> {
  readonly text: string;
  /** Qualified name of what the text defines. */
  readonly symbol?: string;
}

/** A claim that nothing read supports; offsets in UTF-16 units of the checked text. */
interface UnsupportedClaim {
  readonly kind: 'name' | 'path' | 'quotation' | 'number';
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Words with inner capitals that are no names of code. */
const properNames = new Set(
  (
    'JavaScript TypeScript GitHub GitLab CoffeeScript PostgreSQL MySQL SQLite MongoDB GraphQL OAuth OpenID WebSocket ' +
    'WebSockets WebAssembly NumPy PyPI CPython macOS iOS DevOps FastAPI LaTeX YouTube IPv4 IPv6 e.g i.e'
  ).split(' '),
);
const knownExtension =
  /\.(?:[cm]?[jt]sx?|py|go|rs|java|kt|c|h|cc|cpp|hpp|cs|rb|php|json|ya?ml|toml|md|txt|html|css|sh|sql|xml|cfg|ini|lock)$/i;
const citation = /^\[\d+(?:\s*[,–-]\s*\d+)*\]$/;

export interface SupportChecker {
  /** Claims of the text that nothing read supports, in order. */
  check(text: string): UnsupportedClaim[];
  /** Whether the text is in what was read, word for word but for white space. */
  stands(text: string): boolean;
}

export function createSupportChecker(read: readonly ReadText[]): SupportChecker {
  const paths = new Set(read.map(({ path }) => path));
  const all = read.map(({ path, symbol, text }) => `${path}\n${symbol ?? ''}\n${text}`).join('\n');
  const squeezed = squeeze(all);
  const identifiers = new Set(all.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu));
  const numbers = new Set((all.match(/\d+(?:\.\d+)*/g) ?? []).flatMap((number) => [number, plain(number)]));

  const isPath = (claim: string): boolean =>
    [...paths].some(
      (path) => path === claim || path.endsWith(`/${claim}`) || path.startsWith(`${claim.replace(/\/$/, '')}/`),
    );
  /** `a.b()` stands for its parts: each must be there, for prose may join what the code keeps apart (`Session.send`). */
  const isName = (claim: string): boolean => {
    const names = claim.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu) ?? [];
    return names.length > 0 && names.every((name) => identifiers.has(name));
  };
  const stands = (claim: string): boolean => standsWhole(squeezed, squeeze(claim));

  const judge = (claim: Claim): boolean => {
    const bare = claim.text.replace(/^\.\//, '').replace(/:\d+(?:-\d+)?$/, '');
    switch (claim.kind) {
      case 'name': {
        const called = bare.replace(/\(\)$/, '');
        if (properNames.has(called) || stands(called) || isPath(called)) return true;
        return /^[\p{L}\p{N}_$.:#>-]+$/u.test(called) && isName(called);
      }
      case 'path':
        return isPath(bare) || stands(bare);
      case 'quotation':
        return stands(claim.text);
      case 'number':
        return numbers.has(plain(claim.text)) || isStatusOf(claim.text, squeezed);
    }
  };

  return {
    check: (text) =>
      claimsIn(text).filter((claim) => !judge(claim) && !(opensSentence(text, claim) && judge(uncapitalised(claim)))),
    stands,
  };
}

type Claim = UnsupportedClaim;

/** All that can be checked in a text, in order, none overlapping another. */
function claimsIn(text: string): Claim[] {
  const claims: Claim[] = [];
  const taken = new Uint8Array(text.length);
  const take = (kind: Claim['kind'], start: number, claim: string): void => {
    const end = start + claim.length;
    if (claim === '' || taken.subarray(start, end).some(Boolean)) return;
    taken.fill(1, start, end);
    claims.push({ kind, start, end, text: claim });
  };
  const skip = (start: number, end: number): void => void taken.fill(1, start, end);

  for (const match of text.matchAll(/^ {0,3}(`{3,}|~{3,})[^\n]*\n([\s\S]*?)(?:^ {0,3}\1[`~]*[ \t]*$|$(?![\s\S]))/gm)) {
    const body = match[2] ?? '';
    let at = match.index + match[0].indexOf('\n') + 1;
    for (const line of body.split('\n')) {
      const trimmed = line.trim();
      if (trimmed !== '' && trimmed !== '…' && trimmed !== '...')
        take('quotation', at + line.indexOf(trimmed), trimmed);
      at += line.length + 1;
    }
    skip(match.index, match.index + match[0].length);
  }
  for (const match of text.matchAll(/`([^`\n]+)`/g)) {
    const inner = (match[1] ?? '').trim();
    const start = match.index + match[0].indexOf(inner);
    take(isPathLike(inner) ? 'path' : /\s/.test(inner) ? 'quotation' : 'name', start, inner);
    skip(match.index, match.index + match[0].length);
  }
  for (const match of text.matchAll(/"([^"\n]{3,})"|“([^”\n]{3,})”/g)) {
    const inner = match[1] ?? match[2] ?? '';
    // Marks around one plain word set it off from the sentence; they quote nothing.
    if (!/\s/.test(inner.trim()) && !looksLikeCode(inner) && !/\p{L}-\p{L}|^\p{Lu}{3,}$/u.test(inner)) continue;
    take('quotation', match.index + 1, inner);
  }
  for (const match of text.matchAll(/\[[^\]\n]*\]/g))
    if (citation.test(match[0])) skip(match.index, match.index + match[0].length);
  for (const match of text.matchAll(/[\p{L}\p{N}_$@.~/\\:-]*[\p{L}\p{N}_$](?:\(\))?/gu)) {
    const word = match[0].replace(/^[-:@~\\]+/, '');
    const start = match.index + match[0].length - word.length;
    if (isPathLike(word)) take('path', start, word);
    else if (word.endsWith('()') || looksLikeCode(word)) take('name', start, word);
    else if (/^\d+(?:\.\d+)*$/.test(word) && !isOrdinal(text, start, word)) take('number', start, word);
  }
  return claims.toSorted((a, b) => a.start - b.start);
}

function isPathLike(word: string): boolean {
  if (/\s/.test(word) || word.includes('://')) return false;
  const bare = word.replace(/:\d+(?:-\d+)?$/, '');
  return knownExtension.test(bare) || (/^[.\w@-]+(?:\/[.\w@-]+)+\/?$/.test(bare) && bare.split('/').length > 2);
}

/** "1." at the beginning of a line counts a list; a single digit in prose counts things. */
function isOrdinal(text: string, start: number, word: string): boolean {
  const before = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  return word.length === 1 || (before.trim() === '' && /^[.)]/.test(text.slice(start + word.length)));
}

/** `15.0` and `15` are one number; a version stays as it is. */
function plain(number: string): string {
  return /^\d+\.0+$/.test(number) ? number.replace(/\.0+$/, '') : number;
}

/** A name of code takes a capital where prose begins a sentence with it. */
function opensSentence(text: string, { kind, start }: Claim): boolean {
  return kind === 'name' && /(?:^|[.!?:]\s+|\n\s*(?:[-*]|\d+\.)?\s*)$/.test(text.slice(0, start));
}

function uncapitalised(claim: Claim): Claim {
  return { ...claim, text: claim.text.slice(0, 1).toLowerCase() + claim.text.slice(1) };
}

/** Whether the number is an HTTP status that the text has by its name: 303 where it says `see_other` or `StatusSeeOther`. */
function isStatusOf(number: string, text: string): boolean {
  const name = STATUS_CODES[number];
  if (name === undefined) return false;
  const letters = (part: string): string => part.toLowerCase().replaceAll(/[^a-z]/g, '');
  const wanted = letters(name);
  return (text.match(/[A-Za-z_]\w*/g) ?? []).some(
    (word) => letters(word).replace(/^(?:http)?(?:status)?/, '') === wanted,
  );
}

function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** True when the claim stands in the text and is not just the middle of a longer word. */
function standsWhole(text: string, claim: string): boolean {
  if (claim === '') return false;
  const word = /[\p{L}\p{N}_$]/u;
  const opens = word.test(claim[0] ?? '');
  const closes = word.test(claim.at(-1) ?? '');
  for (let at = text.indexOf(claim); at >= 0; at = text.indexOf(claim, at + 1)) {
    const end = at + claim.length;
    if (!(opens && word.test(text[at - 1] ?? ' ')) && !(closes && word.test(text[end] ?? ' '))) return true;
  }
  return false;
}
