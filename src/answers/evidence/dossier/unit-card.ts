/**
 * A unit of code as a short text in plain words, made to be embedded by a model that was trained on sentences: its name, its
 * documentation, its comments and the texts in it. Code itself only blurs such a vector.
 */
import { partsOf } from '../../../index/terms/words.ts';
import { linesOf } from '../../code/file-text.ts';
import type { Piece } from './piece.ts';

/** Changes when the text of cards changes. */
export const unitCardKind = 'unit 1';

/** Letters of each part, and of a card. */
const mostOfPart = 300;
const mostLetters = 600;
const comment = /(?:\/\/|#|\*)\s(.+)$/gm;
const quoted = /(["'`])((?:(?!\1)[^\\\n]|\\.){8,})\1/g;

export function unitCard({
  symbol,
  file,
  startLine,
  endLine,
}: Pick<Piece, 'symbol' | 'file' | 'startLine' | 'endLine'>): string {
  const code = linesOf(file, startLine, endLine);
  const name = symbol ? [...symbol.scope, symbol.name].join(' ') : (file.path.split('/').at(-1) ?? '');
  const documentation = symbol?.documentation.replace(/\s+/g, ' ') ?? '';
  const comments = [...code.matchAll(comment)].map(([, text]) => text ?? '').join(' ');
  const texts = [...code.matchAll(quoted)].map((match) => match[2] ?? '').join('. ');
  const parts = [documentation, comments, texts].map((part) => part.slice(0, mostOfPart)).join(' ');
  return `${inWords(name)}. ${parts}`.slice(0, mostLetters);
}

function inWords(text: string): string {
  return (text.match(/[\p{L}\p{N}_$]+/gu) ?? []).flatMap(partsOf).join(' ');
}
