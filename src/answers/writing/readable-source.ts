/** Evidence as a strategy is handed it: where it is trimmed, and from which line on it is worth quoting. */
import type { ReadableSource } from '../../reading/plan.ts';
import { firstSentence } from '../code/first-sentence.ts';
import { pathAmong, qualifiedName } from '../code/file-text.ts';
import { excerptLines } from '../evidence/evidence-text.ts';
import type { Evidence } from '../evidence/evidence.ts';

/** @param number the `[n]` under which an answer cites it */
export function readable(evidence: Evidence, number: number): ReadableSource {
  const { id, language, symbol, reading, declaration, documentation } = evidence;
  const name = symbol ? qualifiedName(symbol) : '';
  // Read with its documentation comment, it may begin before what is shown.
  const [whole] = reading?.forms ?? [];
  const { text } = whole ?? evidence;
  const startLine = whole?.lines[0]?.startLine ?? evidence.startLine;
  const endLine = whole?.lines.at(-1)?.endLine ?? evidence.endLine;
  return {
    id,
    path: pathAmong(evidence),
    startLine,
    endLine,
    language,
    text,
    number,
    anchorLine: Math.max(symbol?.startLine ?? startLine, startLine),
    quotableFrom: startLine + bodyStart(text.split('\n'), declaration),
    shown: [pathAmong(evidence), name, declaration, firstSentence(documentation)].join('\n'),
    ...(symbol ? { symbol: name } : {}),
    ...(evidence.commit && { commit: { id: evidence.commit.id, date: evidence.commit.date } }),
    ...(reading ? { forms: reading.forms, worth: reading.worth } : {}),
    ...(reading?.isGiven === true && { isGiven: true }),
  };
}

/** Index of the first line behind what the evidence shows: the declaration and the docstring, or an excerpt. */
function bodyStart(lines: readonly string[], declaration: string): number {
  const declared = declaration.split('\n');
  const first = declaration === '' ? -1 : lines.indexOf(declared[0] ?? '');
  // What is no definition is shown by its first lines.
  if (declaration === '') return Math.min(excerptLines, lines.length);
  if (first < 0) return 0;
  let at = first + declared.length;
  while (lines[at]?.trim() === '') at += 1;
  const sign = /^\s*[rRuUbB]*("""|''')/.exec(lines[at] ?? '');
  if (!sign?.[1]) return at;
  const closes = (line: string, from: number): boolean => line.indexOf(sign[1] ?? '', from) >= 0;
  if (!closes(lines[at] ?? '', sign[0].length)) {
    at += 1;
    while (at < lines.length && !closes(lines[at] ?? '', 0)) at += 1;
  }
  at += 1;
  while (lines[at]?.trim() === '') at += 1;
  return at;
}
