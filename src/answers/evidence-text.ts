/** Evidence as Markdown that stands on its own: each place with its symbol, declaration and documentation, word for word. */
import type { Evidence } from './evidence.ts';
import { place, qualifiedName } from './file-text.ts';
import { firstSentence } from './first-sentence.ts';
import { contentWords, wordsOf } from './words.ts';

/** Lines shown of a passage that is no definition. */
export const excerptLines = 6;

/**
 * The evidence list of an answer; every statement in it is a fact of the index.
 * @param cited passages in the order of their numbers, from 1
 */
export function renderEvidence(cited: readonly Evidence[], question: string): string {
  return [lead(cited), ...cited.map((evidence, at) => renderOne(evidence, at + 1, question))].join('\n\n');
}

function lead(cited: readonly Evidence[]): string {
  const files = [...new Set(cited.map(({ path }) => path))];
  const [first] = cited;
  if (!first) return '';
  const where = files.length === 1 ? `in \`${first.path}\`` : `in ${files.length} files, first in \`${first.path}\``;
  return `Found ${where} [1].`;
}

/** One place: what it is and where, its first lines as they stand there, and what its documentation says first. */
function renderOne(evidence: Evidence, number: number, question: string): string {
  const name = evidence.symbol ? `**\`${qualifiedName(evidence.symbol)}\`** · ` : '';
  const sentence = firstSentence(evidence.documentation);
  const shown = evidence.declaration === '' ? excerpt(evidence, question) : evidence.declaration;
  return [
    `${name}\`${place(evidence)}\` [${number}]`,
    fence(shown, evidence.language),
    ...(sentence === '' ? [] : [quote(sentence)]),
  ].join('\n');
}

/** Code in a fence that is longer than any run of backticks in it. */
export function fence(code: string, language: string): string {
  const longestRun = Math.max(0, ...[...code.matchAll(/`{3,}/g)].map(([run]) => run.length));
  const marks = '`'.repeat(Math.max(3, longestRun + 1));
  return `${marks}${/^[\w+#-]+$/.test(language) ? language : ''}\n${unindent(code)}\n${marks}`;
}

/** A sentence of a documentation comment as a Markdown quotation; signs that Markdown would read are escaped. */
export function quote(sentence: string): string {
  return `> ${escapeMarkdown(sentence)}`;
}

/** Text of the repository inside Markdown: HTML, links, images, emphasis and `[1]` in it stay what they are, characters. */
export function escapeMarkdown(text: string): string {
  const plain = (part: string): string =>
    part
      .replaceAll(/\\(?=[!-/:-@[-`{-~])|[*[\]|]|<(?=[a-z/!?])|&(?=#?\w+;)|!(?=\[)/gi, String.raw`\$&`)
      // Inside a word an underscore emphasises nothing.
      .replaceAll(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, String.raw`\_`);
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') && part.length > 1 ? part : plain(part)))
    .join('')
    .replace(/^(\s*)(#|>|[-+]\s|\d+(?=[.)]\s))/, (_, space: string, sign: string) =>
      /\d/.test(sign) ? `${space}${sign}\u200B` : `${space}\\${sign}`,
    );
}

/** Removes the white space that all lines begin with. */
function unindent(code: string): string {
  const lines = code.split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^[ \t]*/.exec(line)?.[0] ?? '');
  const shortest = indents.reduce((least, indent) => (indent.length < least.length ? indent : least), indents[0] ?? '');
  if (!indents.every((indent) => indent.startsWith(shortest))) return code;
  return lines.map((line) => (line.startsWith(shortest) ? line.slice(shortest.length) : line.trim())).join('\n');
}

/** The few consecutive lines that hold most of the question's words; the first ones when none does. */
function excerpt({ text }: Evidence, question: string): string {
  const lines = text.split('\n');
  const words = new Set(contentWords(question));
  const hits = lines.map((line) => wordsOf(line).filter((word) => words.has(word)).length);
  const first = Math.max(
    lines.findIndex((line) => line.trim() !== ''),
    0,
  );
  let best = first;
  let most = 0;
  for (let start = first; start < lines.length; start++) {
    const sum = hits.slice(start, start + excerptLines).reduce((total, hit) => total + hit, 0);
    if (sum > most && lines[start]?.trim() !== '') {
      most = sum;
      best = start;
    }
  }
  return lines
    .slice(best, best + excerptLines)
    .join('\n')
    .trimEnd();
}
