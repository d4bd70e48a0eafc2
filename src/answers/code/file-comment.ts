/** What a file says of itself: the comment or docstring it opens with, or a document's first paragraph, with its lines. */
import type { FileText } from './file-text.ts';
import { firstParagraph } from './first-sentence.ts';

export interface OpeningText {
  /** Comment signs removed. */
  readonly text: string;
  readonly startLine: number;
  readonly endLine: number;
}

const documents = new Set(['markdown', 'restructuredtext', 'plaintext', 'text', 'asciidoc', 'rst']);
/** Comments that speak to tools or lawyers say nothing of the code. */
const formal =
  /copyright|licen[cs]e|spdx|all rights reserved|eslint|prettier|ts-(?:no)?check|ts-ignore|@ts-|jshint|jslint|istanbul|noinspection|nolint|pylint|flake8|mypy|-\*-|vim:|clang-format|go:build|\+build|frozen_string_literal|encoding:|automatically generated|auto-generated|do not edit/i;
/** Where code came from is not what it does. */
const attribution =
  /^(?:the original (?:work|code) (?:was|is)|originally|(?:this (?:file|code) (?:was|is) )?(?:ported|adapted|derived|taken|copied|borrowed|forked))\b.*\bfrom\b/is;
const legal =
  /^(?:licensed to|licensed under|copyright|\(c\)|permission is hereby|redistribution and use|all rights reserved|spdx-)/i;
/** Lines within which a file must begin to say what it is. */
const searched = 80;

/** The opening text of a file; undefined when it has none. */
export function openingText(file: FileText): OpeningText | undefined {
  if (documents.has(file.language) || /\.(?:md|rst|txt|adoc)$/i.test(file.path))
    return firstDocumentParagraph(file.lines);
  const last = Math.min(file.lines.length, searched);
  for (let line = 1; line <= last;) {
    const found = commentAt(file.lines, line);
    if (!found) {
      const text = file.lines[line - 1]?.trim() ?? '';
      // Before the first comment only what opens files may stand: nothing, directives, a package clause, imports.
      if (
        !/^(?:$|#!|<\?php|["']use \w+["'];?$|package\b|import\b|from\b.*\bimport\b|use\b|using\b|require\b|require_relative\b|namespace\b|#(?:pragma|ifndef|define|include|ifdef|if)\b|module\b|declare\b|extern crate\b|[)("'{}@].*)/.test(
          text,
        )
      )
        return undefined;
      line += 1;
      continue;
    }
    if (isDescription(found.text)) return describes(file, found) ? found : undefined;
    line = found.endLine + 1;
  }
  return undefined;
}

/** Whether a comment is in words, and of the code: no picture of signs, nothing for tools, lawyers or the proud owner. */
function isDescription(text: string): boolean {
  const signs = text.replaceAll(/\s/g, '');
  // Docstrings often end with a licence; it is what they begin with that counts.
  const opening = firstParagraph(text) || text;
  const letters = signs.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  return (
    letters > signs.length / 2 && /\p{L}\s+\S*\p{L}/u.test(text) && !formal.test(opening) && !attribution.test(text)
  );
}

