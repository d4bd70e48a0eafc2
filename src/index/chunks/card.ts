/**
 * The card of a file: a short text that says what the file is about, made to be embedded as one vector by a model that reads about
 * 256 tokens. Words of the path, then the first comments (licence skipped), then the names of types and of functions as words.
 */
import type { Chunk, SymbolDefinition } from '../types.ts';
import { partsOf } from '../terms/words.ts';

/** Letters of comments that a card takes. */
const commentLetters = 500;
/** Letters of the whole card: at about four letters a token this stays under 256 tokens. */
const cardLetters = 1000;

/** Changes when the text of cards changes, so that vectors of older cards are not taken for theirs. */
export const cardVersion = 1;

/** @param chunks the file's chunks in order, or at least the first ones */
export function fileCard(path: string, chunks: readonly Chunk[]): string {
  const symbols = chunks.flatMap((chunk) => chunk.symbols).filter((symbol) => !symbol.local);
  const head = [wordsOf(path), commentsOf(chunks, symbols)].filter((part) => part !== '').join('. ');
  const types = symbols.filter((symbol) => symbol.kind === 'type');
  const functions = symbols.filter((symbol) => symbol.kind === 'function' || symbol.kind === 'method');
  const names = [...new Set([...types, ...functions].map((symbol) => wordsOf(symbol.name)))].filter(
    (name) => name !== '',
  );
  const card = names.length > 0 ? `${head.replace(/[.\s]+$/, '')}. ${names.join(', ')}` : head;
  return cutAtWord(card, cardLetters);
}

/** The card cut to what the embedder takes: halves of the tail go until it fits. */
export function fittingCard(card: string, fits: (text: string) => boolean): string {
  let text = card;
  while (text.length > 16 && !fits(text)) text = cutAtWord(text, Math.floor(text.length * 0.8));
  return text;
}

function wordsOf(text: string): string {
  const withoutEnding = text.replace(/\.[A-Za-z0-9]{1,8}$/, '');
  return withoutEnding
    .split(/[^\p{L}\p{N}_$]+/u)
    .flatMap((identifier) => partsOf(identifier))
    .join(' ');
}

/** What opens the file, then the documentation of its symbols, until there is enough. */
function commentsOf(chunks: readonly Chunk[], symbols: readonly SymbolDefinition[]): string {
  const texts = [openingComment(chunks[0]?.text ?? ''), ...symbols.map((symbol) => symbol.documentation)];
  let taken = '';
  for (const text of texts) {
    const clean = text.replace(/\s+/g, ' ').trim();
    if (clean === '' || isLicence(clean) || taken.includes(clean)) continue;
    taken += `${taken === '' ? '' : ' '}${clean}`;
    if (taken.length >= commentLetters) break;
  }
  return cutAtWord(taken, commentLetters);
}

const licenceWords = /copyright|licen[cs]e|spdx|all rights reserved|permission is hereby granted|warrant(y|ies)/i;

function isLicence(text: string): boolean {
  return licenceWords.test(text.slice(0, 400));
}

const blockOpening = /^\s*(?:\/\*+|"""|'''|<!--|=begin|--\[\[|\(\*)/;
const blockClosing = /\*\/|"""|'''|-->|^=end|\]\]|\*\)/;
const lineComment = /^\s*(?:\/\/[/!]?|#(?!include|define|if|pragma|!)|--|;+|%|")\s?/;

/** The first comment of a text that is no licence, comment signs removed; empty when code comes first. */
export function openingComment(text: string): string {
  const lines = text.split('\n');
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    if (line.trim() === '' || line.startsWith('#!')) {
      at++;
      continue;
    }
    const { comment, next } = commentAt(lines, at);
    if (comment === null) {
      // Preprocessor guards and package lines may stand before the comment that matters; other code ends the search.
      if (/^\s*(?:#|package\b|['"]use strict|<\?php|@file)/.test(line) && at < 12) {
        at++;
        continue;
      }
      return '';
    }
    if (comment.trim() !== '' && !isLicence(comment)) return comment.trim();
    at = next;
  }
  return '';
}

function commentAt(lines: readonly string[], from: number): { comment: string | null; next: number } {
  const first = lines[from] ?? '';
  const taken: string[] = [];
  if (blockOpening.test(first)) {
    let at = from;
    let rest = first.replace(blockOpening, '');
    for (;;) {
      const closed = blockClosing.exec(rest);
      taken.push((closed ? rest.slice(0, closed.index) : rest).replace(/^\s*\*+\s?/, '').trim());
      at++;
      if (closed || at >= lines.length) return { comment: taken.join('\n'), next: at };
      rest = lines[at] ?? '';
    }
  }
  let at = from;
  while (at < lines.length && lineComment.test(lines[at] ?? '')) {
    taken.push((lines[at] ?? '').replace(lineComment, '').trim());
    at++;
  }
  return taken.length > 0 ? { comment: taken.join('\n'), next: at } : { comment: null, next: from + 1 };
}

function cutAtWord(text: string, letters: number): string {
  if (text.length <= letters) return text;
  const space = text.lastIndexOf(' ', letters);
  return text.slice(0, space > letters / 2 ? space : letters);
}
