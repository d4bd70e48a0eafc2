/**
 * The claims of a summary: each sentence with what it rests on and the hash of that text. A claim about lines is true of them
 * wherever they are, so it stays fresh while they only move; a claim about parts below is as fresh as what was said of those.
 */
import { createHash } from 'node:crypto';
import type { IndexReader } from '../../index/types.ts';
import type { Citation, LineRange } from '../../protocol/answers.ts';
import type { Claim, ClaimGround, SummaryNode } from '../../protocol/summary.ts';
import { chunkAt, fileText, linesOf } from '../code/file-text.ts';

/** What a sentence rests on: lines of a file, or the summary of a part below, which is known by its path. */
export interface Support extends LineRange {
  /** The `[n]` under which the sentences name it. */
  readonly number: number;
  /** The part below whose summary was read; null: the lines themselves. */
  readonly part: string | null;
  /** Hex SHA-256 of the text that was read. */
  readonly hash: string;
  /** How the sentences name it: `checked`, a statement that does was checked against it; `read`: none does. */
  readonly use: 'checked' | 'cited' | 'read';
}

/** What is kept of one part: its sentences, whose texts joined are its summary, and what they rest on. */
export interface KeptPart {
  readonly claims: readonly { readonly text: string; readonly rests: readonly number[] }[];
  readonly supports: readonly Support[];
  /** The model that wrote it; null: it is extracted. */
  readonly writer: string | null;
}

export function hashOfText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A part's summary as it is read for the one above: without its numbers, which are of other sources. */
export function readAsPart({ path, summary }: Pick<SummaryNode, 'path' | 'summary'>): string {
  return `${path}: ${summary.replaceAll(/ ?\[\d+\]/g, '')}`;
}

/** Claims and citations of a part by the index as it is now. */
export function resolveClaims(
  { claims, supports }: KeptPart,
  reader: IndexReader,
  children: readonly SummaryNode[],
): { readonly claims: readonly Claim[]; readonly citations: readonly Citation[] } {
  const found = new Map(supports.map((support) => [support.number, resolve(support, reader, children)]));
  return {
    claims: claims.map(({ text, rests }) => {
      const grounds = rests.flatMap((number) => found.get(number) ?? []);
      return { text, rests: distinct(grounds.flatMap((one) => one.rests)), status: worst(grounds) };
    }),
    citations: supports.flatMap(({ number, use }): Citation[] => {
      const one = found.get(number);
      if (!one || use === 'read') return [];
      const { path, startLine, endLine } = one.place;
      const file = fileText(reader, path);
      const id = (file && chunkAt(file, startLine)?.id) ?? path;
      const status = one.status === 'fresh' ? (use === 'checked' ? 'verified' : 'unchanged') : one.status;
      return [{ id, number, path, startLine, endLine, status }];
    }),
  };
}

interface Resolved {
  readonly place: LineRange;
  readonly rests: readonly ClaimGround[];
  readonly status: Claim['status'];
}

function resolve(support: Support, reader: IndexReader, children: readonly SummaryNode[]): Resolved {
  const { path, startLine, endLine, hash, part } = support;
  const place = { path, startLine, endLine };
  if (part === null) {
    const from = findLines(reader, support);
    if (from === undefined) return { place, rests: [{ ...place, hash }], status: 'stale' };
    const now = { path, startLine: from, endLine: from + endLine - startLine };
    return { place: now, rests: [{ ...now, hash }], status: from === startLine ? 'fresh' : 'moved' };
  }
  const child = children.find((one) => one.path === part);
  // The child is another by now, or is gone: what was said of it is all that is known.
  if (!child || hashOfText(readAsPart(child)) !== hash) return { place, rests: [{ ...place, hash }], status: 'stale' };
  const [citation] = child.citations;
  return {
    place: citation ? { path: citation.path, startLine: citation.startLine, endLine: citation.endLine } : place,
    rests: child.claims.flatMap(({ rests }) => rests),
    status: worst(child.claims),
  };
}

/** The line, from 1, where lines of this hash begin: where they were, else nearest to it; undefined: nowhere. */
function findLines(reader: IndexReader, { path, startLine, endLine, hash }: Support): number | undefined {
  const file = fileText(reader, path);
  if (!file) return undefined;
  const length = endLine - startLine;
  const isAt = (from: number): boolean =>
    from >= 1 &&
    from + length <= Math.max(file.lines.length, 1) &&
    hashOfText(linesOf(file, from, from + length)) === hash;
  if (isAt(startLine)) return startLine;
  for (let away = 1; away < file.lines.length; away++) {
    if (isAt(startLine - away)) return startLine - away;
    if (isAt(startLine + away)) return startLine + away;
  }
  return undefined;
}

function worst(all: readonly Pick<Claim, 'status'>[]): Claim['status'] {
  return all.some(({ status }) => status === 'stale')
    ? 'stale'
    : all.some(({ status }) => status === 'moved')
      ? 'moved'
      : 'fresh';
}

function distinct(grounds: readonly ClaimGround[]): ClaimGround[] {
  return [...new Map(grounds.map((one) => [`${one.path} ${one.startLine} ${one.endLine}`, one])).values()];
}