/** A comment right above a definition, after the imports, is that definition's; at the top of the file it is the file's too. */
function describes(file: FileText, found: OpeningText): boolean {
  const before = file.lines
    .slice(0, found.startLine - 1)
    .some((line) => /^\s*(?:import|from|use|using|require|#include|const .*require)\b/.test(line));
  if (!before) return true;
  const next = file.lines[found.endLine]?.trim() ?? '';
  return next === '';
}

/** The comment or docstring that begins on a line. */
function commentAt(lines: readonly string[], line: number): OpeningText | undefined {
  const first = lines[line - 1]?.trim() ?? '';
  const docstring = /^[rRuUbB]*("""|''')/.exec(first)?.[1];
  if (docstring !== undefined) return until(lines, line, docstring, /^[rRuUbB]*(?:"""|''')/);
  if (first.startsWith('/*')) return until(lines, line, '*/', /^\/\*+!?/);
  if (first.startsWith('=begin')) return until(lines, line, '=end', /^=begin/);
  const sign = /^(?:\/\/[/!]?|#(?!!|include|define|ifndef|ifdef|if\b|pragma|\[)+|--|;+)/.exec(first)?.[0];
  if (sign === undefined || (sign === '--' && first === '--')) return undefined;
  const marker = sign.startsWith('//')
    ? /^\s*\/\/[/!]?/
    : sign.startsWith('#')
      ? /^\s*#+(?!!|include|define|ifn?def|if\b|pragma|\[)/
      : sign === '--'
        ? /^\s*--/
        : /^\s*;+/;
  let end = line;
  while (end < lines.length && marker.test(lines[end] ?? '')) end += 1;
  const text = lines.slice(line - 1, end).map((one) => one.replace(marker, '').trim());
  return { text: text.join('\n').trim(), startLine: line, endLine: end };
}

function until(lines: readonly string[], line: number, closing: string, opening: RegExp): OpeningText | undefined {
  const first = (lines[line - 1] ?? '').trim().replace(opening, '');
  let end = line;
  if (!first.includes(closing)) {
    do end += 1;
    while (end <= lines.length && !lines[end - 1]?.includes(closing));
  }
  if (end > lines.length) return undefined;
  const text = [first, ...lines.slice(line, end)]
    .join('\n')
    .split(closing)[0]
    ?.split('\n')
    .map((one) => one.replace(/^\s*\*(?!\*)\s?/, '').trim());
  return { text: (text ?? []).join('\n').trim(), startLine: line, endLine: end };
}

/** The first paragraph of a document that is prose: no heading, badge, HTML, list, table or rule. */
export function firstDocumentParagraph(lines: readonly string[]): OpeningText | undefined {
  let fenced = false;
  let commented = false;
  for (let at = 0; at < Math.min(lines.length, searched * 2); at++) {
    const line = lines[at] ?? '';
    if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced;
    if (!fenced && line.includes('<!--')) commented = true;
    if (commented) {
      if (line.includes('-->')) commented = false;
      continue;
    }
    // Many a README opens in HTML; what stands between its tags is what a reader sees.
    if (!fenced && /^\s*</.test(line) && wordsBetweenTags(line) >= fewestWords)
      return { text: withoutTags(line), startLine: at + 1, endLine: at + 1 };
    if (fenced || !isProse(line)) continue;
    // A line above a rule of signs is a heading.
    if (/^\s*(?:={3,}|-{3,}|~{3,}|\^{3,})\s*$/.test(lines[at + 1] ?? '')) continue;
    let end = at;
    while (end + 1 < lines.length && isProse(lines[end + 1] ?? '')) end += 1;
    const text = lines
      .slice(at, end + 1)
      .map((one) => one.trim())
      .join('\n');
    if (/\p{L}{2,}\s+\p{L}{2,}/u.test(text) && !legal.test(text)) return { text, startLine: at + 1, endLine: end + 1 };
    at = end;
  }
  return undefined;
}

const fewestWords = 4;

function withoutTags(line: string): string {
  return line
    .replaceAll(/<br\s*\/?>/gi, ' ')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function wordsBetweenTags(line: string): number {
  return /<[^>]*$/.test(line) ? 0 : (withoutTags(line).match(/\p{L}{2,}/gu) ?? []).length;
}

function isProse(line: string): boolean {
  const text = line.trim();
  if (text === '' || /^(?:#|<|\||[-*+]\s|\d+[.)]\s|={3,}|-{3,}|```|~~~|\.\. |:\w+:|!\[|\[!\[|>)/.test(text))
    return false;
  // A line of links and pictures alone is a row of badges.
  return text.replaceAll(/!?\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])?/g, '').replaceAll(/[\s|·•—:-]/g, '') !== '';
}
